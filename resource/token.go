package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Token describes a valid access token. It must not be changed, because requests with the
// same token can share it.
type Token struct {
	// Issuer is the iss: the issuer of the authorization server, or empty if an
	// introspection response does not contain it.
	Issuer string
	// Subject is the sub: the id of the person who gave consent. If the client
	// uses the API on its own behalf, it is the client.
	Subject string
	// ClientID is the id of the client to which the token was issued.
	ClientID string
	// ClientOnly reports that the client uses the API on its own behalf, and not for a
	// person (the client credentials grant).
	ClientOnly bool
	// Username is the name of the person, or empty if it is not known.
	Username string
	// Scope is a list of scopes, separated by spaces.
	Scope string
	// IssuedAt and ExpiresAt are in seconds since 1970, as in the JSON of a token, or 0 if they
	// are not known. time.Unix(t.ExpiresAt, 0) is the time.
	IssuedAt, ExpiresAt int64
	// AuthTime is the time at which the person logged in, in seconds since 1970, or 0
	// if it is not known.
	AuthTime int64
	// ACR is the authentication context class of that login, or empty.
	ACR string
	// AMR lists the methods of that login (RFC 8176), or is nil.
	AMR []string
	// ID is the jti of the token, or empty.
	ID string
	// Audience lists what the token is for: its aud.
	Audience []string
	// Actor acts for the Subject, for example a service that exchanged the token of
	// a person (RFC 8693). It is nil if the token was not exchanged, or if the service
	// may impersonate the person.
	Actor *Actor
	// RawClaims has the JSON object with all claims of the JWT, or all members of the
	// introspection response, or is nil if the Verifier does not set it. Use Claims to
	// read it. A test can set it to a json.RawMessage.
	RawClaims json.Marshaler
}

// Has reports whether the token has the scope.
func (t *Token) Has(scope string) bool { return slices.Contains(strings.Fields(t.Scope), scope) }

// HasAll reports whether the token has all the scopes.
func (t *Token) HasAll(scopes ...string) bool {
	return !slices.ContainsFunc(scopes, func(scope string) bool { return !t.Has(scope) })
}

// Claims reads the claims of the token into v, which is a pointer to a struct or a
// map, as json.Unmarshal does. It fails if the Verifier has not set RawClaims.
//
//	var own struct {
//		Plan string `json:"https://example.com/plan"`
//	}
//	err := token.Claims(&own)
func (t *Token) Claims(v any) error {
	if t.RawClaims == nil {
		return errors.New("resource: the claims of the access token are not known")
	}
	text, err := t.RawClaims.MarshalJSON()
	if err != nil {
		return fmt.Errorf("resource: the claims of the access token: %w", err)
	}
	return json.Unmarshal(text, v)
}

// A Verifier verifies access tokens. For a token that is not valid it returns
// an *InvalidTokenError, or another error for which errors.Is reports
// ErrInvalidToken. Any other error means that the token cannot be verified at
// the moment.
type Verifier interface {
	// Verify returns the contents of a valid token. The text is that of the request, without
	// "Bearer". The error wraps ErrInvalidToken if the token is not valid; the response is
	// then 401. Any other error means that the token could not be verified; the response
	// is then 503, or 500 if the error has a method Broken() bool that returns true, because
	// the client need not try again. Calls are concurrent.
	Verify(ctx context.Context, token string) (*Token, error)
}

type contextKey struct{}

// FromContext returns the token with which a Guard authorized the request. It returns
// false if the request was passed on without a token (see Policy.Optional and
// Guard.Session).
func FromContext(ctx context.Context) (*Token, bool) {
	token, _ := ctx.Value(contextKey{}).(*Token)
	return token, token != nil
}

// NewContext returns a context in which FromContext finds the token. Tests of handlers
// and interceptors use it.
func NewContext(ctx context.Context, t *Token) context.Context {
	return context.WithValue(ctx, contextKey{}, t)
}
