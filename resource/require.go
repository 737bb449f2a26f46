// Package resource guards an API with access tokens (RFC 6750, RFC 7662, RFC
// 9068). It works with any authorization server, in the same program or in
// another one.
//
//	guard := resource.Guard{
//		Verifier:     &resource.Introspection{URL: "https://id.example.com/o/introspect/", ClientID: id, ClientSecret: secret},
//		AllowsOrigin: resource.Origins("https://app.example.com"), // scripts of these origins can call the API
//	}
//	http.Handle("/api/hello", guard.Require("read")(hello))
package resource

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

// Token describes a valid access token.
type Token struct {
	// Subject is the sub: the id of the person who gave consent. If the client
	// uses the API on its own behalf, it is the client.
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
	// Audience lists what the token is for: its aud.
	Audience []string
	// Actor acts for the Subject, for example a service that exchanged the token of
	// a person (RFC 8693). It is nil if the token was not exchanged, or if the service
	// may impersonate the person.
	Actor *Actor
}

// Has reports whether the token has the scope.
func (t *Token) Has(scope string) bool { return slices.Contains(strings.Fields(t.Scope), scope) }

// A Verifier verifies access tokens. For a token that is not valid it returns
// an *InvalidTokenError, or another error for which errors.Is reports
// ErrInvalidToken. Any other error means that the token cannot be verified at
// the moment.
type Verifier interface {
	Verify(ctx context.Context, token string) (*Token, error)
}

type contextKey struct{}

// FromContext returns the token with which the request was authorized by Require
// or ReadWrite.
func FromContext(ctx context.Context) (*Token, bool) {
	token, ok := ctx.Value(contextKey{}).(*Token)
	return token, ok
}

// A Guard guards an API with access tokens.
type Guard struct {
	Verifier Verifier
	// Metadata describes the API, or is nil. With it, a token must be for
	// Metadata.Resource: its aud must contain that URI, whatever the Verifier
	// checks. Challenges then name the metadata and the scopes (RFC 9728 §5.1). Mount
	// the metadata at its Path.
	Metadata *Metadata
	// AllowsOrigin reports whether scripts of an origin can read the response to a
	// request with the token (CORS). The token is nil for a preflight request and
	// for a request that is rejected; the response then contains no data of the
	// API. If AllowsOrigin is nil, the guard sets no CORS headers, and a CORS
	// middleware can be put around it.
	AllowsOrigin func(ctx context.Context, origin string, t *Token) bool
	// InsecureAllowQuery, if set, is called for a valid token that a request sends in the
	// parameter access_token of its URL (RFC 6750 §2.3), where browsers and logs keep it.
	// If it returns false, or is nil, a token in the URL is ignored. If it returns an
	// error, such as an *InvalidTokenError, the token is refused with that error.
	InsecureAllowQuery func(ctx context.Context, t *Token) (bool, error)
	// AllowsActor reports whether the actor of a token can use the API for the subject.
	// It is called only for tokens with an Actor. If it is nil, every actor for which
	// the authorization server has issued a token is allowed.
	AllowsActor func(ctx context.Context, t *Token) bool
	// OnRefused, if set, is called for each token that is refused. The error is
	// an *InvalidTokenError, a *ScopeError, or the reason why a token could not be
	// verified. If OnRefused is nil, only the last kind is logged, with
	// slog.Default.
	OnRefused func(r *http.Request, err error)
}

// Require returns middleware that passes a request on if its Authorization header
// has a valid access token with all the scopes. Otherwise the response is the
// challenge of RFC 6750 §3: 401 if the token is missing or invalid, 403
// (insufficient_scope) if a scope is missing. The challenge of a 403 names the
// scopes of the token and the missing ones, so that a client can request all of
// them and keep those that it has. The response is 503 if the token cannot be
// verified at the moment. A token in the URL is ignored (RFC 9700 §4.3.2), unless
// InsecureAllowQuery accepts it.
//
// A preflight request (OPTIONS without a token) gets 204 and is not passed on.
func (g *Guard) Require(scopes ...string) func(http.Handler) http.Handler {
	return g.middleware(func(*http.Request) []string { return scopes })
}

// RequireScopes is Require with scopes that depend on the request, such as those of
// the tool that an MCP request calls. If it reads the body, it must put it back. It
// is also called for requests without a token, so it must bound what it reads.
func (g *Guard) RequireScopes(of func(*http.Request) []string) func(http.Handler) http.Handler {
	return g.middleware(of)
}

// ReadWrite is Require with a scope that depends on the method: the scope read
// for GET and HEAD, and the scope write for every other method.
func (g *Guard) ReadWrite(read, write string) func(http.Handler) http.Handler {
	return g.middleware(func(r *http.Request) []string {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return []string{read}
		}
		return []string{write}
	})
}

// Require is Guard.Require without CORS.
func Require(v Verifier, scopes ...string) func(http.Handler) http.Handler {
	return (&Guard{Verifier: v}).Require(scopes...)
}

// ReadWrite is Guard.ReadWrite without CORS.
func ReadWrite(v Verifier, read, write string) func(http.Handler) http.Handler {
	return (&Guard{Verifier: v}).ReadWrite(read, write)
}

func (g *Guard) middleware(scopes func(*http.Request) []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Vary", "Authorization")
			if g.AllowsOrigin != nil {
				w.Header().Add("Vary", "Origin")
			}
			if isPreflight(r) {
				g.preflight(w, r)
				return
			}
			token, refusal := g.authorize(r, scopes(r))
			if refusal != nil {
				g.allowOrigin(w, r, nil)
				refusal.write(w)
				return
			}
			g.allowOrigin(w, r, token)
			if r.Header.Get("Authorization") == "" {
				w.Header().Set("Cache-Control", "private") // RFC 6750 §2.3
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, token)))
		})
	}
}

// authorize returns the token of a request, or the refusal.
func (g *Guard) authorize(r *http.Request, scopes []string) (*Token, *refusal) {
	if len(r.Header.Values("Authorization")) > 1 { // a proxy could check one, and the API another
		return nil, challenge(http.StatusBadRequest, "invalid_request", "The request has more than one Authorization header.")
	}
	text, ok := bearer(r.Header.Get("Authorization"))
	inQuery := false
	if !ok && g.InsecureAllowQuery != nil {
		text, inQuery = queryToken(r)
	}
	missing := g.described(&refusal{status: http.StatusUnauthorized, challenge: "Bearer", text: "An access token is required."}, scopes)
	if !ok && !inQuery {
		return nil, missing
	}
	token, err := g.Verifier.Verify(r.Context(), text)
	if err == nil && g.Metadata != nil {
		err = g.Metadata.accepts(token)
	}
	if err == nil && token.Actor != nil && g.AllowsActor != nil && !g.AllowsActor(r.Context(), token) {
		err = invalid(WrongActor, "its actor is %q of %q", token.Actor.Subject, token.Actor.Issuer)
	}
	if err == nil && inQuery {
		if ok, err = g.InsecureAllowQuery(r.Context(), token); !ok && err == nil {
			return nil, missing
		}
	}
	if err != nil {
		g.report(r, err)
	}
	var reason *InvalidTokenError
	switch {
	case errors.As(err, &reason):
		return nil, g.described(challenge(http.StatusUnauthorized, "invalid_token", reason.Description()), scopes)
	case errors.Is(err, ErrInvalidToken):
		return nil, g.described(challenge(http.StatusUnauthorized, "invalid_token", notActive), scopes)
	case err != nil:
		return nil, &refusal{status: http.StatusServiceUnavailable, text: "The access token cannot be verified at the moment. Try again later."}
	}
	for _, scope := range scopes {
		if !token.Has(scope) {
			g.report(r, &ScopeError{Token: token, Missing: scope})
			lacking := challenge(http.StatusForbidden, "insufficient_scope", "The access token does not have a required scope.")
			lacking.challenge += scopeParameter(append(strings.Fields(token.Scope), scopes...))
			lacking.text = "The access token does not have the scope " + scope + "."
			return nil, g.described(lacking, nil)
		}
	}
	return token, nil
}

// report passes the reason for a rejected token to OnRefused, or logs the error if
// the token could not be verified.
func (g *Guard) report(r *http.Request, err error) {
	var scope *ScopeError
	switch {
	case g.OnRefused != nil:
		g.OnRefused(r, err)
	case r.Context().Err() != nil, errors.Is(err, ErrInvalidToken), errors.As(err, &scope):
	default:
		slog.ErrorContext(r.Context(), "access token cannot be verified", "error", err)
	}
}

// bearer returns the token of an Authorization header (RFC 6750 §2.1).
func bearer(header string) (string, bool) {
	scheme, token, found := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}

// queryToken returns the token in the URL, if there is exactly one (RFC 6750 §2.3).
func queryToken(r *http.Request) (string, bool) {
	tokens := r.URL.Query()["access_token"]
	if len(tokens) != 1 || tokens[0] == "" {
		return "", false
	}
	return tokens[0], true
}

// A refusal is the response to a request that is not passed on.
type refusal struct {
	status int
	// challenge is the WWW-Authenticate header, or empty if the server is at fault.
	challenge, text string
}

// challenge returns a refusal with an error code of RFC 6750 §3.1.
func challenge(status int, code, text string) *refusal {
	return &refusal{status: status, challenge: `Bearer error="` + code + `", error_description="` + text + `"`, text: text}
}

// described returns a refusal that leads a client to the metadata of the API, and
// names the scopes that a new token needs.
func (g *Guard) described(f *refusal, scopes []string) *refusal {
	if g.Metadata == nil {
		return f
	}
	separator := ", "
	if f.challenge == "Bearer" {
		separator = " "
	}
	f.challenge += separator + `resource_metadata="` + g.Metadata.URL() + `"` + scopeParameter(scopes)
	return f
}

// scopeParameter returns the parameter scope of a challenge (RFC 6750 §3). Values
// that are not scopes of RFC 6749 §3.3 are omitted. So is offline_access: an API does
// not need a refresh token.
func scopeParameter(scopes []string) string {
	var values []string
	for _, scope := range scopes {
		other := func(r rune) bool { return r <= 0x20 || r > 0x7e || r == '"' || r == '\\' }
		if scope != "" && scope != "offline_access" && !strings.ContainsFunc(scope, other) && !slices.Contains(values, scope) {
			values = append(values, scope)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return `, scope="` + strings.Join(values, " ") + `"`
}

func (f *refusal) write(w http.ResponseWriter) {
	if f.challenge != "" {
		w.Header().Set("WWW-Authenticate", f.challenge)
		w.Header().Set("Cache-Control", "no-store")
	} else {
		w.Header().Set("Retry-After", "1")
	}
	http.Error(w, f.text, f.status)
}
