package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"
)

const resetSubject = "Set a new password"

func TestResetPageDoesNotRevealWhoHasAnAccount(t *testing.T) {
	p, _ := newSelfService(t)
	ada := p.AddUser("ada", false)
	ada.Email = "ada@x.example"
	if err := p.Accounts.Update(context.Background(), ada); err != nil {
		t.Fatal(err)
	}
	b := p.Browser()
	var answers []string
	for _, name := range []string{"nobody", "ada", "ada@x.example"} {
		page := b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {name}})
		answers = append(answers, page.Body)
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Error("the answers differ")
	}
}

func TestResetLinkSetsThePasswordOnceAndEndsSessions(t *testing.T) {
	p, _ := newSelfService(t)
	ada := p.AddUser("ada", false)
	ada.Email = "ada@x.example"
	if err := p.Accounts.Update(context.Background(), ada); err != nil {
		t.Fatal(err)
	}
	elsewhere := p.Browser()
	elsewhere.LogIn(elsewhere.Open(p.Issuer+"/login/"), "ada")
	b := p.Browser()
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada"}})
	page := b.Open(mailed(t, p, resetSubject))
	if page.Header.Get("Referrer-Policy") != "same-origin" {
		t.Error("the page with the token sends a referrer to other sites")
	}
	if got := b.Submit(page, url.Values{"password": {"short"}, "password_again": {"short"}}); got.StatusCode != 422 || !strings.Contains(got.Body, `id="password-error"`) {
		t.Errorf("a short password: got %s", got.Body)
	}
	const password = "a whole new password"
	if got := b.Submit(page, url.Values{"password": {password}, "password_again": {password}}); !strings.Contains(got.Body, "Your password has been changed") {
		t.Fatalf("got %s", got.Body)
	}
	if got := b.Submit(page, url.Values{"password": {password + "!"}, "password_again": {password + "!"}}); got.StatusCode != 400 {
		t.Errorf("the link a second time: got %s", got.Status)
	}
	if got := elsewhere.Open(p.Issuer + "/account/"); !strings.Contains(got.Body, `name="password"`) || strings.Contains(got.Body, "Your account") {
		t.Error("a session from before the reset is valid")
	}
	if user, _ := p.Store.UserByName(context.Background(), "ada"); !user.EmailVerified() {
		t.Error("the email address is not confirmed, although the person received the link there")
	}
	page = b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {"ada"}, "password": {password}})
	if strings.Contains(page.Body, "do not match") {
		t.Error("the new password does not work")
	}
}

func TestExpiredOrForgedResetLinksAreRejected(t *testing.T) {
	p, clock := newSelfService(t)
	ada := p.AddUser("ada", false)
	ada.Email = "ada@x.example"
	if err := p.Accounts.Update(context.Background(), ada); err != nil {
		t.Fatal(err)
	}
	b := p.Browser()
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada"}})
	link := mailed(t, p, resetSubject)
	if page := b.Open(link); page.StatusCode != 200 {
		t.Errorf("a fresh link: got %s", page.Status)
	}
	clock.move(31 * time.Minute)
	if page := b.Open(link); page.StatusCode != 400 || !strings.Contains(page.Body, "no longer works") || !strings.Contains(page.Body, `href="/o/reset/">Set a new password</a>`) {
		t.Errorf("after 31 minutes: got %s", page.Status)
	}
	_, token, _ := strings.Cut(link, "token=")
	for _, forged := range []string{"x", "a.b.c", "x" + token, strings.Repeat("a", 5000)} {
		if page := b.Open(p.Issuer + "/reset/?token=" + url.QueryEscape(forged)); page.StatusCode != 400 {
			t.Errorf("%q: got %s", forged, page.Status)
		}
	}
}
