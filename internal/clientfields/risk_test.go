package clientfields_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Each change that can break the application or lock people out is reviewed, and no change that only allows more.
func TestRiskyChangesAreThoseThatCanLockPeopleOut(t *testing.T) {
	client := func() *oauth.Client {
		return &oauth.Client{
			ID: "app", Name: "App", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
			RedirectURIs: []string{"https://app.example/a", "https://app.example/b"}, Scopes: oauth.Scopes{"read", "write"},
		}
	}
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		risky  string // the fields
	}{
		"nothing":                     {func(*oauth.Client) {}, ""},
		"another name":                {func(c *oauth.Client) { c.Name = "Shop" }, ""},
		"a redirect URI more":         {func(c *oauth.Client) { c.RedirectURIs = append(c.RedirectURIs, "https://app.example/c") }, ""},
		"a redirect URI less":         {func(c *oauth.Client) { c.RedirectURIs = c.RedirectURIs[1:] }, "redirect_uris"},
		"a redirect URI is replaced":  {func(c *oauth.Client) { c.RedirectURIs = []string{"https://app.example/a", "https://app.example/c"} }, "redirect_uris"},
		"a grant type more":           {func(c *oauth.Client) { c.GrantTypes = append(c.GrantTypes, oauth.GrantClientCredentials) }, ""},
		"a grant type less":           {func(c *oauth.Client) { c.GrantTypes = c.GrantTypes[:1] }, "grant_types"},
		"all scopes":                  {func(c *oauth.Client) { c.Scopes = nil }, ""},
		"a scope less":                {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, "scope"},
		"some resources, and not all": {func(c *oauth.Client) { c.Resources = []string{"https://api.example"} }, "allowed_resources"},
		"another authentication":      {func(c *oauth.Client) { c.AuthMethod = oauth.AuthPrivateKeyJWT }, "token_endpoint_auth_method"},
		"the default format by name":  {func(c *oauth.Client) { c.AccessTokenFormat = oauth.Opaque }, ""},
		"another format":              {func(c *oauth.Client) { c.AccessTokenFormat = oauth.JWT }, "access_token_format"},
		"the default algorithm":       {func(c *oauth.Client) { c.IDTokenAlg = oauth.AlgRS256 }, ""},
		"another algorithm":           {func(c *oauth.Client) { c.IDTokenAlg = oauth.AlgES256 }, "id_token_signed_response_alg"},
		"a key set":                   {func(c *oauth.Client) { c.JWKSURI = "https://app.example/jwks" }, ""},
		"PKCE":                        {func(c *oauth.Client) { c.RequirePKCE = true }, "require_pkce"},
		"introspection":               {func(c *oauth.Client) { c.ResourceServer = true }, ""},
		"two changes":                 {func(c *oauth.Client) { c.RedirectURIs, c.RequirePKCE = nil, true }, "redirect_uris, require_pkce"},
	} {
		before, after := client(), client()
		test.change(after)
		var got []string
		for _, change := range clientfields.RiskyChanges(before, after) {
			got = append(got, change.Field.Name)
			if change.Text.String() == "" || strings.HasPrefix(change.Text.String(), "admin.") {
				t.Errorf("%s: the effect is %q", name, change.Text)
			}
		}
		if strings.Join(got, ", ") != test.risky {
			t.Errorf("%s: got %q, want %q", name, got, test.risky)
		}
	}
	before, after := client(), client()
	before.ResourceServer, before.RequirePKCE, before.Resources = true, true, []string{"https://api.example"}
	if got := clientfields.RiskyChanges(before, after); len(got) != 1 || got[0].Field.Name != "resource_server" {
		t.Errorf("got %+v", got)
	}
}
