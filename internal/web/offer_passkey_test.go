package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestPasskeyIsOfferedOnceAfterALoginWithAPassword, and the authorization request continues.
func TestPasskeyIsOfferedOnceAfterALoginWithAPassword(t *testing.T) {
	p := latchkeytest.New(t, withPasskeys)
	p.URL = strings.TrimSuffix(p.Issuer, "/o")
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Shop" })
	b := p.Browser()
	login := func(more url.Values) latchkeytest.Page {
		t.Helper()
		fields := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}, "can_have_passkey": {"yes"}}
		for name, values := range more {
			fields[name] = values
		}
		return b.Submit(b.Open(authorizeURL(p, client, nil)), fields)
	}
	logOut := func() { b.Submit(b.Open(p.Issuer+"/logout/"), nil) }
	offer := login(nil)
	if offer.Request.URL.Path != "/o/account/security/offer/" || !strings.Contains(offer.Body, "Shop") || !strings.Contains(offer.Body, `href="/o/account/security/passkey/?next=`) {
		t.Fatalf("after the first login: %s %s", offer.Request.URL, offer.Body)
	}
	if page := b.Submit(offer, url.Values{}); !strings.Contains(page.Body, `name="allow"`) {
		t.Errorf("Not now does not continue at the consent page: %s", page.Body)
	}
	logOut()
	if page := login(nil); !strings.Contains(page.Body, `name="allow"`) {
		t.Errorf("the passkey is offered again in the same browser: %s", page.Body)
	}
}

// TestPasskeyIsNotOfferedWhereItCannotHelp: to browsers that cannot have one, to people who
// have one or are adding one, and if an application asks for a new login.
func TestPasskeyIsNotOfferedWhereItCannotHelp(t *testing.T) {
	g, _ := newPasskeyHouse(t, nil)
	p := g.Provider
	p.AddUser("grace", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	account := p.Issuer + "/login/?next=/o/account/"
	for name, test := range map[string]struct {
		open, user, can string
		offered         bool
	}{
		"a person without a passkey": {account, "grace", "yes", true},
		"no script, or a program":    {account, "grace", "", false},
		"a person with a passkey":    {account, "bea", "yes", false},
		"the page Security":          {p.Issuer + "/login/?next=/o/account/security/passkey/", "grace", "yes", false},
		"prompt=login":               {authorizeURL(p, client, url.Values{"prompt": {"login"}}), "grace", "yes", false},
		"max_age":                    {authorizeURL(p, client, url.Values{"max_age": {"600"}}), "grace", "yes", false},
	} {
		b := p.Browser()
		page := b.Submit(b.Open(test.open), url.Values{"username": {test.user}, "password": {latchkeytest.Password}, "can_have_passkey": {test.can}})
		if strings.Contains(page.Request.URL.Path, "/offer/") != test.offered {
			t.Errorf("%s: got %s", name, page.Request.URL)
		}
	}
}

// TestPasskeyIsOfferedAfterSignUp, and its page continues only at this server.
func TestPasskeyIsOfferedAfterSignUp(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		withPasskeys(o)
		o.SignUp = true
	})
	p.URL = strings.TrimSuffix(p.Issuer, "/o")
	b := p.Browser()
	page := b.Submit(b.Open(p.Issuer+"/signup/"), url.Values{"username": {"ada"}, "password": {latchkeytest.Password}, "password_again": {latchkeytest.Password}, "can_have_passkey": {"yes"}})
	if page.Request.URL.Path != "/o/account/security/offer/" {
		t.Fatalf("got %s %s", page.Request.URL, page.Body)
	}
	if page = b.Submit(page, url.Values{"next": {"https://evil.example/"}, "never": {"yes"}}); page.Request.URL.Path != "/o/account/" {
		t.Errorf("got %s: %s", page.Request.URL, page.Body)
	}
	response, _ := browserSends(t, b, "POST", p.Issuer+"/account/security/offer/", "never=yes", "Origin", strings.TrimSuffix(p.Issuer, "/o"), "Sec-Fetch-Site", "same-origin")
	if cookies := response.Header.Values("Set-Cookie"); len(cookies) != 1 || !strings.Contains(cookies[0], "lk_offer=never") || !strings.Contains(cookies[0], "Max-Age=31536000") {
		t.Errorf("the choice is kept in %q", cookies)
	}
}
