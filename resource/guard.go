// Package resource guards an API with access tokens (RFC 6750, RFC 7662, RFC
// 9068). It works with any authorization server, in the same program or in
// another one.
//
//	guard := resource.Guard{
//		Verifier: &resource.Introspection{
//			URL: "https://id.example.com/o/introspect/", ClientID: id, ClientSecret: secret, Audience: "https://id.example.com/o",
//		},
//		AllowsOrigin: resource.Origins("https://app.example.com"), // scripts of these origins can call the API
//	}
//	http.Handle("/api/hello", guard.Require("read")(hello))
package resource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// A Guard guards an API with access tokens. Only Verifier is required. Many goroutines can
// use a Guard at once, and its functions are called concurrently. It must not be changed
// while it is used. A copy can have other settings for other routes.
type Guard struct {
	// Verifier verifies tokens: an *Introspection, a *JWT, or the verifier of a
	// latchkey.Server.
	Verifier Verifier
	// Realm names the API in challenges (RFC 9110 §11.5): printable ASCII characters without quotation
	// marks and backslashes. Require panics if it contains others. If it is empty and Metadata is nil, it is "api": a challenge
	// must have a parameter (RFC 6750 §3).
	Realm string
	// Metadata describes the API, or is nil. Require panics if its Resource is not a URL. With it, a token must be for
	// Metadata.Resource: its aud must contain that URI, whatever the Verifier
	// checks. Challenges then name the metadata (RFC 9728 §5.1). Mount the metadata at
	// its Path.
	Metadata *Metadata
	// Session, if set, is called for a request without a token. If it returns true, the
	// request is passed on without a token, because the person is signed in to the API's
	// own website. The handler must then find the person in its session. A request that
	// is not GET, HEAD or OPTIONS, or that opens a WebSocket, and comes from another
	// website is rejected, because browsers send cookies with it. If Session returns an
	// error, the response is 503.
	Session func(*http.Request) (bool, error)
	// AuthenticateClient, if set, is called for a request with client credentials
	// (Authorization: Basic, RFC 6749 §2.3.1) in place of a token. It returns a token that
	// describes the client: ClientID, ClientOnly, and the scopes that the client has at this
	// API. For wrong credentials it returns an error for which errors.Is reports
	// ErrInvalidToken, and after too many of them a *LimitError. If AuthenticateClient is
	// nil, client credentials count as no token. See latchkey.Server.AuthenticateClient.
	AuthenticateClient func(*http.Request) (*Token, error)
	// Limit, if set, is called for each accepted token. If it returns a positive
	// duration, the response is 429, and the client can try again after it. See
	// RateLimit.
	Limit func(ctx context.Context, t *Token) time.Duration
	// AllowsOrigin reports whether scripts of an origin can read the response to a
	// request with the token (CORS). The token is nil for a preflight request, for
	// a request without a token, and for a request that is rejected; the response to the
	// last contains no data of the API. If AllowsOrigin is nil, the guard sets no CORS
	// headers, and a CORS middleware can be put around it.
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
	// OnRefused, if set, is called for each request that is refused. The error is an
	// *InvalidTokenError, a *ScopeError, a *LoginError or a *LimitError, wraps ErrNoToken,
	// ErrSeveralTokens or ErrOtherSite, or is the reason why a token could not be verified. It contains no token and no secret. If OnRefused is nil, only
	// the last kind is logged, with slog.Default.
	OnRefused func(r *http.Request, err error)
	// WriteRefusal, if set, writes the response to a request that is refused, for example
	// as JSON. The headers of the guard are already set: the challenge, Retry-After,
	// Cache-Control and those of CORS. The status is f.Kind.Status(). f.Err is for the log
	// and must not be sent to the client. If WriteRefusal is nil, the body is f.Text as
	// plain text.
	WriteRefusal func(w http.ResponseWriter, r *http.Request, f *Refusal)
	// OnScopes, if set, is called with the scopes that tokens need, when a method such as Require
	// or ReadWrite returns its middleware. It is for a check that the scopes exist:
	// latchkey.Server.Guard sets it to a function that logs unknown ones, once each. RequireScopes,
	// Check and CheckCall call it for each request, even one without a token, because their scopes
	// are known only then. Calls are concurrent, and must return quickly. A panic in one of them is
	// logged, and does not change the response.
	OnScopes func(scopes []string)
	// Clock returns the current time for Policy.MaxAge; nil means time.Now.
	Clock func() time.Time
}

// startFault returns what is wrong with the fields of the Guard or of its Verifier, or nil. A type of the program that
// embeds one of these can have a Verify of its own, which needs other fields.
func (g *Guard) startFault() error {
	if err := g.fault(); err != nil {
		return err
	}
	switch v := g.Verifier.(type) {
	case *JWT:
		return v.fault()
	case *Introspection:
		return v.fault()
	}
	return nil
}

// A faultError is a mistake in the fields of a Verifier.
type faultError struct{ text string }

func faultf(format string, args ...any) error {
	return &faultError{"resource: " + fmt.Sprintf(format, args...)}
}

func (e *faultError) Error() string { return e.text }

// Broken reports that a client need not try again.
func (*faultError) Broken() bool { return true }

// fault returns what is wrong with the fields of the Guard, or nil.
func (g *Guard) fault() error {
	value := reflect.ValueOf(g.Verifier)
	if g.Verifier == nil || value.Kind() == reflect.Pointer && value.IsNil() {
		return errors.New("resource: Guard has no Verifier; set it to an *Introspection, a *JWT or the Verifier of a latchkey.Server")
	}
	if strings.ContainsFunc(g.Realm, unquotable) {
		return fmt.Errorf("resource: Guard.Realm is %q; use only printable ASCII characters, and no quotation marks or backslashes", g.Realm)
	}
	if g.Metadata == nil {
		return nil
	}
	u, err := url.Parse(g.Metadata.Resource)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("resource: Metadata.Resource is %s; set it to the https URL of the API, such as https://tools.example.com/mcp", redacted(g.Metadata.Resource, u))
	}
	return nil
}

func (g *Guard) now() time.Time {
	if g.Clock != nil {
		return g.Clock()
	}
	return time.Now()
}
