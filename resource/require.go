// Package resource guards an API with access tokens (RFC 6750, RFC 7662, RFC
// 9068). It works with any authorization server, and needs none in the program.
//
//	guard := resource.Require(&resource.Introspection{URL: "https://id.example.com/o/introspect/", ClientID: id, ClientSecret: secret}, "read")
//	http.Handle("/api/hello", guard(hello))
package resource

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Token describes a valid access token.
type Token struct {
	// Subject is the sub: the id of the person who gave consent. If the client
	// uses the API on its own behalf it is the client.
	Subject string
	// ClientID is the id of the client to which the token was issued.
	ClientID string
	// Username is the name of the person, or empty if it is not known.
	Username string
	// Scope is a list of scopes, separated by spaces.
	Scope string
	// ExpiresAt is in seconds since 1970.
	ExpiresAt int64
	// ID is the jti of the token, or empty.
	ID string
}

// Has reports whether the token has the scope.
func (t *Token) Has(scope string) bool { return slices.Contains(strings.Fields(t.Scope), scope) }

// A Verifier verifies access tokens. For a token that is not valid it returns
// ErrInvalidToken. Any other error means that the token cannot be verified at
// the moment.
type Verifier interface {
	Verify(ctx context.Context, token string) (*Token, error)
}

// ErrInvalidToken is returned for a token that is unknown, expired, revoked or not for this API.
var ErrInvalidToken = errors.New("invalid access token")

type contextKey struct{}

// FromContext returns the token with which the request was authorized by Require
// or ReadWrite.
func FromContext(ctx context.Context) (*Token, bool) {
	token, ok := ctx.Value(contextKey{}).(*Token)
	return token, ok
}

// Require returns middleware that passes a request on if its Authorization
// header has a valid access token with all the scopes. Otherwise the response is
// the challenge of RFC 6750 §3: 401 if the token is missing or invalid, 403
// (insufficient_scope) if a scope is missing. It is 503 if the token cannot be
// verified at the moment. A token in the URL is ignored (RFC 9700 §4.3.2).
func Require(v Verifier, scopes ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			guard(w, r, next, v, scopes)
		})
	}
}

// ReadWrite is Require with a scope that depends on the method: the scope read
// for GET and HEAD, and the scope write for every other method.
func ReadWrite(v Verifier, read, write string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			scope := write
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				scope = read
			}
			guard(w, r, next, v, []string{scope})
		})
	}
}

func guard(w http.ResponseWriter, r *http.Request, next http.Handler, v Verifier, scopes []string) {
	w.Header().Add("Vary", "Authorization")
	if len(r.Header.Values("Authorization")) > 1 { // a proxy could check one, and the API another
		challenge(w, http.StatusBadRequest,
			`Bearer error="invalid_request", error_description="The request has more than one Authorization header."`,
			"The request has more than one Authorization header.")
		return
	}
	text, ok := bearer(r.Header.Get("Authorization"))
	if !ok {
		challenge(w, http.StatusUnauthorized, "Bearer", "An access token is required.")
		return
	}
	token, err := v.Verify(r.Context(), text)
	switch {
	case errors.Is(err, ErrInvalidToken):
		challenge(w, http.StatusUnauthorized,
			`Bearer error="invalid_token", error_description="The access token is unknown, expired or revoked."`,
			"The access token is unknown, expired or revoked.")
		return
	case err != nil:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "The access token cannot be verified at the moment. Try again later.", http.StatusServiceUnavailable)
		return
	}
	for _, scope := range scopes {
		if !token.Has(scope) {
			challenge(w, http.StatusForbidden,
				`Bearer error="insufficient_scope", error_description="The access token does not have a required scope.", scope="`+strings.Join(scopes, " ")+`"`,
				"The access token does not have the scope "+scope+".")
			return
		}
	}
	next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, token)))
}

// bearer returns the token of an Authorization header (RFC 6750 §2.1).
func bearer(header string) (string, bool) {
	scheme, token, found := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}

func challenge(w http.ResponseWriter, status int, header, text string) {
	w.Header().Set("WWW-Authenticate", header)
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
