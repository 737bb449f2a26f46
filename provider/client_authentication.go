package provider

import (
	"errors"
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
			v.reject("client_secret", "A confidential application needs a secret, a key with private_key_jwt, or a workload identity.")
		}
	case oauth.Public:
		if len(c.Secrets) > 0 {
			v.reject("client_secret", "A public application must not have a secret.")
		}
	default:
		v.reject("client_type", "Choose one of: %s.", strings.Join(oauth.ClientTypes(), ", "))
	}
	v.workloads(c)
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
		v.reject(alg, "Only an application that authenticates with private_key_jwt or client_secret_jwt signs assertions.")
	}
}

// workloads checks the rules for the workloads that authenticate as the client.
func (v *validation) workloads(c *oauth.Client) {
	const field = "workload_identities"
	if len(c.WorkloadIdentities) == 0 {
		return
	}
	if c.Type != oauth.Confidential {
		v.reject(field, "Only a confidential application can have workload identities.")
	}
	rules, err := oauth.ParseWorkloadRules(c.WorkloadIdentities)
	if err == nil && len(rules) == 0 {
		err = errors.New("the list is empty")
	}
	if err != nil {
		v.reject(field, "The rules cannot be used: %v.", err)
	}
	for i, rule := range rules {
		for _, fault := range rule.Faults() {
			v.reject(field, "Rule %d: %s.", i+1, fault)
		}
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
