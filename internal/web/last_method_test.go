package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// order returns the ways to log in on a page, in its order.
func order(page latchkeytest.Page) (ways string) {
	rest := page.Body
	for {
		first, name := len(rest), ""
		for _, way := range []string{"/login/with/acme/", `name="password"`, "data-passkey "} {
			if i := strings.Index(rest, way); i >= 0 && i < first {
				first, name = i, way
			}
		}
		if name == "" {
			return strings.TrimSpace(ways)
		}
		ways += " " + map[string]string{"/login/with/acme/": "acme", `name="password"`: "password", "data-passkey ": "passkey"}[name]
		rest = rest[first+len(name):]
	}
}

// TestLoginPageOffersTheProviderThatWorkedHereFirst, until a person uses a password in the same
// browser.
func TestLoginPageOffersTheProviderThatWorkedHereFirst(t *testing.T) {
	f := newFederation(t, nil)
	f.AddUser("grace", false)
	b := f.Browser()
	want := func(when, want string) {
		t.Helper()
		b.Submit(b.Open(f.Issuer+"/logout/"), nil)
		if page := b.Open(f.Issuer + "/login/"); order(page) != want {
			t.Errorf("%s: the ways are %q, want %q: %s", when, order(page), want, page.Body)
		}
	}
	want("in a new browser", "password acme")
	b.Open(f.answers(t, f.leaves(t, b, f.Issuer+"/login/with/acme/"), "ada"))
	if !f.loggedInAs(b, "ada") {
		t.Fatal("ada is not logged in")
	}
	want("after a login at the provider", "acme password")
	b.LogIn(b.Open(f.Issuer+"/login/"), "grace")
	want("after a password", "password acme")
}

// TestPasswordWithASecondStepIsRememberedAsThePassword: a passkey that was used once is not
// offered first forever.
func TestPasswordWithASecondStepIsRememberedAsThePassword(t *testing.T) {
	g, a := newPasskeyHouse(t, nil)
	b := g.Browser()
	want := func(when, want string) {
		t.Helper()
		b.Submit(b.Open(g.Issuer+"/logout/"), nil)
		if page := b.Open(g.Issuer + "/login/"); order(page) != want {
			t.Errorf("%s: the ways are %q, want %q", when, order(page), want)
		}
	}
	page := b.Open(g.Issuer + "/login/")
	_, options := g.options(b, "/")
	b.Submit(page, url.Values{"next": {"/"}, "passkey": {a.get(t, options)}})
	want("after a passkey", "passkey password")
	g.code(b, g.password(b, g.Issuer+"/login/"), "")
	want("after a password and a code", "password passkey")
}
