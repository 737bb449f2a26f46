package oauth

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"
)

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
	if c.IDTokenAlg == "" {
		return AlgES256
	}
	return c.IDTokenAlg
}

// IDTokenEncryption is how the client's ID tokens are encrypted.
func (o *ClientOpenID) IDTokenEncryption() Encryption {
	return Encryption{o.IDTokenEncAlg, cmp.Or(o.IDTokenEncEnc, DefaultEncryption)}
}

// UserInfoEncryption is how the client's userinfo answers are encrypted.
func (o *ClientOpenID) UserInfoEncryption() Encryption {
	return Encryption{o.UserInfoEncAlg, cmp.Or(o.UserInfoEncEnc, DefaultEncryption)}
}

// Sector is the host that pairwise subjects are made for (OpenID Connect Core
// §8.1).
func (c *Client) Sector() string {
	uris := append([]string{c.SectorIdentifierURI}, c.RedirectURIs...)
	for _, uri := range uris {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			return strings.ToLower(u.Hostname())
		}
	}
	return c.ID
}
