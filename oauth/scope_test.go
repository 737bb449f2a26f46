package oauth_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestScopesOfOpenIDConnectAreAboutAPerson: every scope of OpenIDScopeInfos, and no other.
func TestScopesOfOpenIDConnectAreAboutAPerson(t *testing.T) {
	for _, info := range oauth.OpenIDScopeInfos() {
		if !oauth.AboutPerson(info.Name) {
			t.Errorf("%s is not about a person", info.Name)
		}
	}
	for _, name := range []string{"", "read", "introspection", "OpenID", "openid2"} {
		if oauth.AboutPerson(name) {
			t.Errorf("%q is about a person", name)
		}
	}
}
