package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A Fault is something that is wrong with a setting.
type Fault struct {
	Field string // the name of the setting, or empty
	text  string // {NAME} stands for the setting NAME
}

// NewFault returns a Fault. In the text, {NAME} stands for the setting NAME.
func NewFault(field, text string) Fault { return Fault{field, text} }

// Error returns the text with the names of the configuration file.
func (f Fault) Error() string { return f.with(func(f Field) string { return f.Name }) }

// with returns the text with the names of the settings that name returns.
func (f Fault) with(name func(Field) string) string {
	text := f.text
	for _, field := range Fields() {
		text = strings.ReplaceAll(text, "{"+field.Name+"}", name(field))
	}
	return text
}

var (
	validName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){0,31}$`)
	domain    = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	tenantID  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// Check returns everything that is wrong with the settings of all providers, with the names
// of the configuration file. advice returns what is added to the text of a Fault, and can be nil.
func Check(all []Settings, advice func(Settings, Fault) string) error {
	return check(all, func(f Field) string { return f.Name }, advice)
}

// CheckGo is Check with the names of the fields of Settings, and without advice.
func CheckGo(all []Settings) error {
	return check(all, func(f Field) string { return f.GoName }, nil)
}

func check(all []Settings, name func(Field) string, advice func(Settings, Fault) string) error {
	var faults []error
	for i, s := range all {
		for _, fault := range s.Faults(all[:i]) {
			text := fault.with(name)
			if advice != nil {
				text += advice(s, fault)
			}
			faults = append(faults, fmt.Errorf("login provider %d (%s): %s", i+1, s.Name, text))
		}
	}
	return errors.Join(faults...)
}

// Faults returns what is wrong with the settings, given that the providers in others also
// exist.
func (s Settings) Faults(others []Settings) (faults []Fault) {
	fault := func(field, text string) { faults = append(faults, Fault{field, text}) }
	switch {
	case !validName.MatchString(s.Name):
		fault("name", "{name} must have 1 to 32 lower case letters and digits; single hyphens are allowed between them")
	case slices.ContainsFunc(others, func(o Settings) bool { return o.Name == s.Name }):
		fault("name", "another provider has the same {name}")
	}
	if i := slices.IndexFunc(others, func(o Settings) bool {
		return (s.HasPasswords() || o.HasPasswords()) && s.issuer() == o.issuer() && o.Name != s.Name
	}); i >= 0 {
		fault("issuer", "its people have the same identities as those of the provider "+others[i].Name+": set another {issuer} for one of the two directories")
	}
	own := s.faults()
	slices.SortStableFunc(own, func(a, b Fault) int { return strings.Compare(a.text, b.text) })
	return append(faults, own...)
}

// IdentityIssuer returns the issuer to which the identities of people belong. With Tenants, it has
// the tenant in place of a part of its path.
func (s Settings) IdentityIssuer() string { return s.issuer() }

// issuer returns the issuer of the identities. With Tenants, it has the tenant in place of a
// part of its path.
func (s Settings) issuer() string {
	switch {
	case s.HasPasswords():
		return s.DirectoryIssuer()
	case s.Type == TypeGitHub:
		return s.gitHubIssuer()
	}
	return s.Issuer
}

// Issues reports whether identities of the provider can have the given issuer. The metadata of
// a provider with Tenants has the exact address of the issuers. It is not needed: an issuer of
// a tenant has the host of the provider, and the tenant is a part of its path.
func (s Settings) Issues(issuer string) bool {
	if len(s.Tenants) == 0 {
		return issuer == s.issuer()
	}
	of, err := url.Parse(issuer)
	own, err2 := url.Parse(s.Issuer)
	return err == nil && err2 == nil && of.Scheme == own.Scheme && of.Host == own.Host &&
		slices.ContainsFunc(strings.Split(of.Path, "/"), func(part string) bool { return slices.Contains(s.Tenants, part) })
}

// faults returns what is wrong with the settings of a provider, apart from its name.
func (s Settings) faults() (faults []Fault) {
	add := func(wrong bool, field, text string) {
		if wrong {
			faults = append(faults, Fault{field, text})
		}
	}
	add(s.Type != "" && !slices.Contains(Types(), s.Type), "type", "{type} must be openid, github or ldap")
	add(s.SignUp != "" && !slices.Contains(SignUpRules(), s.SignUp), "sign_up", "{sign_up} must be automatic, invitation or never")
	if s.HasPasswords() {
		s.directoryFaults(add)
	} else {
		s.openIDFaults(add)
	}
	add(len(s.Title) > 50 || strings.ContainsFunc(s.Title, func(r rune) bool { return r < ' ' }), "title", "{title} must have at most 50 characters, on one line")
	for field, list := range map[string][]string{"email_domains": s.EmailDomains, "trusted_email_domains": s.TrustedEmailDomains} {
		for _, d := range list {
			add(!domain.MatchString(d), field, fmt.Sprintf("%q is not a domain such as example.com", d))
		}
	}
	for _, t := range s.Tenants {
		add(!tenantID.MatchString(t), "tenants", fmt.Sprintf("the tenant %q is not an ID such as 72f988bf-86f1-41af-91ab-2d7cd011db47", t))
	}
	for field := range s.Claims {
		_, known := ownClaims[field]
		add(!known, "claims", fmt.Sprintf("{claims} cannot set %q", field))
	}
	return faults
}

// openIDFaults adds the faults of an OpenID provider or of GitHub.
func (s Settings) openIDFaults(add func(wrong bool, field, text string)) {
	u, err := url.Parse(s.Issuer)
	add((s.Issuer != "" || s.Type != TypeGitHub) && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" || u.User != nil),
		"issuer", "{issuer} must be a URL without a query, such as https://accounts.google.com")
	add(s.ClientID == "", "client_id", "{client_id} is missing")
	add(s.Type == TypeGitHub && s.ClientSecret == "", FieldSecret, "the client secret is missing")
	add(s.OmitsAuthTime && !s.ConfirmsNewLogins(), "omits_auth_time", "{omits_auth_time} is not for the type github: GitHub does not let people log in again, so a login there cannot count as new")
	add(len(s.Scopes) > 0 && s.Type != TypeGitHub && !slices.Contains(s.Scopes, "openid"), "scopes", "{scopes} must contain openid")
	for _, f := range []struct{ name, value string }{
		{"url", s.URL}, {"ca_file", s.CAFile}, {"bind_dn", s.BindDN}, {"base_dn", s.BaseDN}, {"filter", s.Filter}, {"group_filter", s.GroupFilter}, {"id_attribute", s.IDAttribute},
	} {
		add(f.value != "", f.name, "{"+f.name+"} is only for the type ldap")
	}
}

// directoryFaults adds the faults of an LDAP server.
func (s Settings) directoryFaults(add func(wrong bool, field, text string)) {
	u, err := url.Parse(s.URL)
	add(err != nil || u.Hostname() == "" || (u.Scheme != "ldaps" && u.Scheme != "ldap") || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "",
		"url", "{url} must be the address of an LDAP server, such as ldaps://ldap.example.com")
	add(s.BindDN == "", "bind_dn", "{bind_dn} is missing: this server searches for people with an account of its own")
	add(s.ClientSecret == "", FieldSecret, "the secret, which is the password of {bind_dn}, is missing")
	add(s.BaseDN == "", "base_dn", "{base_dn} is missing, such as ou=people,dc=example,dc=com")
	add(s.Filter != "" && !strings.Contains(s.Filter, "{username}"), "filter", "{filter} must contain {username}")
	add(s.GroupFilter != "" && !strings.Contains(s.GroupFilter, "{dn}") && !strings.Contains(s.GroupFilter, "{username}"), "group_filter", "{group_filter} must contain {dn} or {username}")
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"client_id", s.ClientID != ""},
		{"scopes", len(s.Scopes) > 0},
		{"tenants", len(s.Tenants) > 0},
		{"trust_second_factor", s.TrustSecondFactor},
		{"omits_auth_time", s.OmitsAuthTime},
		{"single_logout", s.SingleLogout},
	} {
		add(f.set, f.name, "{"+f.name+"} is not for the type ldap")
	}
}
