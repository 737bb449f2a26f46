package admin_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestLoginProvidersAreShownAndTested: without the secret, and with the addresses that must
// be registered. The test names the step that fails.
func TestLoginProvidersAreShownAndTested(t *testing.T) {
	var secret string
	other := latchkeytest.New(t)
	o := enter(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		_, secret = other.AddClient(o.Issuer+"/login/with/acme/callback/", func(c *oauth.Client) { c.ID, c.Scopes = "latchkey", oauth.Scopes{"openid", "profile", "email"} })
		acme := latchkey.LoginProvider{Name: "acme", Title: "Acme", Issuer: other.Issuer, ClientID: "latchkey", ClientSecret: secret, Groups: []string{"staff", "crew"}, Claims: map[string]string{"groups": "roles"}}
		wrong := acme
		wrong.Name, wrong.Title, wrong.ClientSecret = "wrong", "Wrong", "not the secret"
		o.LoginProviders = []latchkey.LoginProvider{acme, wrong}
	})
	if page := o.open("login-providers/"); !strings.Contains(page.Body, ">Acme<") || !strings.Contains(page.Body, other.Issuer) {
		t.Errorf("the list: %s", page.Body)
	}
	page := o.open("login-providers/acme/")
	for _, want := range []string{"/login/with/acme/callback/", "/login/with/acme/logged-out/", "/login/with/acme/backchannel-logout/", "staff, crew", "groups: roles"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is missing: %s", want, page.Body)
		}
	}
	if page := o.post("login-providers/acme/test/", url.Values{}); !strings.Contains(page.Body, "All steps of the test have passed") || strings.Count(page.Body, "badge ok") != 4 {
		t.Errorf("the test: %s", page.Body)
	}
	// The redirect URI of this one is not registered.
	if page := o.post("login-providers/wrong/test/", url.Values{}); !strings.Contains(page.Body, "Fix the step that failed") || !strings.Contains(page.Body, "register this redirect URI") {
		t.Errorf("the test of another redirect URI: %s", page.Body)
	}
	if page := o.open("login-providers/none/"); page.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown provider: %s", page.Status)
	}
	for _, path := range []string{"login-providers/", "login-providers/acme/"} {
		if body := o.open(path).Body; strings.Contains(body, secret) || strings.Contains(body, "not the secret") {
			t.Errorf("%s contains the secret", path)
		}
	}
}
