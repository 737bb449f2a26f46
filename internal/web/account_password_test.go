package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

var creationOptions = regexp.MustCompile(`data-passkey-create="([^"]+)"`)

// TestPersonRemovesTheirPasswordAndSetsOneAgain: only after a login with a passkey alone and
// with a second passkey; then no password is accepted, and the person can still log in, change
// their address and set a password after a confirmation.
func TestPersonRemovesTheirPasswordAndSetsOneAgain(t *testing.T) {
	g, a := newPasskeyHouse(t, nil)
	passwordPage := g.Issuer + "/account/password/"
	b := g.Browser()
	logIn := func() latchkeytest.Page {
		t.Helper()
		g.clock.move(time.Second)
		next := "/o/account/password/"
		page := b.Open(g.Issuer + "/login/?next=" + url.QueryEscape(next))
		_, options := g.options(b, next)
		return b.Submit(page, url.Values{"next": {next}, "passkey": {a.get(t, options)}})
	}
	wantPage(t, logIn(), 200, "First add a second passkey")
	page := b.Open(g.Issuer + "/account/password/")
	page.Body = ""
	wantPage(t, b.Submit(page, url.Values{"action": {"remove"}, "confirmed": {"yes"}}), http.StatusConflict, "First add a second passkey")

	second := newAuthenticator(t, g.URL)
	page = b.Open(g.Issuer + "/account/security/passkey/")
	found := creationOptions.FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("no options: %s", page.Body)
	}
	wantPage(t, b.Submit(page, url.Values{"passkey": {string(second.create(t, []byte(html.UnescapeString(found[1]))))}}), 200, "")
	page = logIn()
	wantPage(t, page, 200, "Remove password")
	question := b.Submit(page, url.Values{"action": {"remove"}})
	wantPage(t, question, 200, "Remove your password?")
	page = b.Submit(question, url.Values{"action": {"remove"}, "confirmed": {"yes"}})
	wantPage(t, page, 200, "Your password has been removed.")
	if user, err := g.Store.User(t.Context(), g.ada.ID); err != nil || user.PasswordHash != "" {
		t.Fatalf("the password is still there: %v", err)
	}
	stranger := g.Browser()
	login := stranger.Open(g.Issuer + "/login/")
	for _, guess := range []string{latchkeytest.Password, " "} {
		if page := stranger.Submit(login, url.Values{"username": {"bea"}, "password": {guess}}); page.StatusCode != http.StatusUnauthorized {
			t.Errorf("the password %q: %s", guess, page.Status)
		}
	}
	if page := b.Open(g.Issuer + "/account/profile/"); strings.Contains(page.Body, "email_password") {
		t.Error("the profile asks for a password")
	}
	g.clock.move(10 * time.Minute)
	wantPage(t, b.Open(passwordPage), 200, "Confirm")
	page = logIn()
	wantPage(t, page, 200, "You have no password.")
	page = b.Submit(page, url.Values{"password": {"another long password"}, "password_again": {"another long password"}})
	wantPage(t, page, 200, "Your password has been changed.")
	if user, err := g.Store.User(t.Context(), g.ada.ID); err != nil || user.PasswordHash == "" {
		t.Errorf("no password was set: %v", err)
	}
}
