package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestConfirmationContinuesOnlyAtAPageOfTheAccount: a link from another site can have any
// next.
func TestConfirmationContinuesOnlyAtAPageOfTheAccount(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	for next, want := range map[string]string{
		"/o/account/security/?a=b":     "/o/account/security/?a=b",
		"/o/account/../admin/":         "/o/account/",
		"/o/authorize/?client_id=x":    "/o/account/",
		"/o/accountant/":               "/o/account/",
		"https://evil.example/":        "/o/account/",
		"//evil.example/o/account/":    "/o/account/",
		`/\evil.example/o/account/`:    "/o/account/",
		"/o/account/\r\nSet-Cookie: a": "/o/account/",
		"":                             "/o/account/",
	} {
		response, body := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/confirm/?next="+url.QueryEscape(next), url.Values{"confirm_password": {latchkeytest.Password}}.Encode(), "Origin", p.URL)
		if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != want {
			t.Errorf("%q: got %s to %q, want %q: %s", next, response.Status, response.Header.Get("Location"), want, body)
		}
		setCookies(ada.Browser, response)
	}
}

// setCookies keeps the cookies of a response that browserSends returned.
func setCookies(b *latchkeytest.Browser, response *http.Response) {
	b.Jar.SetCookies(response.Request.URL, response.Cookies())
}

// TestConfirmationChecksThePassword: of the person who is logged in, with a limited number
// of wrong attempts; the session gets a new cookie.
func TestConfirmationChecksThePassword(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	before := ada.cookies()
	page := ada.Open(p.Issuer + "/account/confirm/?next=/o/account/")
	if !strings.Contains(page.Body, "Confirm that it is you") {
		t.Fatal(page.Body)
	}
	wrong := ada.Submit(page, url.Values{"confirm_password": {"wrong"}})
	if wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "not your current password") || ada.cookies() != before {
		t.Errorf("with a wrong password: %s %s", wrong.Status, wrong.Body)
	}
	clock.move(time.Minute)
	if done := ada.Submit(page, url.Values{"confirm_password": {latchkeytest.Password}}); done.StatusCode != http.StatusOK || ada.cookies() == before {
		t.Errorf("with the password: %s %s", done.Status, done.Body)
	}
	for range 10 {
		wrong = ada.Submit(page, url.Values{"confirm_password": {"wrong"}})
	}
	if wrong = ada.Submit(page, url.Values{"confirm_password": {latchkeytest.Password}}); wrong.StatusCode != http.StatusTooManyRequests {
		t.Errorf("after ten wrong passwords: %s", wrong.Status)
	}
	nobody := p.Browser()
	if page := nobody.Open(p.Issuer + "/account/confirm/?next=/o/account/"); !strings.Contains(page.Body, `name="username"`) {
		t.Errorf("without a login: %s", page.Body)
	}
	response, _ := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/confirm/", url.Values{"confirm_password": {latchkeytest.Password}}.Encode(), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if response.StatusCode != http.StatusForbidden || response.Header.Get("Set-Cookie") != "" {
		t.Errorf("from another site: %s", response.Status)
	}
}

// TestConfirmationSendsTheFormAgain with all fields but those of the confirmation and
// passwords.
func TestConfirmationSendsTheFormAgain(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	fields := url.Values{"confirm_password": {"wrong"}, "name": {"Ada L."}, "password": {"secret of ada"}}
	response, body := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/confirm/?next=/o/account/", fields.Encode(), "Origin", p.URL)
	if response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `name="name" value="Ada L."`) || strings.Contains(body, "secret of ada") {
		t.Errorf("a wrong password loses the form, or the page shows a password: %s %s", response.Status, body)
	}
	fields.Set("confirm_password", latchkeytest.Password)
	response, _ = browserSends(t, ada.Browser, "POST", p.Issuer+"/account/confirm/?next=/o/account/", fields.Encode(), "Origin", p.URL)
	if response.StatusCode != http.StatusTemporaryRedirect || response.Header.Get("Location") != "/o/account/" || response.Header.Get("Set-Cookie") == "" {
		t.Errorf("got %s %v", response.Status, response.Header)
	}
}

// cookies returns the cookies of the browser.
func (v accountVisitor) cookies() string {
	u, err := url.Parse(v.p.Issuer + "/")
	if err != nil {
		v.t.Fatal(err)
	}
	var all []string
	for _, c := range v.Jar.Cookies(u) {
		all = append(all, c.String())
	}
	return strings.Join(all, "; ")
}
