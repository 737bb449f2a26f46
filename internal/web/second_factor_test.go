package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestNoPageLogsInWithoutTheSecondFactor: the password alone starts no session of a person
// who has a second factor, wherever the login begins.
func TestNoPageLogsInWithoutTheSecondFactor(t *testing.T) {
	p, _ := newSelfService(t)
	ada := p.AddUser("ada", false)
	ada.Email = "ada@x.example"
	if err := p.Accounts.Update(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	inside := p.Browser() // logged in before there is a factor
	inside.LogIn(inside.Open(p.Issuer+"/login/"), "ada")
	err := p.Store.ChangeFactors(t.Context(), account.FactorChange{User: ada, Factors: []account.FactorKind{account.FactorTOTP}, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Shop" })
	isOut := func(name string, b *latchkeytest.Browser) {
		t.Helper()
		if own := b.Open(p.Issuer + "/account/"); strings.Contains(own.Body, "Your account") {
			t.Errorf("%s: the password alone started a session", name)
		}
	}
	for name, start := range map[string]string{
		"the login page": p.Issuer + "/login/", "an application": authorizeURL(p, client, nil), "a device": p.Issuer + "/device/", "the back office": p.URL + "/admin/",
	} {
		b := p.Browser()
		page := b.Submit(b.Open(start), url.Values{"username": {"ada"}, "password": {latchkeytest.Password}})
		if strings.Contains(page.Body, "Authorize") {
			t.Errorf("%s: got %s", name, page.Body)
		}
		isOut(name, b)
	}
	const password = "a whole new password"
	inside.Submit(inside.Open(p.Issuer+"/account/password/"), url.Values{"present": {latchkeytest.Password}, "password": {password}, "password_again": {password}})
	if changed, err := p.Store.User(t.Context(), ada.ID); err != nil || changed.PasswordHash != ada.PasswordHash {
		t.Errorf("the password alone set a new one: %v", err)
	}
	b := p.Browser()
	b.Submit(b.Open(p.Issuer+"/reset/"), url.Values{"username": {"ada"}})
	b.Submit(b.Open(mailed(t, p, resetSubject)), url.Values{"password": {password + "!"}, "password_again": {password + "!"}})
	isOut("a reset", b)
	b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {"ada"}, "password": {password + "!"}})
	isOut("a login after the reset", b)
}
