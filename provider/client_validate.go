package provider

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// GrantTypes are the grant types that a client can be allowed.
func GrantTypes() []string {
	var types []string
	for _, g := range grants() {
		types = append(types, g.Type())
	}
	return types
}

// ValidateClient holds a client to the rules for registering one, and reports every
// fault at once; nil means none. known are the server's scopes.
func ValidateClient(c *oauth.Client, known []oauth.ScopeInfo) validate.FieldErrors {
	v := validation{}
	v.identity(c)
	v.grants(c)
	v.uris(c)
	v.scopes(c, known)
	v.lifetimes(c)
	v.openID(c)
	return v.faults
}

type validation struct{ faults validate.FieldErrors }

func (v *validation) fault(field, message string) {
	v.faults = append(v.faults, validate.FieldError{Field: field, Message: message})
}

func (v *validation) identity(c *oauth.Client) {
	switch {
	case c.ID == "" || len(c.ID) > 255:
		v.fault("client_id", "A client id has 1 to 255 characters.")
	case strings.ContainsFunc(c.ID, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		v.fault("client_id", "A client id has printable ASCII characters only (RFC 6749 appendix A.1).")
	default:
		// An id like a person's would let the client pose as them (RFC 9700 §4.15).
		if _, err := oauth.ParseID(c.ID); err == nil {
			v.fault("client_id", "A client id must not look like a person's id (a UUID).")
		}
	}
	if strings.TrimSpace(c.Name) == "" {
		v.fault("name", "Please give the application a name: people read it when they are asked for permission.")
	}
	if len(c.Name) > 255 {
		v.fault("name", "A name has at most 255 bytes.")
	}
	switch c.Type {
	case oauth.Confidential:
		if len(c.Secrets) == 0 {
			v.fault("client_secret", "A confidential application needs a secret.")
		}
	case oauth.Public:
		if len(c.Secrets) > 0 {
			v.fault("client_secret", "A public application cannot keep a secret.")
		}
	default:
		v.fault("client_type", "Choose confidential or public.")
	}
	switch c.AccessTokenFormat {
	case "", oauth.Opaque, oauth.JWT:
	default:
		v.fault("access_token_format", "Choose opaque or jwt.")
	}
}

func (v *validation) grants(c *oauth.Client) {
	if len(c.GrantTypes) == 0 && !c.ResourceServer {
		v.fault("grant_types", "Choose at least one grant type.")
	}
	for _, grantType := range c.GrantTypes {
		if !slices.Contains(GrantTypes(), grantType) {
			v.fault("grant_types", "The grant type '"+grantType+"' is unknown.")
		}
	}
	if c.Allows(oauth.GrantRefreshToken) && !c.Allows(oauth.GrantAuthorizationCode) {
		v.fault("grant_types", "refresh_token needs authorization_code: only that earns refresh tokens.")
	}
	if c.Type != oauth.Confidential && c.Allows(oauth.GrantClientCredentials) {
		v.fault("grant_types", "client_credentials needs a confidential application.")
	}
	if c.Type != oauth.Confidential && c.ResourceServer {
		v.fault("resource_server", "Only a confidential application can be an API that introspects tokens.")
	}
}

func (v *validation) uris(c *oauth.Client) {
	if c.Allows(oauth.GrantAuthorizationCode) && len(c.RedirectURIs) == 0 {
		v.fault("redirect_uris", "authorization_code needs at least one redirect URI.")
	}
	check := func(field string, values []string, rule func(string) error) {
		for _, value := range values {
			if err := rule(value); err != nil {
				v.fault(field, message(err))
			}
		}
	}
	check("redirect_uris", c.RedirectURIs, oauth.CheckRedirectURI)
	check("post_logout_redirect_uris", c.PostLogoutRedirectURIs, oauth.CheckRedirectURI)
	check("allowed_origins", c.AllowedOrigins, oauth.CheckOrigin)
	for _, page := range []struct{ field, value string }{{"logo_url", c.LogoURL}, {"homepage_url", c.HomepageURL}} {
		u, err := url.Parse(page.value)
		if page.value != "" && (err != nil || oauth.Origin(page.value) == "" || u.User != nil || (u.Scheme == "http" && !oauth.LoopbackHost(u.Hostname()))) {
			v.fault(page.field, "This must be an https address.")
		}
	}
}

func message(err error) string {
	if e, ok := err.(*oauth.Error); ok { //nolint:errorlint // the rules give nothing else
		return e.Description
	}
	return err.Error()
}

func (v *validation) scopes(c *oauth.Client, known []oauth.ScopeInfo) {
	for _, name := range c.Scopes.With(c.DefaultScopes) {
		if !slices.ContainsFunc(known, func(s oauth.ScopeInfo) bool { return s.Name == name }) {
			v.fault("scopes", "The scope '"+name+"' is unknown here.")
		}
	}
	if len(c.Scopes) > 0 && !c.Scopes.Covers(c.DefaultScopes) {
		v.fault("default_scopes", "The default scopes must be among those allowed.")
	}
}

func (v *validation) lifetimes(c *oauth.Client) {
	const day = 24 * time.Hour
	for _, l := range []struct {
		field string
		value time.Duration
		days  int
	}{
		{"access_token_ttl", c.AccessTokenTTL, int(maxTokenTTL / day)},
		{"refresh_token_idle_ttl", c.RefreshTokenIdleTTL, 5 * 366},
		{"refresh_token_ttl", c.RefreshTokenTTL, 5 * 366},
	} {
		if l.value < 0 || (l.value > 0 && l.value < time.Second) || l.value > time.Duration(l.days)*day {
			v.fault(l.field, fmt.Sprintf("This must be between 1 second and %d days.", l.days))
		}
	}
}
