package clientfields_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestConnectionSaysWhatTheApplicationMustKnow changes one setting at a time.
func TestConnectionSaysWhatTheApplicationMustKnow(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		want   string // contained in the settings; after a "!", not contained
	}{
		"the issuer":          {nil, "Issuer: https://id.example/o\n"},
		"the discovery":       {nil, "https://id.example/o/.well-known/openid-configuration"},
		"the default":         {nil, "ID token signature: RS256\n"},
		"ES256":               {func(c *oauth.Client) { c.IDTokenAlg = oauth.AlgES256 }, "ID token signature: ES256; many libraries expect RS256"},
		"HS256":               {func(c *oauth.Client) { c.IDTokenAlg = oauth.AlgHS256 }, "HS256, with the client secret"},
		"encryption":          {func(c *oauth.Client) { c.IDTokenEncAlg = "ECDH-ES" }, "RS256, encrypted with ECDH-ES"},
		"profile":             {nil, "in the ID token and at the userinfo endpoint"},
		"no profile":          {func(c *oauth.Client) { c.OmitProfile = true }, "!in the ID token"},
		"openid is allowed":   {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"openid", "read"} }, "Name and email address: "},
		"openid is not":       {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, "!Name and email address: "},
		"no ID token":         {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, "!ID token"},
		"no userinfo":         {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, "!userinfo"},
		"PKCE or a nonce":     {nil, "a nonce can replace it"},
		"PKCE":                {func(c *oauth.Client) { c.RequirePKCE = true }, "PKCE: required, with S256\n"},
		"no PKCE":             {func(c *oauth.Client) { c.CodeWithoutPKCE = true }, "PKCE: with S256, or none\n"},
		"a public client":     {func(c *oauth.Client) { c.Type = oauth.Public }, "Client authentication: none"},
		"its PKCE":            {func(c *oauth.Client) { c.Type = oauth.Public }, "PKCE: required, with S256\n"},
		"a secret":            {nil, "client_secret_basic or client_secret_post"},
		"JWT access tokens":   {func(c *oauth.Client) { c.AccessTokenFormat = oauth.JWT }, "at+jwt (RFC 9068), signed with ES256"},
		"opaque ones":         {nil, "!at+jwt"},
		"an API":              {func(c *oauth.Client) { c.ResourceServer = true }, "https://id.example/o/introspect/"},
		"no API":              {nil, "!introspect"},
		"keys of ID tokens":   {nil, "Key set: https://id.example/o/.well-known/jwks.json\n"},
		"the logout":          {nil, "Logout endpoint: https://id.example/o/logout/\n"},
		"the scopes":          {func(c *oauth.Client) { c.Scopes = oauth.Scopes{"openid", "read"} }, "Scopes: openid read\n"},
		"no list of scopes":   {nil, "!Scopes: "},
		"a client for itself": {func(c *oauth.Client) { c.RedirectURIs = nil }, "!authorize"},
	} {
		c := &oauth.Client{ID: "app", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://app.example/cb"}}
		if test.change != nil {
			test.change(c)
		}
		var text strings.Builder
		for _, s := range clientfields.Settings("https://id.example/o", c, clientfields.AccountClaims) {
			text.WriteString(s.Label.String() + ": " + s.Value.String() + "\n")
		}
		want, absent := strings.CutPrefix(test.want, "!")
		if strings.Contains(text.String(), want) == absent {
			t.Errorf("%s: %s", name, &text)
		}
	}
}

// TestConnectionPromisesOnlyClaimsThatAreSent: a program with its own users can send none.
func TestConnectionPromisesOnlyClaimsThatAreSent(t *testing.T) {
	for claims, want := range map[clientfields.PersonClaims]string{
		clientfields.AccountClaims: "at the userinfo endpoint, with the scopes profile and email",
		clientfields.KnownClaims:   "at the userinfo endpoint, with the scopes profile and email, if the server has them",
		clientfields.NoClaims:      "not sent, because the program of this server does not set Options.Claims",
	} {
		got := ""
		c := &oauth.Client{RedirectURIs: []string{"https://app.example/cb"}, ClientOpenID: oauth.ClientOpenID{OmitProfile: true}}
		for _, s := range clientfields.Settings("https://id.example/o", c, claims) {
			if s.Label.String() == "Name and email address" {
				got = s.Value.String()
			}
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
