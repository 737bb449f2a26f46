// Package upstream lets people log in at other providers: it sends the authorization
// request, verifies the answer, and returns the person as an Identity. It does not
// depend on accounts.
//
// Start with settings.go and identity.go. provider.go keeps the metadata of a provider,
// request.go and answer.go are the two steps of a login, and allowed.go checks whether
// the settings allow the person.
package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Settings describe a provider at which people can log in. They are declared only here:
// the names and texts of the tags are those of the configuration file.
type Settings struct {
	Name         string   `koanf:"name" help:"name in URLs and in the database, such as google; lower case letters, digits and hyphens"`
	Title        string   `koanf:"title" help:"name on the button (the default is the name)"`
	Type         string   `koanf:"type" help:"openid (default) or github"`
	Issuer       string   `koanf:"issuer" help:"issuer of an OpenID provider, such as https://accounts.google.com"`
	ClientID     string   `koanf:"client_id" help:"client ID that the provider has assigned"`
	ClientSecret string   `koanf:"-"`
	Scopes       []string `koanf:"scopes" help:"scopes to request (default openid profile email)"`

	SignUp       bool     `koanf:"sign_up" help:"create an account for a person who has none"`
	EmailDomains []string `koanf:"email_domains" help:"only people with a verified address of one of these domains can log in (the default is all)"`
	Groups       []string `koanf:"groups" help:"only people in one of these groups can log in (the default is all)"`
	Tenants      []string `koanf:"tenants" help:"IDs of the tenants that can log in; required if the issuer of the provider contains {tenantid}, as that of Microsoft"`

	TrustedEmailDomains []string `koanf:"trusted_email_domains" help:"domains whose addresses this provider verifies reliably: a person with such a verified address is logged in to the account that has confirmed it"`
	TrustSecondFactor   bool     `koanf:"trust_second_factor" help:"accept two factors at the provider in place of the second factor of the account, and pass on its amr"`
	SecondFactorACR     []string `koanf:"second_factor_acr" help:"values of acr that mean two factors at this provider, besides mfa in amr"`
	OmitsAuthTime       bool     `koanf:"omits_auth_time" help:"the provider does not report when the person logged in there; assume that it was now, even if a new login is required"`

	SingleLogout bool `koanf:"single_logout" help:"send people who log out here to the provider, to log out there, too; otherwise, a link offers it"`

	Claims map[string]string `koanf:"claims" help:"claims of the provider from which fields are taken, such as {username: upn, groups: roles}"`
}

// The types of providers.
const (
	TypeOpenID = "openid"
	TypeGitHub = "github"
)

// ownClaims are the fields that claims of a provider can set, and the claims from which they
// are taken by default.
var ownClaims = map[string]string{
	"username": "preferred_username", "name": "name", "email": "email", "groups": "groups",
	"given_name": "given_name", "family_name": "family_name", "nickname": "nickname",
	"website": "website", "locale": "locale", "zoneinfo": "zoneinfo",
	"phone_number": "", "birthdate": "", "gender": "", // only if an administrator wants them
}

var (
	validName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){0,31}$`)
	domain    = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	tenantID  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// Button returns the name on the button.
func (s Settings) Button() string {
	if s.Title != "" {
		return s.Title
	}
	return s.Name
}

// IsOpenID reports whether the provider is an OpenID provider.
func (s Settings) IsOpenID() bool { return s.Type == "" || s.Type == TypeOpenID }

// claim returns the claim from which a field is taken, or "".
func (s Settings) claim(field string) string {
	if name, set := s.Claims[field]; set {
		return name
	}
	return ownClaims[field]
}

// Check returns everything that is wrong with the settings of all providers.
func Check(all []Settings) error {
	var faults []error
	names := make(map[string]bool)
	for i, s := range all {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("login provider %d (%s): "+format, append([]any{i + 1, s.Name}, args...)...))
		}
		switch {
		case !validName.MatchString(s.Name):
			fault("name must have at most 32 lower case letters, digits and single hyphens between them")
		case names[s.Name]:
			fault("another provider has the same name")
		}
		names[s.Name] = true
		for _, text := range s.faults() {
			fault("%s", text)
		}
	}
	return errors.Join(faults...)
}

// faults returns what is wrong with the settings of a provider, apart from its name.
func (s Settings) faults() (texts []string) {
	add := func(wrong bool, text string) {
		if wrong {
			texts = append(texts, text)
		}
	}
	u, err := url.Parse(s.Issuer)
	add(s.Type != "" && s.Type != TypeOpenID && s.Type != TypeGitHub, "type must be openid or github")
	add((s.Issuer != "" || s.Type != TypeGitHub) && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" || u.User != nil),
		"issuer must be a URL without a query, such as https://accounts.google.com")
	add(s.ClientID == "", "client_id is missing")
	add(s.Type == TypeGitHub && s.ClientSecret == "", "the client secret is missing")
	add(len(s.Title) > 50 || strings.ContainsFunc(s.Title, func(r rune) bool { return r < ' ' }), "title must have at most 50 characters, on one line")
	add(len(s.Scopes) > 0 && s.Type != TypeGitHub && !slices.Contains(s.Scopes, "openid"), "scopes must contain openid")
	for _, list := range [][]string{s.EmailDomains, s.TrustedEmailDomains} {
		for _, d := range list {
			add(!domain.MatchString(d), fmt.Sprintf("%q is not a domain such as example.com", d))
		}
	}
	for _, t := range s.Tenants {
		add(!tenantID.MatchString(t), fmt.Sprintf("the tenant %q is not an ID such as 72f988bf-86f1-41af-91ab-2d7cd011db47", t))
	}
	for field := range s.Claims {
		_, known := ownClaims[field]
		add(!known, fmt.Sprintf("claims cannot set %q", field))
	}
	slices.Sort(texts)
	return texts
}
