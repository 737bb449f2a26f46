package oauth

import (
	"cmp"
	"encoding/json"
)

// SubjectType is the kind of subject identifier that a client gets (OpenID
// Connect Core §8).
type SubjectType string

// The subject types. The zero value means SubjectPublic.
const (
	SubjectPublic   SubjectType = "public"   // all clients get the same sub for a person
	SubjectPairwise SubjectType = "pairwise" // clients of different sectors get different subs for a person
)

// SubjectTypes returns the subject types.
func SubjectTypes() []string { return []string{string(SubjectPublic), string(SubjectPairwise)} }

// ClientOpenID has those fields of a Client that are defined by OpenID Connect. The zero
// value is a client that uses the code flow and gets ID tokens signed with
// RS256, with the claims of profile and email.
type ClientOpenID struct {
	// ResponseTypes are those that the client may use; empty means code. All
	// others send tokens through the browser.
	ResponseTypes []string `json:"response_types,omitempty" register:"yes"`
	// IDTokenAlg is the signature algorithm of ID tokens; empty means DefaultIDTokenAlg.
	IDTokenAlg string `json:"id_token_signed_response_alg,omitempty" register:"yes"`
	// OmitProfile omits the claims of the scopes profile and email from ID tokens
	// from the token endpoint. The client gets them from the userinfo endpoint.
	OmitProfile bool `json:"omit_profile_from_id_token,omitempty"`
	// OmitIDTokenAtRefresh omits the ID token from the response to a refresh
	// (OpenID Connect Core §12.2).
	OmitIDTokenAtRefresh bool `json:"omit_id_token_at_refresh,omitempty"`
	// UserInfoAlg is the signature algorithm of userinfo responses; empty means plain JSON.
	UserInfoAlg string `json:"userinfo_signed_response_alg,omitempty" register:"yes"`
	// IDTokenEncAlg and UserInfoEncAlg are the algorithms with which ID tokens and
	// userinfo responses are encrypted to a key of the client; empty means that they
	// are not encrypted. IDTokenEncEnc and UserInfoEncEnc are those with which the
	// content is encrypted; empty means DefaultEncryption.
	IDTokenEncAlg  string `json:"id_token_encrypted_response_alg,omitempty" register:"yes"`
	IDTokenEncEnc  string `json:"id_token_encrypted_response_enc,omitempty" register:"yes"` // how the content of ID tokens is encrypted; empty means DefaultEncryption
	UserInfoEncAlg string `json:"userinfo_encrypted_response_alg,omitempty" register:"yes"` // how userinfo responses are encrypted; empty means that they are not
	UserInfoEncEnc string `json:"userinfo_encrypted_response_enc,omitempty" register:"yes"` // how the content of userinfo responses is encrypted; empty means DefaultEncryption
	// CodeWithoutPKCE lets a confidential client use codes with neither a
	// code_challenge nor a nonce, as OpenID Connect Core §3.1.2.1 allows. A
	// stolen code can then be injected into another session of the client.
	CodeWithoutPKCE bool `json:"code_without_pkce,omitempty"`
	// SubjectType is SubjectPairwise if the client's subjects must differ from
	// those of other sectors.
	SubjectType SubjectType `json:"subject_type,omitempty" register:"yes"`
	// SectorIdentifierURI is the URI whose host is the sector; empty means the
	// host of the redirect URIs.
	SectorIdentifierURI string `json:"sector_identifier_uri,omitempty" register:"yes"`
	// JWKS is a JWK Set with the client's public keys, and JWKSURI the URL at
	// which the client publishes them. A client has at most one of the two.
	JWKS    json.RawMessage `json:"jwks,omitempty" register:"yes"`
	JWKSURI string          `json:"jwks_uri,omitempty" register:"yes"` // the URL of the client's public keys; see JWKS
	// RequestObjectAlg is the signature algorithm of the client's request objects. Empty means any of
	// SigningAlgorithms; AlgNone means that they are not signed.
	RequestObjectAlg string `json:"request_object_signing_alg,omitempty" register:"yes"`
	// RequestURIs are the only URLs from which request objects are fetched.
	RequestURIs []string `json:"request_uris,omitempty" register:"yes"`
	// RequireRequestObject rejects authorization requests that are not signed.
	RequireRequestObject bool `json:"require_signed_request_object,omitempty" register:"yes"`
	// BackchannelLogoutURI receives a logout token from the server when a person
	// logs out. FrontchannelLogoutURI is loaded by the person's browser.
	BackchannelLogoutURI  string `json:"backchannel_logout_uri,omitempty" register:"yes"`
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitempty" register:"yes"` // loaded by the browser of a person who logs out; may be empty
	// InitiateLoginURI is the page of the client that starts a login (OpenID Connect
	// Core §4).
	InitiateLoginURI string `json:"initiate_login_uri,omitempty" register:"yes"`
	// DefaultMaxAge is the max_age of requests without one, in seconds, or nil.
	DefaultMaxAge *int64 `json:"default_max_age,omitempty" register:"yes"`
}

// IDTokenEncryption returns how the client's ID tokens are encrypted.
func (o *ClientOpenID) IDTokenEncryption() Encryption {
	return Encryption{o.IDTokenEncAlg, cmp.Or(o.IDTokenEncEnc, DefaultEncryption)}
}

// UserInfoEncryption returns how the client's userinfo responses are encrypted.
func (o *ClientOpenID) UserInfoEncryption() Encryption {
	return Encryption{o.UserInfoEncAlg, cmp.Or(o.UserInfoEncEnc, DefaultEncryption)}
}
