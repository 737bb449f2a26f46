package clientfields

import (
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Setting is a value that is needed to configure an application for this server.
type Setting struct {
	Label ui.Text // a noun
	Value ui.Text // the URL, the name or the sentence
	// Code reports whether the value is to be copied exactly. If not, it is a
	// sentence.
	Code bool
}

// PersonClaims is whether a server sends the names and email addresses of people.
type PersonClaims int

const (
	AccountClaims PersonClaims = iota // people have accounts, and the server sends what these contain
	KnownClaims                       // a program decides, or it is not known whether people have accounts
	NoClaims                          // the program does not set latchkey.Options.Claims
)

// Connection returns the settings of an application that is to use the server
// with this issuer. Many client libraries take them from the discovery document,
// and the others need them in their configuration.
func Connection(issuer string, c *oauth.Client, claims PersonClaims) (all []Setting) {
	add := func(label, value ui.Text) { all = append(all, Setting{Label: label, Value: value}) }
	address := func(label ui.Text, value string) { all = append(all, Setting{label, ui.Plain(value), true}) }
	address(ui.Text{"admin.connection.issuer"}, issuer)
	address(ui.Text{"admin.connection.discovery"}, issuer+"/.well-known/openid-configuration")
	person := len(c.RedirectURIs) > 0
	if person {
		address(ui.Text{"admin.connection.authorization_endpoint"}, issuer+"/authorize/")
	}
	if len(c.GrantTypes) > 0 {
		address(ui.Text{"admin.connection.token_endpoint"}, issuer+"/token/")
	}
	if c.Allows(oauth.GrantDeviceCode) {
		address(ui.Text{"admin.connection.device_endpoint"}, issuer+"/device-authorization/")
	}
	if c.ResourceServer {
		address(ui.Text{"admin.connection.introspection_endpoint"}, issuer+"/introspect/")
	}
	if c.ResourceServer || person && c.MayHave(oauth.ScopeOpenID) {
		address(ui.Text{"admin.connection.key_set"}, issuer+"/.well-known/jwks.json")
	}
	if len(c.GrantTypes) > 0 {
		address(ui.Text{"admin.connection.revocation_endpoint"}, issuer+"/revoke_token/")
	}
	if len(c.PostLogoutRedirectURIs) > 0 || person && c.MayHave(oauth.ScopeOpenID) {
		address(ui.Text{"admin.connection.logout_endpoint"}, issuer+"/logout/")
	}
	if len(c.Scopes) > 0 {
		address(ui.Text{"admin.connection.scopes"}, strings.Join(c.Scopes, " "))
	}
	for _, uri := range c.RedirectURIs {
		address(ui.Text{"admin.connection.redirect_uri"}, uri)
	}
	switch c.Type {
	case oauth.Public:
		add(ui.Text{"admin.connection.client_authentication"}, ui.Text{"admin.connection.public"})
	default:
		add(ui.Text{"admin.connection.client_authentication"}, authentication(c))
	}
	if person {
		add(ui.Text{"admin.connection.pkce"}, pkce(c))
	}
	if person && c.MayHave(oauth.ScopeOpenID) {
		add(ui.Text{"admin.connection.id_token_signature"}, idTokenSignature(c))
		add(ui.Text{"admin.connection.name_and_email_address"}, profile(c, claims))
		address(ui.Text{"admin.connection.userinfo_endpoint"}, issuer+"/userinfo/")
	}
	if c.AccessTokenFormat == oauth.JWT {
		add(ui.Text{"admin.connection.access_tokens"}, ui.Text{"admin.connection.jwt", "algorithm", oauth.AlgES256})
	}
	return all
}

func authentication(c *oauth.Client) ui.Text {
	text := ui.Plain(c.AuthMethod)
	if c.AuthMethod == "" {
		text = ui.Text{"admin.connection.secret"}
	}
	switch {
	case len(c.WorkloadIdentities) == 0:
		return text
	case c.AuthMethod == "" && len(c.Secrets) == 0:
		return ui.Text{"admin.connection.workload"}
	}
	return ui.Text{"admin.connection.or_workload", "method", text}
}

func pkce(c *oauth.Client) ui.Text {
	switch {
	case c.Type != oauth.Confidential || c.RequirePKCE:
		return ui.Text{"admin.connection.pkce_required"}
	case c.CodeWithoutPKCE:
		return ui.Text{"admin.connection.pkce_optional"}
	}
	return ui.Text{"admin.connection.pkce_or_nonce"}
}

func idTokenSignature(c *oauth.Client) ui.Text {
	algorithm := c.IDTokenAlgorithm()
	text := ui.Plain(algorithm)
	switch {
	case algorithm == oauth.AlgHS256:
		text = ui.Text{"admin.connection.hs_signature", "algorithm", algorithm}
	case algorithm != oauth.DefaultIDTokenAlg:
		text = ui.Text{"admin.connection.other_signature", "algorithm", algorithm, "expected", oauth.DefaultIDTokenAlg}
	}
	if c.IDTokenEncAlg != "" {
		return ui.Text{"admin.connection.encrypted", "signature", text, "algorithm", c.IDTokenEncAlg}
	}
	return text
}

func profile(c *oauth.Client, claims PersonClaims) ui.Text {
	where := ui.Text{"admin.connection.profile"}
	if c.OmitProfile {
		where = ui.Text{"admin.connection.profile_userinfo"}
	}
	switch claims {
	case NoClaims:
		return ui.Text{"admin.connection.no_profile"}
	case KnownClaims:
		return ui.Text{"admin.connection.profile_if_known", "where", where}
	default:
		return where
	}
}
