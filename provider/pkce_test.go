package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestPKCEIsRequiredUnlessANonceReplacesIt: a confidential client can use the
// nonce of OpenID Connect instead of PKCE (RFC 9700 §2.1.1), unless its settings
// require PKCE.
func TestPKCEIsRequiredUnlessANonceReplacesIt(t *testing.T) {
	requirePKCE := func(c *oauth.Client) { c.RequirePKCE = true }
	public := func(c *oauth.Client) {
		c.Type, c.GrantTypes = oauth.Public, without(c.GrantTypes, oauth.GrantClientCredentials)
	}
	for name, test := range map[string]struct {
		change       func(*oauth.Client)
		scope, nonce string
		code         string
	}{
		"a nonce":                              {nil, "openid", "n", ""},
		"no nonce":                             {nil, "openid", "", "invalid_request"},
		"a nonce without openid":               {nil, "read", "n", "invalid_request"},
		"a nonce and a scope that has openid":  {nil, "openid2 read", "n", "invalid_request"},
		"a nonce of a client that needs PKCE":  {requirePKCE, "openid", "n", "invalid_request"},
		"a nonce of a public client":           {public, "openid", "n", "invalid_request"},
		"a client that can omit PKCE":          {withoutPKCE, "read", "", ""},
		"a public client that could omit PKCE": {func(c *oauth.Client) { public(c); withoutPKCE(c) }, "openid", "n", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
				if test.change != nil {
					test.change(c)
				}
			})
			_, err := h.ask("scope", test.scope, "nonce", test.nonce, "code_challenge", "", "code_challenge_method", "")
			wantCode(t, err, test.code)
			_, err = h.ask("scope", "openid", "nonce", test.nonce)
			wantCode(t, err, "") // with PKCE
		})
	}
}
