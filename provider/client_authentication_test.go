package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestClientMethodsAreValidated: RFC 7591 §2.
func TestClientMethodsAreValidated(t *testing.T) {
	s := newKeyed(t, nil)
	jwks := s.publish[keysAt]
	encryption := strings.Replace(jwks, `"sig"`, `"enc"`, 1)
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		field  string // empty: it is valid
	}{
		"no method":                        {func(*oauth.Client) {}, ""},
		"an unknown method":                {func(c *oauth.Client) { c.AuthMethod = "tls_client_auth" }, "token_endpoint_auth_method"},
		"a key at a URL":                   {func(c *oauth.Client) { c.AuthMethod, c.JWKSURI = oauth.AuthPrivateKeyJWT, keysAt }, ""},
		"a key at a URL, without a secret": {func(c *oauth.Client) { c.AuthMethod, c.JWKSURI, c.Secrets = oauth.AuthPrivateKeyJWT, keysAt, nil }, ""},
		"a key":                            {func(c *oauth.Client) { c.AuthMethod, c.JWKS = oauth.AuthPrivateKeyJWT, []byte(jwks) }, ""},
		"a key for encryption":             {func(c *oauth.Client) { c.AuthMethod, c.JWKS = oauth.AuthPrivateKeyJWT, []byte(encryption) }, "token_endpoint_auth_method"},
		"no key":                           {func(c *oauth.Client) { c.AuthMethod = oauth.AuthPrivateKeyJWT }, "token_endpoint_auth_method"},
		"no secret":                        {func(c *oauth.Client) { c.Secrets = nil }, "client_secret"},
		"no secret for HS256": {func(c *oauth.Client) {
			c.AuthMethod, c.JWKSURI, c.Secrets, c.IDTokenAlg = oauth.AuthPrivateKeyJWT, keysAt, nil, oauth.AlgHS256
		}, "client_secret"},
		"a public client with a key": {func(c *oauth.Client) {
			c.Type, c.Secrets, c.AuthMethod, c.JWKSURI = oauth.Public, nil, oauth.AuthPrivateKeyJWT, keysAt
		}, "token_endpoint_auth_method"},
		"a public client": {func(c *oauth.Client) {
			c.Type, c.Secrets, c.AuthMethod, c.GrantTypes = oauth.Public, nil, oauth.AuthNone, []string{oauth.GrantAuthorizationCode}
		}, ""},
		"a confidential client with none": {func(c *oauth.Client) { c.AuthMethod = oauth.AuthNone }, "token_endpoint_auth_method"},
		"a hashed secret":                 {func(c *oauth.Client) { c.AuthMethod = oauth.AuthSecretJWT }, "token_endpoint_auth_method"},
		"a readable secret":               {func(c *oauth.Client) { c.AuthMethod, c.Secrets[0].Sealed = oauth.AuthSecretJWT, "sealed" }, ""},
		"an algorithm": {func(c *oauth.Client) {
			c.AuthMethod, c.JWKSURI, c.AuthAlg = oauth.AuthPrivateKeyJWT, keysAt, oauth.AlgPS256
		}, ""},
		"an algorithm that no key has": {func(c *oauth.Client) {
			c.AuthMethod, c.JWKS, c.AuthAlg = oauth.AuthPrivateKeyJWT, []byte(jwks), oauth.AlgPS256
		}, "token_endpoint_auth_method"},
		"HS256 with a private key": {func(c *oauth.Client) {
			c.AuthMethod, c.JWKSURI, c.AuthAlg = oauth.AuthPrivateKeyJWT, keysAt, oauth.AlgHS256
		}, "token_endpoint_auth_signing_alg"},
		"none with a private key": {func(c *oauth.Client) {
			c.AuthMethod, c.JWKSURI, c.AuthAlg = oauth.AuthPrivateKeyJWT, keysAt, oauth.AlgNone
		}, "token_endpoint_auth_signing_alg"},
		"an algorithm that nothing signs": {func(c *oauth.Client) { c.AuthMethod, c.AuthAlg = oauth.AuthSecretBasic, oauth.AlgES256 }, "token_endpoint_auth_signing_alg"},
		"an algorithm of client_secret_jwt": {func(c *oauth.Client) {
			c.AuthMethod, c.Secrets[0].Sealed, c.AuthAlg = oauth.AuthSecretJWT, "sealed", oauth.AlgHS256
		}, ""},
	} {
		client := s.client()
		test.change(client)
		var fields []string
		for _, fault := range provider.ValidateClient(client, oauth.DefaultScopeInfos()) {
			fields = append(fields, fault.Field)
		}
		if test.field == "" && fields != nil || test.field != "" && !strings.Contains(strings.Join(fields, " "), test.field) {
			t.Errorf("%s: %v, want %q", name, fields, test.field)
		}
	}
}
