package provider

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// SetClientDefaults sets the fields of a new client that were not given: a client_id,
// the type confidential, and the grant types that most clients of its kind need.
func SetClientDefaults(c *oauth.Client) {
	if c.ID == "" {
		c.ID = oauth.NewClientID()
	}
	if c.Type == "" {
		c.Type = oauth.Confidential
	}
	switch {
	case c.GrantTypes != nil:
	case len(c.RedirectURIs) > 0, c.Type == oauth.Public: // a public one without redirect URIs is refused because of these
		c.GrantTypes = []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
	case !c.ResourceServer:
		c.GrantTypes = []string{oauth.GrantClientCredentials}
	}
}

// ValidateClient checks the metadata of a client, and returns everything that
// is wrong with it, or nil. Fields have the names of the members of oauth.Client
// in JSON. known are the server's scopes. Provider.ValidateClient also applies the rules
// that the host program adds.
func ValidateClient(c *oauth.Client, known []oauth.ScopeInfo) validate.FieldErrors {
	return validateClient(c, known, GrantTypes(), nil)
}

// ValidateClient checks the metadata of a client by the rules of this server, and
// returns everything that is wrong with it, or nil. Fields have the names of the members
// of oauth.Client in JSON.
func (s *Provider) ValidateClient(c *oauth.Client) validate.FieldErrors {
	return validateClient(c, s.catalog().all, s.GrantTypes(), s.CheckClientURI)
}

// Among returns functions like ValidateClient and IsResource that use the definitions d.
func (s *Provider) Among(d *Definitions) (validateAmong func(*oauth.Client) validate.FieldErrors, isResource func(uri string) bool) {
	uris := newResources(&s.Settings, d, s.Issuer, s.AdminAPI).uris
	validateAmong = func(c *oauth.Client) validate.FieldErrors {
		return validateClient(c, d.AllScopes, s.GrantTypes(), s.CheckClientURI)
	}
	return validateAmong, func(uri string) bool {
		canonical, err := oauth.CanonicalResource(uri)
		return err == nil && uris[canonical] != ""
	}
}

func validateClient(c *oauth.Client, known []oauth.ScopeInfo, grantTypes []string, checkURI oauth.ClientURICheck) validate.FieldErrors {
	v := validation{}
	v.identity(c)
	v.owners(c)
	v.authentication(c)
	v.resourceServer(c)
	v.grants(c, grantTypes)
	v.uris(c, checkURI)
	v.brand(c)
	v.scopes(c, known)
	v.resources(c)
	v.legacy(c)
	if c.AskEveryTime && c.SkipAuthorization {
		v.reject("ask_every_time", "People cannot be asked for permission every time if authorization is skipped. Choose one of the two.")
	}
	v.accessTokens(c)
	v.openID(c)
	v.translations(c)
	v.faults = append(v.faults, validate.Metadata("metadata", c.Metadata)...)
	v.texts(c)
	return v.faults
}

func (v *validation) identity(c *oauth.Client) {
	_, registered := oauth.RegistrationID(c.ID)
	switch {
	case registered && len(c.ID) <= oauth.MaxClientID: // made by registrations
	case oauth.IsClientURL(c.ID):
		if err := oauth.CheckClientURL(c.ID); err != nil {
			v.reject("client_id", "%s", message(err))
		}
	case strings.HasPrefix(c.ID, oauth.RegistrationPrefix):
		v.reject("client_id", "Client IDs that begin with %s are those of applications that registered themselves. Choose another one.", oauth.RegistrationPrefix)
	case c.ID == "" || len(c.ID) > maxClientText:
		v.reject("client_id", "The client ID must have 1 to %d characters.", maxClientText)
	case strings.ContainsFunc(c.ID, func(r rune) bool { return r < 0x20 || r > 0x7e || r == ':' }):
		v.reject("client_id", "The client ID must consist of printable ASCII characters without a colon (RFC 6749 appendix A.1, RFC 7617 section 2).")
	}
	switch {
	case strings.TrimSpace(c.Name) == "":
		v.reject("client_name", "Enter a name for the application.")
	case len(c.Name) > maxClientText:
		v.reject("client_name", "The name is longer than %d bytes. Choose a shorter one.", maxClientText)
	}
	if len(c.Operator) > maxClientText || strings.ContainsFunc(c.Operator, unicode.IsControl) || !utf8.ValidString(c.Operator) {
		v.reject("operator", "Enter a name of at most %d bytes, without control characters.", maxClientText)
	}
}

func (v *validation) owners(c *oauth.Client) {
	if len(c.CoOwnerIDs) > oauth.MaxCoOwners {
		v.reject("co_owner_ids", "An application can have at most %d more owners.", oauth.MaxCoOwners)
	}
	for i, id := range c.CoOwnerIDs {
		if id == "" || len(id) > maxClientText || id == c.OwnerID || slices.Contains(c.CoOwnerIDs[:i], id) {
			v.reject("co_owner_ids", "Each owner must be named once.")
			return
		}
	}
}

func (v *validation) resourceServer(c *oauth.Client) {
	if c.Type != oauth.Confidential && c.ResourceServer {
		v.reject("resource_server", "Only a confidential application can be an API that introspects tokens.")
	}
}

func (v *validation) grants(c *oauth.Client, known []string) {
	_, password := c.Exception(oauth.LegacyPassword)
	_, implicit := c.Exception(oauth.LegacyImplicit)
	if len(c.GrantTypes) == 0 && !c.ResourceServer && !password && !implicit {
		v.reject("grant_types", "Choose at least one grant type.")
	}
	for _, grantType := range c.GrantTypes {
		if full := fullGrantType(grantType, known); full != "" {
			v.reject("grant_types", "'%s' is not the name of a grant type. Use %s.", grantType, full)
			continue
		}
		v.choice("grant_types", grantType, known)
	}
	extension := slices.ContainsFunc(c.GrantTypes, func(grantType string) bool { return !slices.Contains(GrantTypes(), grantType) })
	if c.Allows(oauth.GrantRefreshToken) && !c.Allows(oauth.GrantAuthorizationCode) && !c.Allows(oauth.GrantDeviceCode) && !password && !extension {
		v.reject("grant_types", "refresh_token requires authorization_code or device_code, which issue the refresh tokens.")
	}
	for _, grantType := range []string{oauth.GrantClientCredentials, oauth.GrantJWTBearer, oauth.GrantTokenExchange} {
		if c.Type != oauth.Confidential && c.Allows(grantType) {
			v.reject("grant_types", "%s requires a confidential application.", grantType)
		}
	}
}

// fullGrantType returns the grant type whose URN ends with a short name, such as device_code, or
// "". Such a name is a common mistake.
func fullGrantType(short string, known []string) string {
	plain := func(name string) string { return strings.ReplaceAll(name, "-", "_") }
	for _, grantType := range known {
		if i := strings.LastIndex(grantType, ":"); i > 0 && plain(grantType[i+1:]) == plain(short) {
			return grantType
		}
	}
	return ""
}

func (v *validation) uris(c *oauth.Client, checkURI oauth.ClientURICheck) {
	if c.Allows(oauth.GrantAuthorizationCode) && len(c.RedirectURIs) == 0 {
		v.reject("redirect_uris", "authorization_code requires at least one redirect URI.")
	}
	checkRedirect := oauth.CheckRedirectURI
	if _, wildcards := c.Exception(oauth.LegacyWildcardRedirect); wildcards {
		checkRedirect = oauth.CheckWildcardRedirectURI
	}
	for _, list := range []struct {
		field  string
		values []string
		check  func(string) error
	}{
		{"redirect_uris", c.RedirectURIs, checkRedirect},
		{"post_logout_redirect_uris", c.PostLogoutRedirectURIs, oauth.CheckRedirectURI},
		{"allowed_origins", c.AllowedOrigins, oauth.CheckOrigin},
	} {
		for _, value := range list.values {
			if err := list.check(value); err != nil {
				v.faults = append(v.faults, uriFault(list.field, err)...)
			} else if checkURI != nil {
				if err := checkURI(c, list.field, value); err != nil {
					v.reject(list.field, "%s", message(err)) // in the words of the host program
				}
			}
		}
	}
	v.sharedSchemes(c)
	v.applicationType(c)
	for _, page := range []struct{ field, value string }{
		{"client_uri", c.HomepageURL}, {"logo_uri", c.LogoURL}, {"tos_uri", c.TermsURL}, {"policy_uri", c.PolicyURL},
	} {
		if page.value != "" && !isPage(page.value) {
			v.reject(page.field, "Enter an https URL.")
		}
	}
}

// brand checks the color of an application. On dark pages, the color is a lighter shade of
// it, which always has enough contrast.
func (v *validation) brand(c *oauth.Client) {
	if c.BrandColor == "" {
		return
	}
	if _, err := palette.Parse(c.BrandColor); err != nil {
		v.reject("brand_color", "Enter a color as # and six hexadecimal digits, such as #0f5f57.")
		return
	}
	if _, _, err := palette.Both(c.BrandColor, ""); err != nil {
		v.reject("brand_color", "The contrast of this color with the light background of the page is %s, and buttons need at least 3. Choose a darker color.", palette.LightRatio(c.BrandColor))
	}
}

// applicationType checks the redirect URIs of a web application (OpenID Connect
// Registration §2). Those of a native one are as restricted as all others.
func (v *validation) applicationType(c *oauth.Client) {
	v.choice("application_type", string(c.ApplicationType), oauth.ApplicationTypes())
	if c.ApplicationType != oauth.Web {
		return
	}
	for _, uri := range c.RedirectURIs {
		if !onServer(uri) {
			v.reject("redirect_uris", "'%s' is not an https URL of a server. Enter such a URL, or choose the application type native.", uri)
		}
	}
}

// onServer reports whether a redirect URI is an https URL, and not of a loopback
// host.
func onServer(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "https" && !oauth.LoopbackHost(u.Hostname())
}

// sharedSchemes checks the redirect URIs to which any program on a device can
// receive the response (RFC 8252 §8.1). Only PKCE then protects a code.
func (v *validation) sharedSchemes(c *oauth.Client) {
	for _, list := range []struct {
		field  string
		values []string
	}{{"redirect_uris", c.RedirectURIs}, {"post_logout_redirect_uris", c.PostLogoutRedirectURIs}} {
		for _, uri := range list.values {
			if _, err := url.Parse(uri); err != nil {
				continue // it is rejected for that
			}
			if scheme := oauth.SharedScheme(uri); scheme != "" && c.Type == oauth.Confidential {
				v.reject(list.field, "'%s': the scheme %s has no dot, so any program on a device can use it. Only a public application can register it. A confidential application must use https.", uri, scheme)
			}
		}
	}
	through := slices.ContainsFunc(c.ResponseTypes, func(t string) bool { return t != oauth.ResponseTypeCode })
	_, implicit := c.Exception(oauth.LegacyImplicit)
	if (through || implicit || c.CodeWithoutPKCE) && slices.ContainsFunc(c.RedirectURIs, oauth.HasWildcard) {
		v.reject("response_types", "A redirect URI has a wildcard. In this case, only the response type code with PKCE is allowed.")
	}
	if (through || implicit) && slices.ContainsFunc(c.RedirectURIs, func(uri string) bool { return oauth.SharedScheme(uri) != "" }) {
		v.reject("response_types", "A redirect URI has a scheme without a dot, so any program on a device can receive the response. In this case, only the response type code with PKCE is safe.")
	}
}

func (v *validation) scopes(c *oauth.Client, known []oauth.ScopeInfo) {
	var names []string
	for _, s := range known {
		names = append(names, s.Name)
	}
	check := func(field string, scopes oauth.Scopes) {
		for _, name := range scopes {
			if slices.Contains(names, name) {
				continue
			}
			switch {
			case strings.Contains(name, " "):
				v.reject(field, "'%s' is not a scope, because it contains a space. Enter each scope as a value of its own.", name)
			case strings.Contains(name, ","):
				v.reject(field, "The scope '%s' is unknown. Separate several scopes with spaces, not with commas.", name)
			default:
				v.reject(field, "The scope '%s' is unknown%s. Use a scope that exists, or add this one first.", name, settings.DidYouMean(name, names))
			}
		}
	}
	check("scope", c.Scopes)
	check("default_scope", c.Scopes.Missing(c.DefaultScopes))
	check("recommended_scope", c.RecommendedScopes)
	if len(c.Scopes) > 0 && !c.Scopes.Covers(c.DefaultScopes) {
		v.reject("default_scope", "The default scopes must be among the allowed scopes.")
	}
}

func (v *validation) resources(c *oauth.Client) {
	seen := make(map[string]bool)
	for _, entry := range c.IDJAGAudiences {
		a, err := oauth.ParseIDJAGAudience(entry)
		switch {
		case !fetchable(a.Issuer) || strings.Contains(a.Issuer, "?"):
			v.reject("id_jag_audiences", "'%s' does not begin with the https URL of an issuer.", entry)
		case err != nil:
			v.reject("id_jag_audiences", "'%s': %s.", entry, message(err))
		case seen[a.Issuer]:
			v.reject("id_jag_audiences", "The issuer '%s' is listed twice.", a.Issuer)
		}
		seen[a.Issuer] = true
	}
	for _, uri := range c.Resources {
		if _, err := oauth.CanonicalResource(uri); err != nil {
			v.reject("allowed_resources", "%s", message(err))
		}
	}
}

func (v *validation) accessTokens(c *oauth.Client) {
	v.choice("access_token_format", string(c.AccessTokenFormat), oauth.TokenFormats())
	const day = 24 * time.Hour
	for _, l := range []struct {
		field string
		value oauth.Lifetime
		days  int
	}{
		{"access_token_ttl", c.AccessTokenTTL, int(maxTokenTTL / day)},
		{"refresh_token_idle_ttl", c.RefreshTokenIdleTTL, 5 * 366},
		{"refresh_token_ttl", c.RefreshTokenTTL, 5 * 366},
	} {
		value := time.Duration(l.value)
		if value < 0 || value%time.Second != 0 || value > time.Duration(l.days)*day {
			v.reject(l.field, "The lifetime must be 1 second to %d days.", l.days)
		}
	}
	for _, l := range []struct {
		field string
		value oauth.Lifetime
		most  time.Duration
	}{{"code_ttl", c.CodeTTL, maxCodeTTL}, {"device_code_ttl", c.DeviceCodeTTL, maxDeviceCodeTTL}} {
		value := time.Duration(l.value)
		if value < 0 || value%time.Second != 0 || value > l.most {
			v.reject(l.field, "The lifetime must be 1 second to %d minutes.", int(l.most.Minutes()))
		}
	}
	if c.ServiceUserID != "" && !c.Allows(oauth.GrantClientCredentials) {
		v.reject("service_user_id", "A service user requires the grant type client_credentials.")
	}
	v.choice("admin_role", c.AdminRole, oauth.AdminRoles())
	if c.ServiceUserID != "" && !oauth.IsSubject(c.ServiceUserID) {
		v.reject("service_user_id", "The service user must be the ID of a person: 1 to 255 printable ASCII characters.")
	}
}

// legacy checks the exceptions for legacy features. One that has ended is valid.
func (v *validation) legacy(c *oauth.Client) {
	seen := make(map[string]bool)
	for _, e := range c.Legacy {
		if e.Feature == "" {
			v.reject("legacy_features", "A legacy feature has no name. Choose one of: %s.", strings.Join(oauth.LegacyFeatures(), ", "))
			continue
		}
		if !v.choice("legacy_features", e.Feature, oauth.LegacyFeatures()) {
			continue
		}
		switch {
		case e.EndsAt().IsZero():
			v.reject("legacy_features", "Enter the last day of the exception for %s, such as 2027-03-31.", e.Feature)
		case seen[e.Feature]:
			v.reject("legacy_features", "There are several exceptions for %s. Enter one.", e.Feature)
		case e.Feature == oauth.LegacyImplicit && len(c.RedirectURIs) == 0:
			v.reject("redirect_uris", "The legacy feature implicit requires at least one redirect URI.")
		}
		seen[e.Feature] = true
	}
}
