package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestRequestContinuesAfterTheRequiredFactorWasAdded, with all pages
// on the way: the confirmation, a wrong code and the recovery codes.
func TestRequestContinuesAfterTheRequiredFactorWasAdded(t *testing.T) {
	for name, test := range map[string]struct {
		required bool
		more     []string
	}{
		"client":     {true, nil},
		"acr_values": {false, []string{"acr_values", "urn:latchkey:acr:2fa"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuarded(t, nil)
			g.AddUser("bea", false)
			client, key := g.AddClient("https://pay.example/cb", func(c *oauth.Client) { c.Name, c.RequireSecondFactor = "Pay & Go", test.required })
			b := g.Browser()
			page := b.LogIn(b.Open(openIDRequest(g.Provider, client, test.more...)), "bea")
			wantPage(t, page, 200, "Pay &amp; Go requires a second factor. Add one to continue.")
			g.clock.move(6 * time.Minute)
			page = follow(t, b, page, "Set up")
			wantPage(t, page, 200, "Confirm that it is you")
			page = b.Submit(page, url.Values{"confirm_password": {"wrong"}})
			page = b.Submit(page, url.Values{"confirm_password": {latchkeytest.Password}})
			secret := secretOn(t, page)
			page = b.Submit(page, url.Values{"code": {"000000"}})
			wantPage(t, page, 422, "This code is not correct")
			page = b.Submit(page, url.Values{"code": {totpCode(t, secret, g.clock.now())}})
			wantPage(t, page, 200, "Your next login will ask for a code. You have been logged out in all other browsers.", "Continue to Pay &amp; Go")
			page = follow(t, b, page, "Continue to Pay &amp; Go")
			if strings.Contains(page.Body, `name="allow"`) {
				page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
			}
			_, body := redeem(t, g.Provider, client, key, responseFields(page).Get("code"))
			if claims := claimsOf(t, body); claims["acr"] != "urn:latchkey:acr:2fa" {
				t.Errorf("got %v", claims)
			}
		})
	}
}

// TestRequestContinuesAfterARequiredPasskeyWasAdded, also for a person who has another
// factor already.
func TestRequestContinuesAfterARequiredPasskeyWasAdded(t *testing.T) {
	g := newGuarded(t, withPasskeys)
	g.URL = strings.TrimSuffix(g.Issuer, "/o")
	g.AddUser("bea", false)
	b := g.Browser()
	page := b.LogIn(b.Open(openIDRequest(g.Provider, g.client, "acr_values", "phr")), "bea")
	wantPage(t, page, 200, "A passkey is required to continue.", "Add a passkey")
	b = g.Browser()
	page = g.code(b, g.password(b, openIDRequest(g.Provider, g.client, "acr_values", "phr")), "")
	wantPage(t, page, 200, "A passkey is required to continue.")
	page = follow(t, b, page, "Add a passkey")
	page = b.Submit(page, url.Values{"passkey": {"{}"}})
	wantPage(t, page, 422, "could not be added")
	if next := page.Request.URL.Query().Get("next"); !strings.HasPrefix(next, "/o/authorize/?resume=") {
		t.Errorf("after an error: got %s", page.Request.URL)
	}
	options := regexp.MustCompile(`data-passkey-create="([^"]+)"`).FindStringSubmatch(page.Body)
	answer := newAuthenticator(t, g.URL).create(t, []byte(html.UnescapeString(options[1])))
	page = b.Submit(page, url.Values{"passkey": {string(answer)}})
	wantPage(t, page, 200, "You can now log in with the passkey.", "Continue to Shop")
	page = follow(t, b, page, "Continue to Shop")
	if strings.Contains(page.Body, `name="allow"`) {
		page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
	}
	if responseFields(page).Get("code") == "" {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
}

// TestBackOfficeContinuesAfterTheRequiredFactorWasAdded at the page that was requested.
func TestBackOfficeContinuesAfterTheRequiredFactorWasAdded(t *testing.T) {
	g := newGuarded(t, func(o *latchkey.Options) { o.RequireSecondFactor = "administrators" })
	g.AddUser("root", true)
	b := g.Browser()
	page := b.LogIn(b.Open(g.URL+"/admin/users/"), "root")
	wantPage(t, page, 200, "A second factor is required to continue.")
	page = follow(t, b, page, "Set up")
	page = b.Submit(page, url.Values{"code": {totpCode(t, secretOn(t, page), g.clock.now())}})
	page = follow(t, b, page, "Continue")
	if page.StatusCode != http.StatusOK || page.Request.URL.Path != "/admin/users/" {
		t.Errorf("got %s %s", page.Status, page.Request.URL)
	}
	wantPage(t, page, 200, `<a href="/o/account/"><bdi>root</bdi></a>`)
	wantPage(t, follow(t, b, page, "<bdi>root</bdi>"), 200, "Back office")
}

// TestPagesOfFactorsLeadToNoOtherSite, although any site can link to them with any next.
func TestPagesOfFactorsLeadToNoOtherSite(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, "javascript:alert(1)", "/\t/evil.example/"} {
		query := "?next=" + url.QueryEscape(next)
		for _, path := range []string{"security/", "security/totp/", "security/passkey/", "confirm/"} {
			page := ada.at(path + query)
			if body := page.Body; strings.Contains(body, "evil") || strings.Contains(body, "alert") || strings.Contains(body, "Continue to") {
				t.Errorf("%s: %s", path+query, body)
			}
		}
	}
	if page := ada.at("confirm/?next=" + url.QueryEscape("/o/account/security/?next=//evil.example/")); strings.Contains(page.Body, `href="/o/account/security/?next`) {
		t.Errorf("the confirmation: %s", page.Body)
	}
	page := ada.at("security/totp/?next=//evil.example/")
	page = ada.Submit(page, url.Values{"code": {totpCode(t, secretOn(t, page), clock.now())}})
	wantPage(t, page, 200, "I have saved the codes")
	if strings.Contains(page.Body, "evil") || len(ada.factors("ada")[account.FactorTOTP]) != 1 {
		t.Errorf("got %s", page.Body)
	}
	nobody := p.Browser()
	page = nobody.LogIn(nobody.Open(p.Issuer+"/account/security/?next=//evil.example/"), "ada")
	if strings.Contains(page.Body, "evil") {
		t.Errorf("after a login: %s", page.Body)
	}
}

// TestHomePageLeadsToTheAccount, with a login first if nobody is logged in.
func TestHomePageLeadsToTheAccount(t *testing.T) {
	p, _ := newSelfService(t)
	p.AddUser("ada", false)
	p.AddUser("root", true)
	for name, admin := range map[string]bool{"ada": false, "root": true} {
		b := p.Browser()
		page := b.LogIn(follow(t, b, b.Open(p.URL+"/"), "Log in"), name)
		if page.Request.URL.Path != "/o/account/" || strings.Contains(page.Body, "Back office") != admin {
			t.Errorf("%s: got %s %s", name, page.Request.URL, page.Body)
		}
		home := b.Open(p.URL + "/")
		if strings.Contains(home.Body, "Open the back office") != admin {
			t.Errorf("%s: got %s", name, home.Body)
		}
		if page = follow(t, b, home, "Your account"); page.Request.URL.Path != "/o/account/" {
			t.Errorf("%s: got %s", name, page.Request.URL)
		}
	}
}
