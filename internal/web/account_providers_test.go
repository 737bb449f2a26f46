package web_test

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// mayLogIn is a provider that creates no accounts.
func mayLogIn(p *latchkey.LoginProvider) { p.SignUp = "" }

// connects presses the button "Connect", and returns the address at the other provider.
func (f *federation) connects(t *testing.T, b *latchkeytest.Browser) *url.URL {
	t.Helper()
	page := b.Submit(b.Open(f.Issuer+"/account/providers/"), url.Values{"action": {"connect"}, "provider": {"acme"}})
	if page.RedirectURL == nil || !strings.HasPrefix(page.RedirectURL.String(), f.other.Issuer+"/authorize/") {
		t.Fatalf("the button leads to %v: %d %s", page.RedirectURL, page.StatusCode, page.Body)
	}
	return page.RedirectURL
}

// disconnects presses the first button "Disconnect" of the page.
func (f *federation) disconnects(t *testing.T, b *latchkeytest.Browser, page latchkeytest.Page) latchkeytest.Page {
	t.Helper()
	_, id, found := strings.Cut(page.Body, `name="id" value="`)
	if !found {
		t.Fatalf("no button: %s", page.Body)
	}
	return b.Submit(page, url.Values{"action": {"remove"}, "id": {id[:64]}})
}

// insider returns a browser in which a new person of the server is logged in.
func (f *federation) insider(name string) *latchkeytest.Browser {
	f.Add(account.NewUser{Username: name, Email: name + "@x.example", EmailVerified: true})
	b := f.Browser()
	b.LogIn(b.Open(f.Issuer+"/login/"), name)
	return b
}

// TestPersonConnectsAndDisconnectsAProvider on their account page, and gets an email.
func TestPersonConnectsAndDisconnectsAProvider(t *testing.T) {
	f := newFederation(t, mayLogIn, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	b := f.insider("countess")
	page := b.Open(f.answers(t, f.connects(t, b), "ada"))
	shows(t, page, http.StatusOK, "The provider is connected")
	shows(t, page, http.StatusOK, "ada@acme.example")
	if strings.Contains(page.Body, `value="connect"`) {
		t.Error("a provider that is connected is offered again")
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(f.Browser().Open(f.Issuer+"/mails/").Body, "A login provider was connected with your account"); {
		if time.Now().After(deadline) {
			t.Fatal("no email")
		}
	}
	other := f.Browser()
	f.logsIn(t, other, "ada", "/")
	if !f.loggedInAs(other, "countess") {
		t.Error("the identity does not log in")
	}
	page = f.disconnects(t, b, b.Open(f.Issuer+"/account/providers/"))
	shows(t, page, http.StatusOK, "no longer connected")
	if f.loggedInAs(other, "countess") {
		t.Error("the session of the identity has not ended")
	}
	shows(t, f.logsIn(t, f.Browser(), "ada", "/"), http.StatusForbidden, "No account here is connected")
}

// TestIdentityOfAnAttackerIsNotConnected: an attacker cannot connect their own identity with
// the account of another person: neither by a link, nor by a form, nor with the state of
// another login.
func TestIdentityOfAnAttackerIsNotConnected(t *testing.T) {
	f := newFederation(t, mayLogIn)
	ada, eve := f.insider("countess"), f.insider("mallory")
	unconnected := func(what string) {
		t.Helper()
		page := f.logsIn(t, f.Browser(), "eve", "/")
		if page.StatusCode != http.StatusForbidden {
			t.Errorf("%s: the identity logs in", what)
		}
	}
	forged, err := http.NewRequest(http.MethodPost, f.Issuer+"/account/providers/", strings.NewReader("action=connect&provider=acme"))
	if err != nil {
		t.Fatal(err)
	}
	forged.Header.Set("Content-Type", form)
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	forged.Header.Set("Origin", "https://evil.example")
	response, err := ada.Do(forged)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %d", response.StatusCode)
	}
	// The attacker begins in their own browser, and the victim opens the callback.
	callback := f.answers(t, f.connects(t, eve), "eve")
	shows(t, ada.Open(callback), http.StatusBadRequest, "Start again")
	unconnected("the callback of another person")
	// The callback of a login is not one of a connection.
	callback = f.answers(t, f.leaves(t, ada, f.Issuer+"/login/with/acme/"), "eve")
	shows(t, ada.Open(callback), http.StatusForbidden, "No account here is connected")
	unconnected("the callback of a login")
	// In the same browser, another person has logged in since then.
	callback = f.answers(t, f.connects(t, eve), "eve")
	eve.LogIn(eve.Open(f.Issuer+"/login/"), "countess")
	shows(t, eve.Open(callback), http.StatusBadRequest, "Start again")
	unconnected("the session of another person")

	// An identity has one account.
	f.Advance(time.Minute)
	owner := f.insider("owner")
	shows(t, owner.Open(f.answers(t, f.connects(t, owner), "eve")), http.StatusOK, "The provider is connected")
	shows(t, ada.Open(f.answers(t, f.connects(t, ada), "eve")), http.StatusConflict, "Another account here is already connected")
	shows(t, ada.Submit(ada.Open(f.Issuer+"/account/providers/"), url.Values{"action": {"remove"}, "id": {strings.Repeat("00", 32)}}), http.StatusOK, "Login providers")
	atOther, err := f.other.Store.UserByName(t.Context(), "eve")
	if err != nil {
		t.Fatal(err)
	}
	stolen := account.IdentityID(f.other.Issuer, atOther.ID)
	ada.Submit(ada.Open(f.Issuer+"/account/providers/"), url.Values{"action": {"remove"}, "id": {hex.EncodeToString(stolen[:])}})
	if page := f.logsIn(t, f.Browser(), "eve", "/"); page.StatusCode != http.StatusOK {
		t.Errorf("another person has disconnected the identity: %d", page.StatusCode)
	}
}

// TestConnectingNeedsARecentLogin, when it begins and when it ends, and the last way to log
// in cannot be removed.
func TestConnectingNeedsARecentLogin(t *testing.T) {
	f := newFederation(t, nil)
	b := f.insider("countess")
	at := f.connects(t, b)
	f.Advance(6 * time.Minute)
	f.other.Advance(6 * time.Minute)
	page := b.Submit(b.Open(f.Issuer+"/account/providers/"), url.Values{"action": {"connect"}, "provider": {"acme"}})
	if !strings.Contains(page.Body, "confirm_password") || page.RedirectURL != nil {
		t.Errorf("no question: %s", page.Body)
	}
	if page = b.Open(f.answers(t, at, "ada")); !strings.Contains(page.Body, "confirm_password") {
		t.Errorf("an old login is enough: %s", page.Body)
	}
	only := f.Browser()
	f.logsIn(t, only, "eve", "/")
	page = f.disconnects(t, only, only.Open(f.Issuer+"/account/providers/"))
	shows(t, page, http.StatusConflict, "This is the only way")
	user, _ := f.sessionOf(t, only)
	// Without a password, the person confirms who they are at the provider.
	f.Advance(6 * time.Minute)
	f.other.Advance(6 * time.Minute)
	page = f.disconnects(t, only, only.Open(f.Issuer+"/account/providers/"))
	if strings.Contains(page.Body, "confirm_password") {
		t.Errorf("a password is requested: %s", page.Body)
	}
	at = f.leaves(t, only, f.button(t, page))
	if at.Query().Get("prompt") != "login" || at.Query().Get("max_age") != "0" {
		t.Errorf("the request is %v", at.Query())
	}
	page = only.Open(f.answers(t, at, "eve"))
	shows(t, f.disconnects(t, only, page), http.StatusConflict, "This is the only way")
	if factors, err := f.Accounts.Factors(t.Context(), user.ID); err != nil || len(factors) != 1 || factors[0].Kind != account.FactorIdentity {
		t.Errorf("the factors: %v, %v", factors, err)
	}
}

// TestIdentityBelongsToTheProviderOfItsIssuer, and not to the one with the name under which it was
// connected: an administrator can change the issuer of a provider, and its name.
func TestIdentityBelongsToTheProviderOfItsIssuer(t *testing.T) {
	f := newFederation(t, mayLogIn)
	person := func(name string, identity account.Identity) (*latchkeytest.Browser, latchkeytest.Page) {
		t.Helper()
		b := f.insider(name)
		for _, cookie := range b.Jar.Cookies(b.Open(f.Issuer + "/account/").Request.URL) {
			if cookie.Name == "lk_session" {
				if err := f.Accounts.LinkIdentity(t.Context(), cookie.Value, identity, account.Visitor{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		return b, b.Open(f.Issuer + "/account/providers/")
	}
	confirmation := func(b *latchkeytest.Browser) string {
		f.Advance(6 * time.Minute)
		f.other.Advance(6 * time.Minute)
		return b.Open(f.Issuer + "/account/confirm/").Body
	}
	old, page := person("countess", account.Identity{Provider: "acme", Issuer: "https://old.example", Subject: "1"})
	shows(t, page, http.StatusOK, "No longer available")
	shows(t, page, http.StatusOK, `value="connect"`)
	if strings.Contains(confirmation(old), "/login/with/acme/") {
		t.Error("the person can confirm who they are at a provider that does not know them")
	}
	renamed, page := person("renamed", account.Identity{Provider: "before", Issuer: f.other.Issuer, Subject: "2"})
	if strings.Contains(page.Body, "No longer available") || strings.Contains(page.Body, `value="connect"`) {
		t.Errorf("a provider with another name: %s", page.Body)
	}
	if !strings.Contains(confirmation(renamed), "/login/with/acme/") {
		t.Error("the person cannot confirm who they are at their provider")
	}
}

// TestSecondFactorOfTheAccountFollows a login at another provider.
func TestSecondFactorOfTheAccountFollows(t *testing.T) {
	f := newFederation(t, mayLogIn)
	b := f.insider("countess")
	b.Open(f.answers(t, f.connects(t, b), "ada"))
	user, _ := f.sessionOf(t, b)
	err := f.Store.ChangeFactors(t.Context(), account.FactorChange{User: user, Factors: []account.FactorKind{account.FactorTOTP}, At: f.Now()})
	if err != nil {
		t.Fatal(err)
	}
	out := f.Browser()
	page := f.logsIn(t, out, "ada", "/somewhere")
	if q := page.Request.URL.Query(); page.Request.URL.Path != "/o/login/second/" || q.Get("next") != "/somewhere" || q.Get("login") == "" {
		t.Errorf("the login continues at %s", page.Request.URL)
	}
	if f.loggedInAs(out, "countess") {
		t.Error("the identity alone is enough")
	}
}
