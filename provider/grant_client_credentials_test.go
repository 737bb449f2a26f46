package provider_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestClientCredentialsNeverGrantScopesOfAPerson: there is no person whose
// claims, ID token or absence they could be about (OpenID Connect Core §5.4, §11).
func TestClientCredentialsNeverGrantScopesOfAPerson(t *testing.T) {
	for name, test := range map[string]struct {
		requested, defaults, want string
	}{
		"every scope of a person": {requested: "openid profile email address phone offline_access read", want: "read"},
		"in another order":        {requested: "write openid read", want: "write read"},
		"as a default":            {defaults: "openid write email", want: "write"},
		"nothing else":            {requested: "openid profile"},
		"only offline_access":     {requested: "offline_access"},
		"nothing else by default": {defaults: "openid"},
	} {
		for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
				c.AccessTokenFormat, c.DefaultScopes = format, strings.Fields(test.defaults)
			})
			answer, err := h.token("grant_type", "client_credentials", "scope", test.requested)
			if test.want == "" {
				wantCode(t, err, "invalid_scope")
				continue
			}
			if err != nil || answer.Scope != test.want || answer.IDToken != "" || answer.RefreshToken != "" {
				t.Errorf("%s: %+v %v", name, answer, err)
				continue
			}
			found, err := h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", answer.AccessToken))
			if err != nil || found.Scope != test.want {
				t.Errorf("%s: introspection returns %+v: %v", name, found, err)
			}
			client, err := h.store.Client(ctx, h.id)
			if err != nil || strings.Join(client.DefaultScopes, " ") != test.defaults {
				t.Errorf("%s: the default scopes of the client became %v: %v", name, client.DefaultScopes, err)
			}
		}
	}
}

func TestUserinfoRejectsATokenWithoutAPerson(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		answer, err := h.token("grant_type", "client_credentials", "scope", "read openid")
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.UserInfo(ctx, answer.AccessToken)
		wantCode(t, err, "insufficient_scope")
		var seen *oauth.Error
		if !errors.As(err, &seen) || !strings.Contains(seen.Description, "issued to the application itself") || strings.Contains(seen.Description, "scope openid") {
			t.Errorf("%s: %v", format, err)
		}
	}
}
