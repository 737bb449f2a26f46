package provider

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// authentication checks how the client authenticates, and that it has what it
// needs for that.
func (v *validation) authentication(c *oauth.Client) {
	switch c.Type {
	case oauth.Confidential:
		if len(c.Secrets) == 0 && c.NeedsSecret() {
			v.reject("client_secret", "A confidential application needs a secret, or a key with private_key_jwt.")
		}
	case oauth.Public:
		if len(c.Secrets) > 0 {
			v.reject("client_secret", "A public application must not have a secret.")
		}
	default:
		v.reject("client_type", "Choose one of: %s.", strings.Join(oauth.ClientTypes(), ", "))
	}
	const method, alg = "token_endpoint_auth_method", "token_endpoint_auth_signing_alg"
	readable := func(s oauth.ClientSecret) bool { return s.Sealed != "" }
	switch {
	case !v.choice(method, c.AuthMethod, oauth.AuthMethods()) || c.AuthMethod == "":
	case c.Type == oauth.Public && c.AuthMethod != oauth.AuthNone:
		v.reject(method, "A public application can have neither a secret nor a private key, so the method must be none.")
	case c.Type == oauth.Confidential && c.AuthMethod == oauth.AuthNone:
		v.reject(method, "A confidential application must authenticate. Choose another method, or add a public application.")
	case c.AuthMethod == oauth.AuthSecretJWT && !slices.ContainsFunc(c.Secrets, readable):
		v.reject(method, "client_secret_jwt needs the client secret, but only a hash of it is stored. Rotate the secret first, and choose to store it encrypted.")
	case c.AuthMethod == oauth.AuthPrivateKeyJWT && !hasSigningKey(c):
		v.reject(method, "private_key_jwt needs a public key that verifies signatures. Enter the keys of the application (jwks) or their URL (jwks_uri).")
	}
	if c.AuthAlg == "" {
		return
	}
	switch c.AuthMethod {
	case oauth.AuthPrivateKeyJWT:
		v.choice(alg, c.AuthAlg, oauth.SigningAlgorithms())
	case oauth.AuthSecretJWT:
		v.choice(alg, c.AuthAlg, []string{oauth.AlgHS256})
	default:
		v.reject(alg, "Only an application that authenticates with private_key_jwt or client_secret_jwt signs something.")
	}
}

// hasSigningKey reports whether one of the keys of the client can verify its
// assertions. Keys at a URL are not fetched.
func hasSigningKey(c *oauth.Client) bool {
	if c.JWKSURI != "" {
		return true
	}
	keys, _ := parseClientKeys(c.JWKS)
	return slices.ContainsFunc(oauth.SigningAlgorithms(), func(alg string) bool {
		return (c.AuthAlg == "" || c.AuthAlg == alg) && jose.Select(keys, jose.Verifies(alg, "")) != nil
	})
}
