package provider

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// openID holds what a client chose of OpenID Connect to the rules of OpenID
// Connect Registration §2.
func (v *validation) openID(c *oauth.Client) {
	o := c.ClientOpenID
	for _, responseType := range o.ResponseTypes {
		if !slices.Contains(oauth.ResponseTypes(), responseType) {
			v.fault("response_types", "The response type '"+responseType+"' is not one of: "+strings.Join(oauth.ResponseTypes(), ", ")+".")
		}
		if strings.HasPrefix(responseType, "code") && !c.Allows(oauth.GrantAuthorizationCode) {
			v.fault("response_types", "The response type '"+responseType+"' needs the grant type authorization_code.")
		}
	}
	for _, alg := range []struct {
		field, value string
		known        []string
	}{
		{"id_token_signed_response_alg", o.IDTokenAlg, oauth.ClientAlgorithms()},
		{"userinfo_signed_response_alg", o.UserInfoAlg, oauth.ClientAlgorithms()},
		{"request_object_signing_alg", o.RequestObjectAlg, oauth.RequestObjectAlgorithms()},
	} {
		switch {
		case alg.value != "" && !slices.Contains(alg.known, alg.value):
			v.fault(alg.field, "Choose one of: "+strings.Join(alg.known, ", ")+".")
		case alg.value == oauth.AlgHS256 && c.Type != oauth.Confidential:
			v.fault(alg.field, "HS256 signs with the secret, and a public application has none.")
		case alg.value == oauth.AlgHS256 && !slices.ContainsFunc(c.Secrets, func(s oauth.ClientSecret) bool { return s.Sealed != "" }):
			v.fault(alg.field, "HS256 signs with the secret, and only its hash is kept. First make a new secret that is kept readable.")
		}
	}
	if o.CodeWithoutPKCE && (c.Type != oauth.Confidential || c.RequirePKCE) {
		v.fault("code_without_pkce", "Only a confidential application can do without PKCE, and only if it is not required.")
	}
	if uri := o.BackchannelLogoutURI; uri != "" {
		// Back-Channel Logout §2.2: http only for a development network.
		if !askable(uri) {
			v.fault("backchannel_logout_uri", "This must be an https address without a fragment.")
		}
	}
	if uri := o.FrontchannelLogoutURI; uri != "" {
		// Front-Channel Logout §2: of the same origin as a redirect URI.
		sameOrigin := slices.ContainsFunc(c.RedirectURIs, func(r string) bool { return oauth.Origin(r) == oauth.Origin(uri) })
		if u, err := url.Parse(uri); err != nil || oauth.Origin(uri) == "" || u.User != nil || u.Fragment != "" || !sameOrigin {
			v.fault("frontchannel_logout_uri", "This must be an address of the same origin (scheme, host and port) as one of the redirect URIs, without a fragment.")
		}
	}
	if o.DefaultMaxAge != nil && *o.DefaultMaxAge < 0 {
		v.fault("default_max_age", "This must be a number of seconds.")
	}
	v.encryption(c, "id_token", o.IDTokenEncAlg, o.IDTokenEncEnc)
	v.encryption(c, "userinfo", o.UserInfoEncAlg, o.UserInfoEncEnc)
	v.subjectType(c)
	v.keys(c)
}

// encryption needs a key of the client to encrypt to.
func (v *validation) encryption(c *oauth.Client, what, alg, enc string) {
	field := what + "_encrypted_response_"
	if alg != "" && !slices.Contains(oauth.EncryptionAlgorithms(), alg) {
		v.fault(field+"alg", "Choose one of: "+strings.Join(oauth.EncryptionAlgorithms(), ", ")+".")
		return
	}
	if enc != "" && !slices.Contains(oauth.ContentEncryptions(), enc) {
		v.fault(field+"enc", "Choose one of: "+strings.Join(oauth.ContentEncryptions(), ", ")+".")
	}
	switch {
	case alg == "" && enc != "":
		v.fault(field+"enc", "This means nothing without an algorithm.")
	case alg == "" || c.JWKSURI != "":
	default:
		if keys, err := parseKeySet(c.JWKS); err != nil || fitting(keys, encrypts(alg)) == nil {
			v.fault(field+"alg", "There is no key of the application for "+alg+": give its keys, or their address.")
		}
	}
}

// keys: a client has its keys in one place (OpenID Connect Registration §2).
func (v *validation) keys(c *oauth.Client) {
	o := c.ClientOpenID
	if o.RequireRequestObject && o.RequestObjectAlg == oauth.AlgNone {
		v.fault("request_object_signing_alg", "Its requests must be signed, and none is no signature.")
	}
	if o.RequireRequestObject && o.JWKSURI == "" && len(o.JWKS) == 0 {
		v.fault("require_signed_request_object", "Its requests can only be verified with its keys: give them, or their address.")
	}
	for _, uri := range o.RequestURIs {
		if bare, _, _ := strings.Cut(uri, "#"); !askable(bare) || len(uri) > maxRequestURILength {
			v.fault("request_uris", "These must be https addresses of at most 512 characters.")
		}
	}
	if o.JWKSURI != "" {
		if !askable(o.JWKSURI) {
			v.fault("jwks_uri", "This must be an https address without a fragment.")
		}
		if len(o.JWKS) > 0 {
			v.fault("jwks", "Give the keys or their address, not both.")
		}
	}
	if len(o.JWKS) == 0 {
		return
	}
	switch keys, err := parseKeySet(o.JWKS); {
	case err != nil:
		v.fault("jwks", "Wrong keys: "+err.Error()+".")
	case len(keys) == 0:
		v.fault("jwks", "There is no key in it that can be used here.")
	}
}

// askable reports whether the server can ask the address: https, or for
// development http on a loopback host.
func askable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || (u.Scheme == "http" && oauth.LoopbackHost(u.Hostname()))) && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}

// subjectType: subjects made for a sector need to know which one (OpenID
// Connect Core §8.1).
func (v *validation) subjectType(c *oauth.Client) {
	if uri := c.SectorIdentifierURI; uri != "" && (!askable(uri) || !strings.HasPrefix(uri, "https:")) {
		v.fault("sector_identifier_uri", "This must be an https address.")
	}
	switch c.SubjectType {
	case "", oauth.SubjectPublic:
		return
	case oauth.SubjectPairwise:
	default:
		v.fault("subject_type", "Choose public or pairwise.")
		return
	}
	if c.SectorIdentifierURI != "" {
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
