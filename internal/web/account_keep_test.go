package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// leaves deletes the account of a person after the grace period.
func leaves(t *testing.T, p *latchkeytest.Provider, name string) {
	t.Helper()
	u, err := p.Store.UserByName(t.Context(), name)
	if err == nil {
		_, err = p.Accounts.RequestDeletion(t.Context(), u, account.Visitor{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wantsToKeep(page latchkeytest.Page) bool { return strings.Contains(page.Body, "Keep my account") }

// The password alone must not keep an account that has a second factor.
func TestKeepingAnAccountNeedsTheSecondFactor(t *testing.T) {
	g := newGuarded(t, nil)
	leaves(t, g.Provider, "ada")
	b := g.Browser()
	page := g.password(b, g.Issuer+"/login/")
	if wantsToKeep(page) || !strings.Contains(page.Body, "One-time code") {
		t.Fatalf("after the password: %s %s", page.Status, page.Body)
	}
	if page = g.code(b, page, "000000"); page.StatusCode != http.StatusUnauthorized || wantsToKeep(page) {
		t.Fatalf("after a wrong code: %s %s", page.Status, page.Body)
	}
	second := page
	code := totpCode(t, g.secret, g.clock.now())
	for range 25 { // right codes are not guesses
		if page = g.code(b, second, code); !wantsToKeep(page) {
			t.Fatalf("after the code: %s %s", page.Status, page.Body)
		}
	}
	if g.isIn(b) {
		t.Error("the person is logged in to an account that is to be deleted")
	}
	if page = b.Submit(page, url.Values{}); !strings.Contains(page.Body, "Your account will not be deleted") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	g.clock.move(time.Minute)
	g.code(b, g.password(b, g.Issuer+"/login/"), "")
	if !g.isIn(b) {
		t.Error("the person cannot log in to the account that was kept")
	}
}

func TestLoginWithAPasskeyKeepsAnAccount(t *testing.T) {
	g, a := newPasskeyHouse(t, nil)
	leaves(t, g.Provider, "bea")
	b := g.Browser()
	page := b.Open(g.Issuer + "/login/")
	_, options := g.options(b, "/")
	page.Request.URL.Path = "/o/login/passkey/"
	if page = b.Submit(page, url.Values{"next": {"/"}, "passkey": {a.get(t, options)}}); !wantsToKeep(page) {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if g.isIn(b) {
		t.Error("the person is logged in to an account that is to be deleted")
	}
}

// A person without a password keeps their account with a login at the other provider.
func TestLoginThroughAnotherProviderKeepsAnAccount(t *testing.T) {
	f := newFederation(t, mayLogIn)
	b := f.insider("countess")
	b.Open(f.answers(t, f.connects(t, b), "ada"))
	leaves(t, f.Provider, "countess")
	other := f.Browser()
	if page := f.logsIn(t, other, "ada", "/"); !wantsToKeep(page) {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if page := other.Open(f.Issuer + "/account/"); page.Request.URL.Path == "/o/account/" {
		t.Error("the person is logged in to an account that is to be deleted")
	}
}
