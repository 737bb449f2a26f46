package clientfields

import (
	"cmp"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Setting is a value that is needed to configure an application for this server.
type Setting struct {
	Label string // a noun
	Value string // the URL, the name or the sentence
	// Code reports whether the value is to be copied exactly. If not, it is a
	// sentence.
	Code bool
}

// Connection returns the settings of an application that is to use the server
// with this issuer. Many client libraries take them from the discovery document,
// and the others need them in their configuration.
func Connection(issuer string, c *oauth.Client) (all []Setting) {
	add := func(label, value string) { all = append(all, Setting{Label: label, Value: value}) }
	address := func(label, value string) { all = append(all, Setting{label, value, true}) }
	address("Issuer", issuer)
	address("Discovery", issuer+"/.well-known/openid-configuration")
	person := len(c.RedirectURIs) > 0
	if person {
		address("Authorization endpoint", issuer+"/authorize/")
	}
	if len(c.GrantTypes) > 0 {
		address("Token endpoint", issuer+"/token/")
	}
	if c.ResourceServer {
		address("Introspection endpoint", issuer+"/introspect/")
	}
	switch c.Type {
	case oauth.Public:
		add("Client authentication", "none: the application sends only its client ID")
	default:
		add("Client authentication", authentication(c))
	}
	if person {
		add("PKCE", pkce(c))
		add("ID token signature", idTokenSignature(c))
		add("Name and email address", profile(c))
		address("Userinfo endpoint", issuer+"/userinfo/")
	}
	if c.AccessTokenFormat == oauth.JWT {
		add("Access tokens", "JWT with the type at+jwt (RFC 9068), signed with "+oauth.AlgES256)
	}
	return all
}

func authentication(c *oauth.Client) string {
	text := cmp.Or(c.AuthMethod, "client_secret_basic or client_secret_post")
	switch {
	case len(c.WorkloadIdentities) == 0:
		return text
	case c.AuthMethod == "" && len(c.Secrets) == 0:
		return "a client_assertion from a trusted issuer"
	}
	return text + ", or a client_assertion from a trusted issuer"
}

func pkce(c *oauth.Client) string {
	switch {
	case c.Type != oauth.Confidential || c.RequirePKCE:
		return "required, with S256"
	case c.CodeWithoutPKCE:
		return "with S256, or none"
	}
	return "required, with S256; with the scope openid, a nonce can replace it"
}

func idTokenSignature(c *oauth.Client) string {
	text := c.IDTokenAlgorithm()
	switch {
	case text == oauth.AlgHS256:
		text += ", with the client secret"
	case text != oauth.DefaultIDTokenAlg:
		text += "; many libraries expect " + oauth.DefaultIDTokenAlg + " unless they are configured otherwise"
	}
	if c.IDTokenEncAlg != "" {
		text += ", encrypted with " + c.IDTokenEncAlg
	}
	return text
}

func profile(c *oauth.Client) string {
	if c.OmitProfile {
		return "at the userinfo endpoint, with the scopes profile and email"
	}
	return "in the ID token and at the userinfo endpoint, with the scopes openid, profile and email"
}
