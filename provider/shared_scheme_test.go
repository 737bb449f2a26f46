package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestSchemesWithoutADotAreForPublicClientsWithPKCE: every program on a device
// can register itself for such a scheme (RFC 8252 §7.1, §8.1).
func TestSchemesWithoutADotAreForPublicClientsWithPKCE(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		field  string
	}{
		"a public application":       {func(*oauth.Client) {}, ""},
		"a domain name in it":        {func(c *oauth.Client) { c.RedirectURIs = []string{"com.example.app:/cb"} }, ""},
		"after logout":               {func(c *oauth.Client) { c.PostLogoutRedirectURIs = []string{"myapp:/bye"} }, ""},
		"a confidential application": {confidential, "redirect_uris"},
		"a confidential application, after logout": {func(c *oauth.Client) {
			confidential(c)
			c.RedirectURIs, c.PostLogoutRedirectURIs = []string{callback}, []string{"myapp:/bye"}
		}, "post_logout_redirect_uris"},
		"a token in the response": {func(c *oauth.Client) { c.ResponseTypes = []string{"code", "id_token"} }, "response_types"},
		"another kind of scheme":  {func(c *oauth.Client) { c.RedirectURIs = []string{"javascript:/x"} }, "redirect_uris"},
	} {
		c := &oauth.Client{ID: "app", Name: "App", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"vscode://cb", "myapp:/cb"}}
		test.change(c)
		faults := provider.ValidateClient(c, nil)
		if (test.field == "") != (len(faults) == 0) || (test.field != "" && faults[0].Field != test.field) {
			t.Errorf("%s: %v, want %q", name, faults, test.field)
		}
	}
}

func confidential(c *oauth.Client) {
	c.Type = oauth.Confidential
	_, secret := oauth.NewClientSecret(c.CreatedAt)
	c.Secrets = []oauth.ClientSecret{secret}
}

// TestPeopleAreAskedEveryTimeForASchemeWithoutADot, also if they gave consent
// before (RFC 8252 §8.6), and PKCE is required.
func TestPeopleAreAskedEveryTimeForASchemeWithoutADot(t *testing.T) {
	const uri = "cursor://anysphere.cursor-mcp/oauth/callback"
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		native(true)(c)
		c.RedirectURIs = []string{uri}
	})
	for range 2 {
		r, err := h.ask("redirect_uri", uri, "scope", "openid")
		if err != nil {
			t.Fatal(err)
		}
		if step, err := h.Next(ctx, r, &h.who); err != nil || step != provider.StepConsent {
			t.Errorf("next is %s: %v", step, err)
		}
		r.Show(h.who)
		if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err != nil {
			t.Fatal(err)
		}
	}
	r, err := h.ask("redirect_uri", uri, "scope", "openid", "prompt", "none")
	if err == nil {
		_, err = h.Next(ctx, r, &h.who)
	}
	wantCode(t, err, "consent_required")
	_, err = h.ask("redirect_uri", uri, "scope", "openid", "nonce", "n", "code_challenge", "", "code_challenge_method", "")
	wantCode(t, err, "invalid_request")
}
