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

// Token is what an access token says.
type Token struct {
	// Subject is the person, or the application itself if nobody consented.
	Subject  string
	ClientID string
	// Username may be empty.
	Username string
	// Scope is the space-separated scope.
	Scope string
	// ExpiresAt is in seconds since 1970.
	ExpiresAt int64
	// ID is the jti, if there is one.
	ID string
}

// Has reports whether the token has the scope.
func (t *Token) Has(scope string) bool { return slices.Contains(strings.Fields(t.Scope), scope) }

// Verifier tells what an access token says. It answers ErrInvalidToken for one
// that is not good; any other error means that it cannot tell now.
type Verifier interface {
	Verify(ctx context.Context, token string) (*Token, error)
}

// ErrInvalidToken says that the token is unknown, expired, revoked, or not for this API.
var ErrInvalidToken = errors.New("invalid access token")

type contextKey struct{}

// FromContext gives the token that Require let through.
func FromContext(ctx context.Context) (*Token, bool) {
	token, ok := ctx.Value(contextKey{}).(*Token)
	return token, ok
}

// Require lets a request through only if its Authorization header holds a
// token that is good and has all the scopes. Otherwise it answers with the
// challenge of RFC 6750 §3: 401 without a token or with a bad one, 403
// insufficient_scope, 503 if it cannot tell. A token in the URL is not looked
// at (RFC 9700 §4.3.2).
func Require(v Verifier, scopes ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			guard(w, r, next, v, scopes)
		})
	}
}

// ReadWrite asks for the scope read of GET and HEAD, and for write of every
// other method.
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
	text, ok := bearer(r.Header)
	if !ok {
		challenge(w, http.StatusUnauthorized, "Bearer", "An access token is needed.")
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
		http.Error(w, "The access token cannot be checked right now.", http.StatusServiceUnavailable)
		return
	}
	for _, scope := range scopes {
		if !token.Has(scope) {
			challenge(w, http.StatusForbidden,
				`Bearer error="insufficient_scope", error_description="The access token lacks a scope.", scope="`+strings.Join(scopes, " ")+`"`,
				"The access token lacks the scope "+scope+".")
			return
		}
	}
	next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, token)))
}

// bearer finds the one token of the Authorization header (RFC 6750 §2.1).
func bearer(h http.Header) (string, bool) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, found := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}

func challenge(w http.ResponseWriter, status int, header, text string) {
	w.Header().Set("WWW-Authenticate", header)
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
