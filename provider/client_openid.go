package provider

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// openID checks the metadata of OpenID Connect Registration §2 and of the
// specifications on logout.
func (v *validation) openID(c *oauth.Client) {
	v.responseTypes(c)
	v.algorithms(c)
	if c.CodeWithoutPKCE && (c.Type != oauth.Confidential || c.RequirePKCE) {
		v.reject("code_without_pkce", "Only a confidential application can omit PKCE, and only if PKCE is not required.")
	}
	v.logout(c)
	v.initiateLogin(c)
	if c.DefaultMaxAge != nil && *c.DefaultMaxAge < 0 {
		v.reject("default_max_age", "Enter a number of seconds.")
	}
	v.encryption(c, "id_token", c.IDTokenEncAlg, c.IDTokenEncEnc)
	v.encryption(c, "userinfo", c.UserInfoEncAlg, c.UserInfoEncEnc)
	v.subjectType(c)
	v.keys(c)
}

func (v *validation) responseTypes(c *oauth.Client) {
	for _, responseType := range c.ResponseTypes {
		known := v.choice("response_types", responseType, oauth.ResponseTypes())
		if known && strings.HasPrefix(responseType, oauth.ResponseTypeCode) && !c.Allows(oauth.GrantAuthorizationCode) {
			v.reject("response_types", "The response type '%s' requires the grant type authorization_code.", responseType)
		}
	}
}

func (v *validation) algorithms(c *oauth.Client) {
	for _, alg := range []struct {
		field, value string
		known        []string
	}{
		{"id_token_signed_response_alg", c.IDTokenAlg, oauth.ClientAlgorithms()},
		{"userinfo_signed_response_alg", c.UserInfoAlg, oauth.ClientAlgorithms()},
		{"request_object_signing_alg", c.RequestObjectAlg, oauth.RequestObjectAlgorithms()},
	} {
		readable := func(s oauth.ClientSecret) bool { return s.Sealed != "" }
		switch {
		case !v.choice(alg.field, alg.value, alg.known):
		case alg.value == oauth.AlgHS256 && c.Type != oauth.Confidential:
			v.reject(alg.field, "HS256 signs with the client secret, which a public application does not have.")
		case alg.value == oauth.AlgHS256 && !slices.ContainsFunc(c.Secrets, readable):
			v.reject(alg.field, "HS256 signs with the client secret, but only a hash of it is stored. Rotate the secret first, and choose to store it encrypted.")
		}
	}
}

func (v *validation) logout(c *oauth.Client) {
	// Back-Channel Logout §2.2: https, or http in a development network.
	if uri := c.BackchannelLogoutURI; uri != "" && !fetchable(uri) {
		v.reject("backchannel_logout_uri", "Enter an https URL without a fragment.")
	}
	if uri := c.FrontchannelLogoutURI; uri != "" {
		// Front-Channel Logout §2: the same origin as a redirect URI.
		sameOrigin := slices.ContainsFunc(c.RedirectURIs, func(r string) bool { return !oauth.HasWildcard(r) && oauth.Origin(r) == oauth.Origin(uri) })
		switch u, err := url.Parse(uri); {
		case err != nil || oauth.Origin(uri) == "" || u.User != nil || u.Fragment != "" || !sameOrigin:
			v.reject("frontchannel_logout_uri", "Enter a URL without a fragment that has the same scheme, host and port as one of the redirect URIs.")
		case u.Query().Has("iss") || u.Query().Has("sid"):
			v.reject("frontchannel_logout_uri", "The URL must not have the parameters iss and sid, because the server adds them.")
		}
	}
}

// initiateLogin checks the URL of OpenID Connect Core §4.
func (v *validation) initiateLogin(c *oauth.Client) {
	if c.InitiateLoginURI == "" {
		return
	}
	u, err := url.Parse(c.InitiateLoginURI)
	switch {
	case err != nil || !fetchable(c.InitiateLoginURI):
		v.reject("initiate_login_uri", "Enter an https URL without a fragment.")
	case u.Query().Has("iss") || u.Query().Has("login_hint") || u.Query().Has("target_link_uri"):
		v.reject("initiate_login_uri", "The URL must not have the parameters iss, login_hint and target_link_uri, because the server adds them.")
	}
}

// encryption checks that the client has a key for the algorithm.
func (v *validation) encryption(c *oauth.Client, response, alg, enc string) {
	field := response + "_encrypted_response_"
	v.choice(field+"enc", enc, oauth.ContentEncryptions())
	switch {
	case alg == "" && enc != "":
		v.reject(field+"enc", "Choose the encryption algorithm (%salg) too.", field)
	case alg == "" || !v.choice(field+"alg", alg, oauth.EncryptionAlgorithms()) || c.JWKSURI != "":
	default:
		if keys, err := parseClientKeys(c.JWKS); err != nil || jose.Select(keys, jose.Encrypts(alg)) == nil {
			v.reject(field+"alg", "The application has no key for %s. Enter its keys (jwks) or their URL (jwks_uri).", alg)
		}
	}
}

// keys checks that the keys of the client are in one place (OpenID Connect
// Registration §2) and can be used.
func (v *validation) keys(c *oauth.Client) {
	if c.RequireRequestObject && c.RequestObjectAlg == oauth.AlgNone {
		v.reject("request_object_signing_alg", "Requests must be signed, so the algorithm must not be none.")
	}
	if c.RequireRequestObject && c.JWKSURI == "" && len(c.JWKS) == 0 {
		v.reject("require_signed_request_object", "Signatures are verified with the application's keys. Enter the keys (jwks) or their URL (jwks_uri).")
	}
	for _, uri := range c.RequestURIs {
		if bare, _, _ := strings.Cut(uri, "#"); !fetchable(bare) || len(uri) > maxRequestURILength {
			v.reject("request_uris", "Enter https URLs of at most %d characters.", maxRequestURILength)
		}
	}
	if c.JWKSURI != "" && !fetchable(c.JWKSURI) {
		v.reject("jwks_uri", "Enter an https URL without a fragment.")
	}
	if c.JWKSURI != "" && len(c.JWKS) > 0 {
		v.reject("jwks", "Enter the keys (jwks) or their URL (jwks_uri), not both.")
	}
	if len(c.JWKS) == 0 {
		return
	}
	switch keys, err := parseClientKeys(c.JWKS); {
	case err != nil:
		v.reject("jwks", "The keys cannot be used: %v.", err)
	case len(keys) == 0:
		v.reject("jwks", "The key set contains no public key that is supported.")
	}
}

// subjectType checks that pairwise subjects have exactly one sector (OpenID
// Connect Core §8.1).
func (v *validation) subjectType(c *oauth.Client) {
	if uri := c.SectorIdentifierURI; uri != "" && (!fetchable(uri) || !strings.HasPrefix(uri, "https:")) {
		v.reject("sector_identifier_uri", "Enter an https URL.")
	}
	if !v.choice("subject_type", string(c.SubjectType), oauth.SubjectTypes()) || c.SubjectType != oauth.SubjectPairwise || c.SectorIdentifierURI != "" {
		return
	}
	hosts := make(map[string]bool)
	for _, uri := range c.RedirectURIs {
		if u, err := url.Parse(uri); err == nil {
			hosts[strings.ToLower(u.Hostname())] = true
		}
	}
	if len(hosts) > 1 {
		v.reject("sector_identifier_uri", "The redirect URIs have several hosts. Enter the sector identifier URI for the pairwise subjects.")
	}
}
