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
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestPersonWithoutASecondFactorIsAskedToAddIt, and the request continues afterwards.
func TestPersonWithoutASecondFactorIsAskedToAddIt(t *testing.T) {
	g := newGuarded(t, nil)
	g.AddUser("bea", false)
	client, _ := g.AddClient("https://pay.example/cb", func(c *oauth.Client) { c.RequireSecondFactor = true })
	b := g.Browser()
	page := b.LogIn(b.Open(openIDRequest(g.Provider, client)), "bea")
	if next := page.Request.URL.Query().Get("next"); !strings.HasPrefix(page.Request.URL.Path, "/o/account/security") || !strings.HasPrefix(next, "/o/authorize/?resume=") {
		t.Errorf("got %s", page.Request.URL)
	}
	if fields := responseFields(b.Open(openIDRequest(g.Provider, client, "prompt", "none"))); fields.Get("error") != "interaction_required" || !strings.Contains(fields.Get("error_description"), "add a second factor") {
		t.Errorf("prompt=none: got %v", fields)
	}
}

// TestStepUpNeedsOnlyTheSecondFactor: an application asks for a higher acr, after an API has
// rejected its token (RFC 9470 §4). A remembered browser is not enough for that.
func TestStepUpNeedsOnlyTheSecondFactor(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	g.code(b, g.password(b, g.Issuer+"/login/"), "", "remember")
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	code, err := b.Authorize(openIDRequest(g.Provider, g.client), "ada")
	if err != nil {
		t.Fatal(err)
	}
	_, body := redeem(t, g.Provider, g.client, g.key, code)
	if claims := claimsOf(t, body); claims["acr"] != "urn:latchkey:acr:1fa" {
		t.Errorf("in a remembered browser: got %v", claims)
	}
	g.wantEvents("second_factor ok ok")
	stepUp := openIDRequest(g.Provider, g.client, "acr_values", "urn:latchkey:acr:2fa")
	page := b.Open(stepUp)
	if !strings.Contains(page.Body, "One-time code") || strings.Contains(page.Body, "Do not ask again") {
		t.Fatalf("got %s", page.Body)
	}
	if wrong := g.code(b, page, "000000"); wrong.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong code: %s", wrong.Status)
	}
	page = g.code(b, page, "")
	_, body = redeem(t, g.Provider, g.client, g.key, responseFields(page).Get("code"))
	if claims := claimsOf(t, body); claims["acr"] != "urn:latchkey:acr:2fa" {
		t.Errorf("after the code: got %v", claims)
	}
	// Later, the first factor is needed, too.
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	g.password(b, g.Issuer+"/login/")
	g.clock.move(5*time.Minute + time.Second)
	if page = b.Open(stepUp); !strings.Contains(page.Body, `name="password"`) {
		t.Fatalf("after five minutes: got %s", page.Body)
	}
	if page = b.LogIn(page, "ada"); !strings.Contains(page.Body, "One-time code") {
		t.Errorf("after the password: got %s", page.Body)
	}
}

// TestBackOfficeNeedsTheSecondFactorOfAdministrators if the settings require it.
func TestBackOfficeNeedsTheSecondFactorOfAdministrators(t *testing.T) {
	g := newGuarded(t, func(o *latchkey.Options) { o.RequireSecondFactor = "administrators" })
	g.AddUser("root", true)
	guarded := g.AddUser("guarded", true)
	g.secret, _ = addTOTP(t, g.Provider, guarded, g.clock.now())
	b := g.Browser()
	page := b.LogIn(b.Open(g.URL+"/admin/"), "root")
	if address := page.Request.URL; !strings.HasPrefix(address.Path, "/o/account/security") || address.Query().Get("next") != "/admin/" {
		t.Errorf("without a second factor: got %s", address)
	}
	if response, _ := browserSends(t, b, "POST", g.URL+"/admin/users/new/", "username=x", "Origin", g.URL); response.StatusCode == http.StatusOK || strings.HasPrefix(response.Header.Get("Location"), "/admin/") {
		t.Errorf("a form without a second factor: got %s", response.Status)
	}
	other := g.Browser()
	page = g.code(other, other.LogIn(other.Open(g.URL+"/admin/"), "guarded"), "")
	if page.Request.URL.Path != "/admin/" {
		t.Errorf("with a second factor: got %s", page.Request.URL)
	}
}

// TestPasswordGrantIsRejectedIfASecondFactorIsRequired, also of a person who has none yet.
func TestPasswordGrantIsRejectedIfASecondFactorIsRequired(t *testing.T) {
	for name, test := range map[string]struct {
		options func(*latchkey.Options)
		client  bool
		status  int
	}{
		"nothing":   {nil, false, http.StatusOK},
		"everybody": {func(o *latchkey.Options) { o.RequireSecondFactor = "everybody" }, false, http.StatusBadRequest},
		"client":    {nil, true, http.StatusBadRequest},
		"scope": {func(o *latchkey.Options) {
			o.Scopes = []oauth.ScopeInfo{{Name: "read", SecondFactor: true}}
		}, false, http.StatusBadRequest},
	} {
		p := latchkeytest.New(t, test.options)
		p.AddUser("ada", false)
		client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
			c.RequireSecondFactor = test.client
			c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "9999-12-31"}}
		})
		response, body := send(t, "POST", p.Issuer+"/token/", url.Values{
			"grant_type": {"password"}, "username": {"ada"}, "password": {latchkeytest.Password}, "scope": {"read"}, "client_id": {client.ID}, "client_secret": {secret},
		}.Encode(), "Content-Type", form)
		if response.StatusCode != test.status {
			t.Errorf("%s: got %s %s", name, response.Status, body)
		}
	}
}

// TestRequiredFactorCannotBeRemoved by a person of whom the settings require one.
func TestRequiredFactorCannotBeRemoved(t *testing.T) {
	for policy, removed := range map[string]bool{"everybody": false, "administrators": true, "nobody": true} {
		g := newGuarded(t, func(o *latchkey.Options) { o.RequireSecondFactor = policy })
		b := g.Browser()
		g.code(b, g.password(b, g.Issuer+"/login/"), "")
		all, err := g.Accounts.Factors(t.Context(), g.ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if f.Kind == account.FactorTOTP {
				b.Submit(b.Open(g.Issuer+"/account/security/"), url.Values{"action": {"remove"}, "id": {hex.EncodeToString(f.ID[:])}, "confirmed": {"yes"}})
			}
		}
		ada, err := g.Store.User(t.Context(), g.ada.ID)
		if err != nil || (len(ada.Factors) == 0) != removed {
			t.Errorf("%s: the person has the factors %v, %v", policy, ada.Factors, err)
		}
	}
}
