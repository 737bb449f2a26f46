package oauth

import (
	"context"
	"encoding/json"
	"time"
)

// TokenInfo describes the tokens of a response, or an access token that is in use, to
// a hook of the host program. Later versions can add fields.
type TokenInfo struct {
	// Client is the client of the tokens. A hook must not change it.
	Client *Client
	// GrantType is the grant_type of the token request, or GrantImplicit for tokens
	// from the authorization endpoint. It is empty for a token that is in use, because
	// it is not stored.
	GrantType string
	// Subject is the person, as in Authentication, even if the client only sees a
	// pseudonym. It is empty if the client acts for itself.
	Subject string
	Scope   Scopes // the scopes of the token
	// Resources are the URIs of the resources that the access token is for (RFC 8707).
	// For the API of the server itself it is the issuer, or Settings.Audience.
	Resources Audience
	// Metadata is the metadata of the tokens (MetadataHook), or empty. It is also empty
	// while a person is asked for permission.
	Metadata json.RawMessage
}

// GrantImplicit is the grant type of tokens that the authorization endpoint returns
// (RFC 7591 §2). The token endpoint does not support it.
const GrantImplicit = "implicit"

// ClaimsHook returns claims that the server adds to a token or a response. Values are
// encoded by encoding/json. A claim about the person replaces the one that the
// ClaimsSource returned. People are not asked about these claims: for claims that a
// person should decide about, define a scope that releases them.
//
// The server sets some claims itself, such as iss, sub, aud and exp. It is a failure of
// the server (500) if the hook returns one of them (see ReservedClaim), null, a
// standard claim without the form of OpenID Connect Core §5.1, or more than 4096 bytes
// of JSON for an ID token or a JWT access token. If the hook returns an error, the answer is 503, and the client can repeat the request: the hook runs before
// anything is written. The log has the details in both cases.
//
// Calls of hooks are concurrent, and the response waits for them.
type ClaimsHook func(ctx context.Context, info TokenInfo, target ClaimsTarget) (map[string]any, error)

// Lifetimes holds the lifetimes of the tokens in a response. Zero means the
// lifetime of the resource, the client or the server.
type Lifetimes struct {
	// AccessToken is at most 30 days.
	AccessToken time.Duration
	// RefreshTokenIdle is how long the refresh token can stay unused. RefreshToken is
	// the total lifetime of the refresh token and its successors, which is determined
	// when the first one is issued. Both are at most five years.
	RefreshTokenIdle, RefreshToken time.Duration
}

// LifetimesHook returns the lifetimes of the tokens of a response. An access token that
// is issued by a token exchange never expires later than its subject_token. The server
// fails (500) if a lifetime is out of bounds, and answers 503 if the hook returns an
// error; see ClaimsHook. The hook is called again for a response that is repeated
// within the replay window of a refresh token.
type LifetimesHook func(ctx context.Context, info TokenInfo) (Lifetimes, error)

// FormatHook returns the format of the access token of a response. If it is empty, that
// of the resource or the client applies. The hook must return the same format if it is
// called again for a response that is repeated within the replay window of a refresh
// token. It is not called for a token exchange, which always issues a JWT. The server
// fails (500) if the format is not one of TokenFormats, and answers 503 if the hook
// returns an error; see ClaimsHook.
type FormatHook func(ctx context.Context, info TokenInfo) (TokenFormat, error)

// MetadataHook returns the metadata of the tokens that are issued for a permission: a JSON
// object, or empty. See validate.Metadata for its limits. The server stores it with the
// permission. The refresh token, all tokens that are issued with it, and tokens that are
// exchanged for them have the same metadata. Hooks read it from TokenInfo.Metadata. It is
// not part of any token or response unless a ClaimsHook returns it as a claim.
//
// The hook is called once for each permission: when a person approves a request, and
// otherwise when the first token is issued. If the person approves the same request
// twice, the metadata of the first approval remains. It is not called for a client that
// acts for itself without a service user, whose tokens have no permission, nor if an
// ExtensionDecision has metadata. The server fails (500) if the metadata is not valid, and
// answers 503 if the hook returns an error; see ClaimsHook.
type MetadataHook func(ctx context.Context, info TokenInfo) (json.RawMessage, error)

// ClientURICheck is a further rule of the host program for the redirect_uris, the
// post_logout_redirect_uris and the allowed_origins of a client. field is one of these
// three names, and value one element of the list.
//
// It is called for each value that the rules of the server accept, whenever a client is
// added or changed, registers itself, or is described by a metadata document. If it
// returns an error, the client is rejected, and the text of the error is shown to the
// administrator or sent to the program that registers. If it panics, the client is also
// rejected, but as a failure of the server (500), and only the log has the reason. It is not
// called when a client uses a URI that it already has.
//
// Calls are concurrent, and must return quickly. The check must not change the client.
type ClientURICheck func(client *Client, field, value string) error
