package oauth

import (
	"net/url"
	"slices"
	"strings"
)

// openID holds what a client chose of OpenID Connect to the rules of OpenID
// Connect Registration §2.
func (v *validation) openID(c *Client) {
	o := c.OpenID
	for _, responseType := range o.ResponseTypes {
		if !slices.Contains(responseTypes, responseType) {
			v.fault("response_types", "The response type '"+responseType+"' is not one of: "+strings.Join(responseTypes, ", ")+".")
		}
		if strings.HasPrefix(responseType, "code") && !c.Allows(GrantAuthorizationCode) {
			v.fault("response_types", "The response type '"+responseType+"' needs the grant type authorization_code.")
		}
	}
	for _, alg := range []struct{ field, value string }{
		{"id_token_signed_response_alg", o.IDTokenAlg}, {"userinfo_signed_response_alg", o.UserInfoAlg},
	} {
		if alg.value != "" && !slices.Contains(SigningAlgorithms(), alg.value) {
			v.fault(alg.field, "Choose one of: "+strings.Join(SigningAlgorithms(), ", ")+".")
		}
	}
	if uri := o.BackchannelLogoutURI; uri != "" {
		// Back-Channel Logout §2.2: http only for a development network.
		if u, err := url.Parse(uri); err != nil || (u.Scheme != "https" && (u.Scheme != "http" || !loopbackHost(u.Hostname()))) || u.Host == "" || u.User != nil || u.Fragment != "" {
			v.fault("backchannel_logout_uri", "This must be an https address without a fragment.")
		}
	}
	if uri := o.FrontchannelLogoutURI; uri != "" {
		// Front-Channel Logout §2: of the same origin as a redirect URI.
		sameOrigin := slices.ContainsFunc(c.RedirectURIs, func(r string) bool { return Origin(r) == Origin(uri) })
		if u, err := url.Parse(uri); err != nil || Origin(uri) == "" || u.User != nil || u.Fragment != "" || !sameOrigin {
			v.fault("frontchannel_logout_uri", "This must be an address of the same origin (scheme, host and port) as one of the redirect URIs, without a fragment.")
		}
	}
	if o.DefaultMaxAge != nil && *o.DefaultMaxAge < 0 {
		v.fault("default_max_age", "This must be a number of seconds.")
	}
	v.subjectType(c)
}

// subjectType: subjects made for a sector need to know which one (OpenID
// Connect Core §8.1).
func (v *validation) subjectType(c *Client) {
	if uri := c.OpenID.SectorIdentifierURI; uri != "" {
		if u, err := url.Parse(uri); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
			v.fault("sector_identifier_uri", "This must be an https address.")
		}
	}
	switch c.OpenID.SubjectType {
	case "", SubjectPublic:
		return
	case SubjectPairwise:
	default:
		v.fault("subject_type", "Choose public or pairwise.")
		return
	}
	if c.OpenID.SectorIdentifierURI != "" {
		return
	}
	hosts := make(map[string]bool)
	for _, uri := range c.RedirectURIs {
		if u, err := url.Parse(uri); err == nil {
			hosts[strings.ToLower(u.Hostname())] = true
		}
	}
	if len(hosts) > 1 {
		v.fault("sector_identifier_uri", "The redirect URIs have several hosts: say with a sector identifier URI which one pairwise subjects are made for.")
	}
}
