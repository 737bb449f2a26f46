package clientfields

import (
	"slices"
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

// A Connection is what the developers of an application need. The template "connection" shows it.
type Connection struct {
	Settings []Setting // settings to copy into the application
	Snippets []Snippet // programs and commands with these settings
}

// ReadSecret reports whether an example reads the client secret from the environment.
func (c Connection) ReadSecret() bool {
	return slices.ContainsFunc(c.Snippets, func(s Snippet) bool { return strings.Contains(s.Text, "CLIENT_SECRET") })
}

// NewConnection returns what the developers of an application need. secret is its client secret,
// or "" if it is not known.
func NewConnection(issuer string, c *oauth.Client, claims PersonClaims, secret string) Connection {
	return Connection{Settings(issuer, c, claims), Snippets(issuer, c, secret)}
}

// PersonClaims is whether a server sends the names and email addresses of people.
type PersonClaims int

const (
	AccountClaims PersonClaims = iota // people have accounts, and the server sends what these contain
	KnownClaims                       // a program decides, or it is not known whether people have accounts
	NoClaims                          // the program does not set latchkey.Options.Claims
)

// PersonClaimsOf returns whether a server sends the names and email addresses of people. byProgram
// is true if a program decides which claims it sends, and accounts if people have accounts.
func PersonClaimsOf(byProgram, accounts bool) PersonClaims {
	switch {
	case byProgram:
		return KnownClaims
	case accounts:
		return AccountClaims
	}
	return NoClaims
}

// Settings returns the settings of an application that is to use the server
// with this issuer. Many client libraries take them from the discovery document,
// and the others need them in their configuration.
func Settings(issuer string, c *oauth.Client, claims PersonClaims) (all []Setting) {
	add := func(label, value ui.Text) { all = append(all, Setting{Label: label, Value: value}) }
	address := func(label ui.Text, value string) { all = append(all, Setting{label, ui.Plain(value), true}) }
	address(ui.Text{"connection.issuer"}, issuer)
	address(ui.Text{"connection.discovery"}, issuer+"/.well-known/openid-configuration")
	person := len(c.RedirectURIs) > 0
	if person {
		address(ui.Text{"connection.authorization_endpoint"}, issuer+"/authorize/")
	}
	if len(c.GrantTypes) > 0 {
		address(ui.Text{"connection.token_endpoint"}, issuer+"/token/")
	}
	if c.Allows(oauth.GrantDeviceCode) {
		address(ui.Text{"connection.device_endpoint"}, issuer+"/device-authorization/")
	}
	if c.ResourceServer {
		address(ui.Text{"connection.introspection_endpoint"}, issuer+"/introspect/")
	}
	if c.ResourceServer || person && c.MayHave(oauth.ScopeOpenID) {
		address(ui.Text{"connection.key_set"}, issuer+"/.well-known/jwks.json")
	}
	if len(c.GrantTypes) > 0 {
		address(ui.Text{"connection.revocation_endpoint"}, issuer+"/revoke_token/")
	}
	if len(c.PostLogoutRedirectURIs) > 0 || person && c.MayHave(oauth.ScopeOpenID) {
		address(ui.Text{"connection.logout_endpoint"}, issuer+"/logout/")
	}
	if len(c.Scopes) > 0 {
		address(ui.Text{"connection.scopes"}, strings.Join(c.Scopes, " "))
	}
	for _, uri := range c.RedirectURIs {
		address(ui.Text{"connection.redirect_uri"}, uri)
	}
	switch c.Type {
	case oauth.Public:
		add(ui.Text{"connection.client_authentication"}, ui.Text{"connection.public"})
	default:
		add(ui.Text{"connection.client_authentication"}, authentication(c))
	}
	if person {
		add(ui.Text{"connection.pkce"}, pkce(c))
	}
	if person && c.MayHave(oauth.ScopeOpenID) {
		add(ui.Text{"connection.id_token_signature"}, idTokenSignature(c))
		add(ui.Text{"connection.name_and_email_address"}, profile(c, claims))
		address(ui.Text{"connection.userinfo_endpoint"}, issuer+"/userinfo/")
	}
	if c.AccessTokenFormat == oauth.JWT {
		add(ui.Text{"connection.access_tokens"}, ui.Text{"connection.jwt", "algorithm", oauth.AlgES256})
	}
	return all
}

func authentication(c *oauth.Client) ui.Text {
	text := ui.Plain(c.AuthMethod)
	if c.AuthMethod == "" {
		text = ui.Text{"connection.secret"}
	}
	switch {
	case len(c.WorkloadIdentities) == 0:
		return text
	case c.AuthMethod == "" && len(c.Secrets) == 0:
		return ui.Text{"connection.workload"}
	}
	return ui.Text{"connection.or_workload", "method", text}
}

func pkce(c *oauth.Client) ui.Text {
	switch {
	case c.Type != oauth.Confidential || c.RequirePKCE:
		return ui.Text{"connection.pkce_required"}
	case c.CodeWithoutPKCE:
		return ui.Text{"connection.pkce_optional"}
	}
	return ui.Text{"connection.pkce_or_nonce"}
}

func idTokenSignature(c *oauth.Client) ui.Text {
	algorithm := c.IDTokenAlgorithm()
	text := ui.Plain(algorithm)
	switch {
	case algorithm == oauth.AlgHS256:
		text = ui.Text{"connection.hs_signature", "algorithm", algorithm}
	case algorithm != oauth.DefaultIDTokenAlg:
		text = ui.Text{"connection.other_signature", "algorithm", algorithm, "expected", oauth.DefaultIDTokenAlg}
	}
	if c.IDTokenEncAlg != "" {
		return ui.Text{"connection.encrypted", "signature", text, "algorithm", c.IDTokenEncAlg}
	}
	return text
}

func profile(c *oauth.Client, claims PersonClaims) ui.Text {
	where := ui.Text{"connection.profile"}
	if c.OmitProfile {
		where = ui.Text{"connection.profile_userinfo"}
	}
	switch claims {
	case NoClaims:
		return ui.Text{"connection.no_profile"}
	case KnownClaims:
		return ui.Text{"connection.profile_if_known", "where", where}
	default:
		return where
	}
}
