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
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Settings describe a provider at which people can log in. They are declared only here:
// the names and texts of the tags are those of the configuration file.
type Settings struct {
	Name         string   `koanf:"name" help:"name in URLs and in the database, such as google; lower case letters, digits and hyphens"`
	Title        string   `koanf:"title" help:"name on the button (the default is the name)"`
	Type         string   `koanf:"type" help:"openid (default), github or ldap"`
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

	Claims map[string]string `koanf:"claims" help:"claims of the provider, or attributes of the directory, from which fields are taken, such as {username: upn, groups: realm_access.roles}"`

	URL         string `koanf:"url" help:"address of an LDAP server: ldaps://ldap.example.com, or ldap://ldap.example.com with StartTLS"`
	CAFile      string `koanf:"ca_file" help:"file with the certificate authorities of the LDAP server, in PEM (the default is those of the system)"`
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

// Kind returns the type, also if it is the default.
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
		if j := slices.IndexFunc(all[:i], func(o Settings) bool {
			return (s.HasPasswords() || o.HasPasswords()) && s.issuer() == o.issuer()
		}); j >= 0 {
			fault("its people have the same identities as those of the provider %s: set another issuer for one of the two directories", all[j].Name)
		}
		for _, text := range s.faults() {
			fault("%s", text)
		}
	}
	return errors.Join(faults...)
}

// issuer returns the issuer of the identities.
func (s Settings) issuer() string {
	if s.HasPasswords() {
		return s.DirectoryIssuer()
	}
	return s.Issuer
}

// faults returns what is wrong with the settings of a provider, apart from its name.
func (s Settings) faults() (texts []string) {
	add := func(wrong bool, text string) {
		if wrong {
			texts = append(texts, text)
		}
	}
	u, err := url.Parse(s.Issuer)
	add(s.Type != "" && s.Type != TypeOpenID && s.Type != TypeGitHub && s.Type != TypeLDAP, "type must be openid, github or ldap")
	if s.HasPasswords() {
		s.directoryFaults(add)
	} else {
		s.openIDFaults(add, u, err)
	}
	add(!s.HasPasswords() && s.URL+s.CAFile+s.BindDN+s.BaseDN+s.Filter+s.GroupFilter+s.IDAttribute != "", "url, ca_file, bind_dn, base_dn, filter, group_filter and id_attribute are only for the type ldap")
	add(len(s.Title) > 50 || strings.ContainsFunc(s.Title, func(r rune) bool { return r < ' ' }), "title must have at most 50 characters, on one line")
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

// openIDFaults adds the faults of an OpenID provider or of GitHub.
func (s Settings) openIDFaults(add func(bool, string), u *url.URL, err error) {
	add((s.Issuer != "" || s.Type != TypeGitHub) && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" || u.User != nil),
		"issuer must be a URL without a query, such as https://accounts.google.com")
	add(s.ClientID == "", "client_id is missing")
	add(s.Type == TypeGitHub && s.ClientSecret == "", "the client secret is missing")
	add(s.OmitsAuthTime && !s.ConfirmsNewLogins(), "omits_auth_time is not for the type github: GitHub does not let people log in again, so nothing could be assumed")
	add(len(s.Scopes) > 0 && s.Type != TypeGitHub && !slices.Contains(s.Scopes, "openid"), "scopes must contain openid")
}

// directoryFaults adds the faults of an LDAP server.
func (s Settings) directoryFaults(add func(bool, string)) {
	u, err := url.Parse(s.URL)
	add(err != nil || u.Hostname() == "" || (u.Scheme != "ldaps" && u.Scheme != "ldap") || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "",
		"url must be the address of an LDAP server, such as ldaps://ldap.example.com")
	add(s.BindDN == "" || s.ClientSecret == "", "bind_dn or the secret is missing: this server searches for people with an account of its own")
	add(s.BaseDN == "", "base_dn is missing, such as ou=people,dc=example,dc=com")
	add(s.Filter != "" && !strings.Contains(s.Filter, "{username}"), "filter must contain {username}")
	add(s.GroupFilter != "" && !strings.Contains(s.GroupFilter, "{dn}") && !strings.Contains(s.GroupFilter, "{username}"), "group_filter must contain {dn} or {username}")
	add(s.ClientID != "" || len(s.Scopes) > 0 || len(s.Tenants) > 0 || s.TrustSecondFactor || s.OmitsAuthTime || s.SingleLogout,
		"client_id, scopes, tenants, trust_second_factor, omits_auth_time and single_logout are not for the type ldap")
}

// Shown returns the names and the values of the settings that are set, in the order of
// their declaration and without the secret, for administrators.
func (s Settings) Shown() (all [][2]string) {
	value := reflect.ValueOf(s)
	for _, field := range reflect.VisibleFields(value.Type()) {
		name, v := field.Tag.Get("koanf"), value.FieldByIndex(field.Index)
		if name == "-" || v.IsZero() {
			continue
		}
		text := fmt.Sprint(v.Interface())
		switch list := v.Interface().(type) {
		case []string:
			text = strings.Join(list, ", ")
		case map[string]string:
			var pairs []string
			for _, field := range slices.Sorted(maps.Keys(list)) {
				pairs = append(pairs, field+": "+list[field])
			}
			text = strings.Join(pairs, ", ")
		}
		all = append(all, [2]string{name, text})
	}
	return all
}
