package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// A mailbox is the mail server of a test.
type mailbox chan sentMail

type sentMail struct{ to, subject, text, html string }

// next returns the next mail.
func (m mailbox) next(t *testing.T) sentMail {
	t.Helper()
	select {
	case mail := <-m:
		return mail
	case <-time.After(time.Minute):
		t.Fatal("no mail")
		return sentMail{}
	}
}

func newMailbox(t *testing.T) (*latchkeytest.Provider, mailbox) {
	t.Helper()
	m := make(mailbox, 100)
	return latchkeytest.New(t, func(o *latchkey.Options) {
		o.SignUp = true
		o.SendMail = m.send
	}), m
}

// send is for latchkey.Options.SendMail.
func (m mailbox) send(_ context.Context, mail latchkey.Mail) error {
	m <- sentMail{mail.To, mail.Subject, mail.Text, mail.HTML}
	return nil
}

// A userAgent is the User-Agent of a browser.
type userAgent string

func (u userAgent) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", string(u))
	return http.DefaultTransport.RoundTrip(r)
}

// Anybody can make this server send a mail to any address: none of their words
// may be in it.
func TestMailsContainNoTextOfTheRequest(t *testing.T) {
	p, m := newMailbox(t)
	const words = "www.evil.example"
	b := p.Browser()
	b.Transport = userAgent("Call 0900-PRIZE now! " + words)
	fields := signUp("you-won."+words, "victim@x.example", latchkeytest.Password, latchkeytest.Password)
	fields.Set("name", "Claim your prize at "+words)
	if page := b.Submit(b.Open(p.Issuer+"/signup/"), fields); page.StatusCode != 200 {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"victim@x.example"}})
	fields.Set("username", "second."+words)
	b.Submit(b.Open(p.Issuer+"/signup/"), fields)
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"second." + words}})
	for range 4 {
		mail := m.next(t)
		if text := mail.subject + mail.text + mail.html; strings.Contains(text, "evil") || strings.Contains(text, "0900-PRIZE") || strings.Contains(text, "prize") {
			t.Errorf("%s: %s", mail.subject, mail.text)
		}
	}
}

// An account that another person created with the same address does not keep the
// link from its owner, and all links are in one mail.
func TestResetMailReachesEveryAccountOfTheAddress(t *testing.T) {
	p, m := newMailbox(t)
	ada := p.AddUser("ada", false)
	ada.Email = "ada@x.example"
	if err := p.Accounts.Update(context.Background(), ada); err != nil {
		t.Fatal(err)
	}
	b := p.Browser()
	b.Submit(b.Open(p.Issuer+"/signup/"), signUp("mallory", "ada@x.example", latchkeytest.Password, latchkeytest.Password))
	m.next(t)
	b = p.Browser()
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada@x.example"}})
	mail := m.next(t)
	if mail.to != "ada@x.example" {
		t.Errorf("the mail goes to %s", mail.to)
	}
	names := 0
	for line := range strings.Lines(mail.text) {
		link := strings.TrimSpace(line)
		if !strings.HasPrefix(link, p.Issuer) {
			continue
		}
		page := b.Open(link)
		if strings.Contains(page.Body, "<bdi>ada</bdi>") || strings.Contains(page.Body, "<bdi>mallory</bdi>") {
			names++
		}
		if strings.Contains(page.Body, "<bdi>ada</bdi>") {
			const password = "a whole new password"
			b.Submit(page, url.Values{"password": {password}, "password_again": {password}})
		}
	}
	if names != 2 {
		t.Errorf("the mail has links for %d accounts: %s", names, mail.text)
	}
	if !userNamed(t, p, "ada").EmailVerified() {
		t.Error("ada could not set a new password")
	}
}
