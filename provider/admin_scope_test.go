package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestNoAssertionAllowsAdministration: neither a JWT of a trusted issuer (RFC 7523) nor an ID-JAG
// grants scopes of the admin API to an application, even if the issuer and the application may have
// them. Nobody has seen the page.
func TestNoAssertionAllowsAdministration(t *testing.T) {
	for _, typ := range []string{"", "oauth-id-jag+jwt"} {
		f := newForeign(t, func(_ *provider.Config, c *oauth.Client, i *oauth.TrustedIssuer) {
			i.Scopes, c.Scopes = oauth.Scopes{"read", oauth.ScopeAdmin}, oauth.Scopes{"read", oauth.ScopeAdmin}
		})
		for _, scope := range []string{oauth.ScopeAdmin, "read " + oauth.ScopeAdmin, ""} {
			claims := map[string]any{"sub": "u-1"}
			if typ != "" {
				claims["client_id"] = f.id
				claims["scope"] = scope
			}
			response, err := f.bear(f.jwt(typ, claims), "scope", scope)
			if err == nil && oauth.Scopes(strings.Fields(response.Scope)).HasAdminScope() {
				t.Errorf("%q, scope %q: got %q", typ, scope, response.Scope)
			}
			if scope != "" {
				wantCode(t, err, "invalid_scope")
			}
		}
		if response, err := f.bear(f.jwt(typ, map[string]any{"client_id": f.id, "scope": "read"}), "scope", "read"); err != nil || response.Scope != "read" {
			t.Errorf("%q, another scope: %+v %v", typ, response, err)
		}
	}
}
