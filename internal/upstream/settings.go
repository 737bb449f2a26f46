// Package upstream lets people log in at other providers: it sends the authorization
// request, verifies the answer, and returns the person as an Identity. It does not
// depend on accounts.
//
// Start with settings.go, fields.go, check.go and identity.go. Package loginproviders is
// about the providers that administrators have added. provider.go keeps the metadata of a
// provider, request.go and answer.go are the two steps of a login, and allowed.go checks
// whether the settings allow the person.
package upstream

import (
	"slices"
	"strings"
)

// Settings describe a provider at which people can log in. They are declared only here:
// the names and texts of the tags are those of the configuration file.
type Settings struct {
	Name         string   `koanf:"name" help:"name in URLs and in the database, such as google; lower case letters, digits and hyphens"`
	Title        string   `koanf:"title" help:"name on the button (the default is the name)"`
	Type         string   `koanf:"type" help:"type of the provider: openid (default), github or ldap"`
	Issuer       string   `koanf:"issuer" help:"issuer of an OpenID provider, such as https://accounts.google.com"`
	ClientID     string   `koanf:"client_id" help:"client ID that the provider has assigned"`
	ClientSecret string   `koanf:"-"`
	Scopes       []string `koanf:"scopes" help:"scopes to request (default openid profile email)"`
	Disabled     bool     `koanf:"disabled" help:"nobody can log in with this provider or connect it; its settings and the connections of people are kept"`

	SignUp       string   `koanf:"sign_up" help:"whether a person who has no account gets one at login: invitation (default), only with an invitation; automatic, always; or never"`
	EmailDomains []string `koanf:"email_domains" help:"only people with a verified address of one of these domains can log in (the default is all)"`
	Groups       []string `koanf:"groups" help:"only people in one of these groups can log in (the default is all)"`
	Tenants      []string `koanf:"tenants" help:"IDs of the tenants that can log in; required if the issuer of the provider contains {tenantid}, as Microsoft's does"`

	TrustedEmailDomains []string `koanf:"trusted_email_domains" help:"domains whose addresses this provider verifies reliably: a person with such a verified address is logged in to the account that has confirmed it"`
	TrustSecondFactor   bool     `koanf:"trust_second_factor" help:"accept two factors at the provider in place of the second factor of the account, and pass on its amr"`
	SecondFactorACR     []string `koanf:"second_factor_acr" help:"values of acr that mean two factors at this provider, besides mfa in amr"`
	OmitsAuthTime       bool     `koanf:"omits_auth_time" help:"the provider does not report when the person logged in there; assume that it was now, even if a new login is required"`

	SingleLogout bool `koanf:"single_logout" help:"send people who log out here to the provider, to log out there, too; otherwise, a link offers it"`

	Claims map[string]string `koanf:"claims" help:"claims of the provider, or attributes of the directory, from which fields are taken, such as {username: upn, groups: realm_access.roles}"`

	URL         string `koanf:"url" help:"address of an LDAP server: ldaps://ldap.example.com, or ldap://ldap.example.com with StartTLS"`
	CAFile      string `koanf:"ca_file" path:"true" help:"file with the certificate authorities of the LDAP server, in PEM (the default is those of the system)"`
	BindDN      string `koanf:"bind_dn" help:"entry with which this server binds to search for people; its password is the secret of the provider"`
	BaseDN      string `koanf:"base_dn" help:"entry below which this server searches for people; the identities of people belong to it, unless issuer is set"`
	Filter      string `koanf:"filter" help:"filter that finds one person by {username} (default (&(objectClass=person)(uid={username})))"`
	GroupFilter string `koanf:"group_filter" help:"filter that finds the groups of a person by {dn} or {username}, such as (&(objectClass=groupOfNames)(member={dn})); the default is to read the attribute for groups"`
	IDAttribute string `koanf:"id_attribute" help:"attribute that identifies a person forever: entryUUID (default), or objectGUID for Active Directory"`
}

// The types of providers.
const (
	TypeOpenID = "openid"
	TypeGitHub = "github"
	TypeLDAP   = "ldap"
)

// The values of SignUp. The default is SignUpInvitation.
const (
	SignUpAutomatic  = "automatic"
	SignUpInvitation = "invitation"
	SignUpNever      = "never"
)

// SignUpRules returns the values of SignUp, the default first.
func SignUpRules() []string { return []string{SignUpInvitation, SignUpAutomatic, SignUpNever} }

// Types returns the types of providers, the default first.
func Types() []string { return []string{TypeOpenID, TypeGitHub, TypeLDAP} }

// ownClaims are the fields that claims of a provider can set, and the claims from which they
// are taken by default.
var ownClaims = map[string]string{
	"username": "preferred_username", "name": "name", "email": "email", "groups": "groups",
	"given_name": "given_name", "family_name": "family_name", "nickname": "nickname",
	"website": "website", "locale": "locale", "zoneinfo": "zoneinfo",
	"phone_number": "", "birthdate": "", "gender": "", // only if an administrator wants them
}

// Button returns the name on the button.
func (s Settings) Button() string {
	if s.Title != "" {
		return s.Title
	}
	return s.Name
}

// Kind returns the type, even if it is the default.
func (s Settings) Kind() string {
	if s.IsOpenID() {
		return TypeOpenID
	}
	return s.Type
}

// Address returns the issuer, or the address of the server.
func (s Settings) Address() string {
	switch {
	case s.HasPasswords():
		return s.URL
	case s.Type == TypeGitHub && s.Issuer == "":
		return gitHubHost
	}
	return s.Issuer
}

// IsOpenID reports whether the provider is an OpenID provider.
func (s Settings) IsOpenID() bool { return s.Type == "" || s.Type == TypeOpenID }

// ClaimName returns the claim or the attribute from which a field is taken, or "".
func (s Settings) ClaimName(field string) string { return s.claim(field) }

// ClaimNames returns the claims or the attributes from which all fields are taken.
func (s Settings) ClaimNames() (names []string) {
	for field := range ownClaims {
		if name := s.claim(field); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// claim returns the claim from which a field is taken, or "".
func (s Settings) claim(field string) string {
	if name, set := s.Claims[field]; set {
		return name
	}
	if s.HasPasswords() {
		return directoryClaims[field]
	}
	return ownClaims[field]
}

// SignsUp reports whether every person who has no account gets one.
func (s Settings) SignsUp() bool { return s.SignUp == SignUpAutomatic }

// TakesInvitations reports whether people with an invitation can create an account with
// this provider.
func (s Settings) TakesInvitations() bool { return s.SignUp != SignUpNever }

// Shown returns the names and the values of the settings that are set, in the order of
// their declaration and without the secret, for administrators.
func (s Settings) Shown() (all [][2]string) {
	for _, f := range Fields() {
		if text := f.Text(s); text != "" {
			all = append(all, [2]string{f.Name, strings.ReplaceAll(text, "\n", ", ")})
		}
	}
	return all
}
