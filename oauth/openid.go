package oauth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// The scopes of OpenID Connect Core §5.4 and §11.
const (
	ScopeOpenID        = "openid"
	ScopeProfile       = "profile"
	ScopeEmail         = "email"
	ScopeAddress       = "address"
	ScopePhone         = "phone"
	ScopeOfflineAccess = "offline_access"
)

// OpenIDScopeInfos describes the scopes of OpenID Connect. Every Server knows
// them; a ScopeInfo of the same name in Config.Scopes wins.
func OpenIDScopeInfos() []ScopeInfo {
	return []ScopeInfo{
		{Name: ScopeOpenID, Description: "Know that it is you"},
		{Name: ScopeProfile, Description: "See your name and profile"},
		{Name: ScopeEmail, Description: "See your e-mail address"},
		{Name: ScopeAddress, Description: "See your postal address"},
		{Name: ScopePhone, Description: "See your telephone number"},
		{Name: ScopeOfflineAccess, Description: "Keep this access when you have logged out"},
	}
}

// claimScopes says which scope a standard claim belongs to (OpenID Connect
// Core §5.4).
var claimScopes = map[string]string{
	"name": ScopeProfile, "family_name": ScopeProfile, "given_name": ScopeProfile, "middle_name": ScopeProfile, "nickname": ScopeProfile,
	"preferred_username": ScopeProfile, "profile": ScopeProfile, "picture": ScopeProfile, "website": ScopeProfile, "gender": ScopeProfile,
	"birthdate": ScopeProfile, "zoneinfo": ScopeProfile, "locale": ScopeProfile, "updated_at": ScopeProfile,
	"email": ScopeEmail, "email_verified": ScopeEmail,
	"address":      ScopeAddress,
	"phone_number": ScopePhone, "phone_number_verified": ScopePhone,
}

// StandardClaims are the names of the claims of OpenID Connect Core §5.1, but
// for sub, in alphabetical order.
func StandardClaims() []string {
	names := make([]string, 0, len(claimScopes))
	for name := range claimScopes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ClaimsQuery asks what is known of a person.
type ClaimsQuery struct {
	Subject  string
	ClientID string
	// Names are the claims that may be told; others are left out whatever the
	// answer holds.
	Names []string
	// Locales are preferred languages (claims_locales), best first, BCP 47.
	Locales []string
}

// ClaimsSource tells what is known of a person: a value for each claim that is
// known. Values are what encoding/json takes. An error of its own becomes a
// server_error; a person who is not known any more is ErrNotFound.
type ClaimsSource func(ctx context.Context, q ClaimsQuery) (map[string]any, error)

// OpenID is what an authorization request asked for beyond OAuth, and how its
// person logged in: what later ID tokens and userinfo answers depend on. It is
// zero for plain OAuth.
type OpenID struct {
	Claims  *ClaimsRequest `json:"claims,omitempty"`
	Locales []string       `json:"locales,omitempty"`
	ACR     string         `json:"acr,omitempty"`
	AMR     []string       `json:"amr,omitempty"`
}

// IsZero reports whether there is nothing in it.
func (o OpenID) IsZero() bool {
	return o.Claims == nil && len(o.Locales) == 0 && o.ACR == "" && len(o.AMR) == 0
}

// SubjectType is that of OpenID Connect Core §8.
type SubjectType string

// The subject types. The zero value counts as SubjectPublic.
const (
	SubjectPublic   SubjectType = "public"
	SubjectPairwise SubjectType = "pairwise"
)

// ClientOpenID is what a client chose of OpenID Connect. The names in JSON are
// those of OpenID Connect Registration §2. The zero value is a client that
// uses the code flow and gets ES256.
type ClientOpenID struct {
	// ResponseTypes are those allowed besides code. Each sends tokens through
	// the browser.
	ResponseTypes []string `json:"response_types,omitempty"`
	// IDTokenAlg signs its ID tokens; empty means ES256.
	IDTokenAlg string `json:"id_token_signed_response_alg,omitempty"`
	// UserInfoAlg signs userinfo answers; empty means plain JSON.
	UserInfoAlg string `json:"userinfo_signed_response_alg,omitempty"`
	// IDTokenEncAlg and UserInfoEncAlg encrypt them besides, to a key of the
	// client: one of EncryptionAlgorithms, with one of ContentEncryptions.
	IDTokenEncAlg  string `json:"id_token_encrypted_response_alg,omitempty"`
	IDTokenEncEnc  string `json:"id_token_encrypted_response_enc,omitempty"`
	UserInfoEncAlg string `json:"userinfo_encrypted_response_alg,omitempty"`
	UserInfoEncEnc string `json:"userinfo_encrypted_response_enc,omitempty"`
	// CodeWithoutPKCE lets a confidential client get codes with neither a
	// code_challenge nor a nonce, as OpenID Connect Core §3.1.2.1 allows.
	// Nothing then keeps a stolen code out of another session of the client.
	CodeWithoutPKCE bool `json:"code_without_pkce,omitempty"`
	// SubjectType pairwise gives the client subjects that no other sector
	// can recognise.
	SubjectType SubjectType `json:"subject_type,omitempty"`
	// SectorIdentifierURI names the sector by its host; empty means the host
	// of the redirect URIs.
	SectorIdentifierURI string `json:"sector_identifier_uri,omitempty"`
	// JWKS is a JWK Set with the client's public keys, JWKSURI where it
	// publishes one; a client has at most one of the two.
	JWKS    json.RawMessage `json:"jwks,omitempty"`
	JWKSURI string          `json:"jwks_uri,omitempty"`
	// RequestObjectAlg signs its request objects; empty means any of
	// SigningAlgorithms, AlgNone that they are not signed. RequestURIs are the only addresses where they are
	// fetched. RequireRequestObject refuses requests that are not signed.
	RequestObjectAlg     string   `json:"request_object_signing_alg,omitempty"`
	RequestURIs          []string `json:"request_uris,omitempty"`
	RequireRequestObject bool     `json:"require_signed_request_object,omitempty"`
	// BackchannelLogoutURI is told of log-outs by the server.
	BackchannelLogoutURI string `json:"backchannel_logout_uri,omitempty"`
	// FrontchannelLogoutURI is loaded by the browser at a log-out.
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitempty"`
	// DefaultMaxAge is the max_age of requests without one, in seconds, or nil.
	DefaultMaxAge *int64 `json:"default_max_age,omitempty"`
}

// IDTokenAlgorithm is what signs the client's ID tokens.
func (c *Client) IDTokenAlgorithm() string {
	if c.OpenID.IDTokenAlg == "" {
		return AlgES256
	}
	return c.OpenID.IDTokenAlg
}

// IDTokenEncryption is how the client's ID tokens are encrypted.
func (o *ClientOpenID) IDTokenEncryption() Encryption {
	return Encryption{o.IDTokenEncAlg, cmp.Or(o.IDTokenEncEnc, defaultEncryption)}
}

// UserInfoEncryption is how the client's userinfo answers are encrypted.
func (o *ClientOpenID) UserInfoEncryption() Encryption {
	return Encryption{o.UserInfoEncAlg, cmp.Or(o.UserInfoEncEnc, defaultEncryption)}
}

// sector is the host that pairwise subjects are made for (OpenID Connect Core
// §8.1).
func (c *Client) sector() string {
	uris := append([]string{c.OpenID.SectorIdentifierURI}, c.RedirectURIs...)
	for _, uri := range uris {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			return strings.ToLower(u.Hostname())
		}
	}
	return c.ID
}

// subject is the sub under which the client knows the person: their own, or
// one that only the client's sector sees (OpenID Connect Core §8).
func (s *Server) subject(c *Client, subject string) string {
	if c.OpenID.SubjectType != SubjectPairwise || subject == "" {
		return subject
	}
	return s.pseudonym(s.pairwise, c.sector(), subject)
}

// sid names the login session to the client: the same in all its ID tokens and
// logout tokens, and of no use to another (OpenID Connect Back-Channel Logout §2.1).
func (s *Server) sid(clientID, sessionID string) string {
	if sessionID == "" {
		return ""
	}
	return s.pseudonym(s.sids, clientID, sessionID)
}

func (s *Server) pseudonym(key []byte, forWhom, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(forWhom))
	mac.Write([]byte{0})
	mac.Write([]byte(name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
