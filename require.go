package latchkey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// Require returns middleware that guards an API of the same program. A request
// must have a valid access token of this server with all the scopes; otherwise
// it gets an error of RFC 6750 §3. The handler gets the token from
// resource.FromContext.
//
// A scope that no token for the API can have, because it is not one of Options.Scopes, is
// logged as a warning.
//
// The token must be for the server itself. This is the case if the application
// requested it without the parameter resource. For an API that is one of
// Options.Resources, use RequireResource.
//
// Scripts can call the API from the origins of the application that the token
// was issued to: its own list, and those of its redirect URIs (CORS). The
// middleware answers preflight requests.
func (s *Server) Require(scopes ...string) func(http.Handler) http.Handler {
	return s.guard(s.options.Issuer).Require(scopes...)
}

// RequireResource is like Require, for an API that is a resource, such as an MCP server. The
// token must be for that resource (RFC 8707). If the URI has the origin of the issuer, the
// server publishes the metadata of the resource (RFC 9728). Otherwise mount a
// resource.Metadata. As in requests, a slash at the end of the URI makes no difference.
//
// The resource is one of Options.Resources, or one that administrators have added to the Store.
// A resource in the Store can be added later, and can be deleted. While it does not exist, or
// has a fault, the API refuses every token. If it does not exist at the start, the server
// logs a warning. RequireResource panics if uri cannot be the URI of a resource, or
// is that of the server itself.
func (s *Server) RequireResource(uri string, scopes ...string) func(http.Handler) http.Handler {
	return s.guard(s.mustBeResource("RequireResource", uri)).Require(scopes...)
}

// maxScopeWarnings is how many scopes of a guard are logged. RequireScopes can compute a scope from a
// request.
const maxScopeWarnings = 100

// warnOfScopes logs the scopes of an API that no token for it can have, for example because
// they are misspelt. It logs only those that are not in warned, and adds them to it.
func (s *Server) warnOfScopes(uri string, scopes []string, warned *firstTimes) {
	if s.options.ScopeSource != nil {
		return // the scope can be added later
	}
	for _, scope := range scopes {
		_, known := s.provider.Scope(scope)
		if known && s.provider.ResourceAccepts(uri, scope) || !warned.first(scope) {
			continue
		}
		var all []string
		for _, info := range s.options.AllScopes() {
			all = append(all, info.Name)
		}
		switch {
		case !known:
			s.options.Logger.Warn("an API requires a scope that is not one of Options.Scopes, so no application can request it"+settings.DidYouMean(scope, all), "scope", scope)
		default:
			s.options.Logger.Warn("an API requires a scope that tokens for it cannot have: Options.Resources says which scopes belong to which API", "scope", scope, "resource", uri)
		}
	}
}

// firstTimes stores names, at most maxScopeWarnings.
type firstTimes struct {
	mu    sync.Mutex
	names map[string]bool
}

// first reports whether the name is new. If too many names are stored, no name is new.
func (f *firstTimes) first(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names[name] || len(f.names) >= maxScopeWarnings {
		return false
	}
	if f.names == nil {
		f.names = make(map[string]bool)
	}
	f.names[name] = true
	return true
}

// Guard returns a new guard for an API of the same program. It supports more conditions
// than Require: any of several scopes, scopes by method and route, recent logins,
// sessions and rate limits. It can be changed before it is used. The URI is that of a
// resource, as for RequireResource, or empty for the server itself, as for Require.
//
//	guard := server.Guard("")
//	guard.Session = signedIn // people who are signed in to the website need no token
//	mux.Handle("/api/notes", guard.ReadWrite("read", "write")(notes))
func (s *Server) Guard(uri string) *resource.Guard {
	if uri == "" {
		return s.guard(s.options.Issuer)
	}
	return s.guard(s.mustBeResource("Guard", uri))
}

func (s *Server) guard(uri string) *resource.Guard {
	warned := new(firstTimes)
	return &resource.Guard{
		Verifier: verifier{s, uri}, Metadata: &resource.Metadata{Resource: uri}, Clock: s.options.Clock,
		AllowsOrigin: s.allowsOrigin, InsecureAllowQuery: s.allowsQuery, OnRefused: s.logRefusal,
		OnScopes: func(scopes []string) { s.warnOfScopes(uri, scopes, warned) },
	}
}

// logRefusal logs why a token could not be verified, or a request was refused.
func (s *Server) logRefusal(r *http.Request, err error) {
	var (
		lacking *resource.ScopeError
		login   *resource.LoginError
		limit   *resource.LimitError
		unsent  *resource.UnusableTokenError
	)
	switch {
	case errors.As(err, &unsent):
		s.options.Logger.DebugContext(r.Context(), "access token ignored", "reason", err.Error())
	case errors.Is(err, resource.ErrNoToken): // every visitor of a public page can cause it
	case errors.Is(err, resource.ErrSeveralTokens), errors.Is(err, resource.ErrInvalidToken), errors.As(err, &lacking), errors.As(err, &login), errors.As(err, &limit):
		s.options.Logger.DebugContext(r.Context(), "access token refused", "reason", err.Error())
	case errors.Is(err, resource.ErrOtherSite):
		s.options.Logger.InfoContext(r.Context(), "request refused", "reason", err.Error())
	case r.Context().Err() == nil:
		s.options.Logger.ErrorContext(r.Context(), "access token cannot be verified", "error", err.Error())
	}
}

// allowsOrigin reports whether scripts of the origin can read the response to a
// request with the token. Every script can read that it was refused, as at the
// endpoints of the server.
func (s *Server) allowsOrigin(ctx context.Context, origin string, t *resource.Token) bool {
	return t == nil || s.options.InsecureAllowAnyOrigin || s.provider.ClientAllowsOrigin(ctx, t.ClientID, origin)
}

// allowsQuery reports whether the client of a token may send it in a URL, which is a
// legacy feature.
func (s *Server) allowsQuery(ctx context.Context, t *resource.Token) (bool, error) {
	err := s.provider.CheckClientQuery(ctx, t.ClientID)
	rejected, ok := errors.AsType[*oauth.Error](err)
	switch {
	case !ok:
		return err == nil, err
	case rejected.Reason == "no_exception":
		return false, nil
	}
	return false, &resource.InvalidTokenError{Reason: resource.InQuery, Detail: rejected.Description}
}

// AuthenticateClient returns a function for Guard.AuthenticateClient, with which
// applications can call an API of the same program with their client ID and secret in place
// of an access token. The URI is that of a resource, as for RequireResource, or empty for the
// server itself. An application must have the grant type client_credentials, and
// must not have a service user. It has the scopes that it could get with this grant. There is no
// access token, so Token.Claims returns an error, and Options.AddClaims is not called.
//
//	guard := server.Guard("")
//	guard.AuthenticateClient = server.AuthenticateClient("")
func (s *Server) AuthenticateClient(uri string) func(*http.Request) (*resource.Token, error) {
	audience := s.options.Issuer
	if uri != "" {
		uri = s.mustBeResource("AuthenticateClient", uri)
		audience = uri
	}
	return func(r *http.Request) (*resource.Token, error) {
		// The limit on wrong secrets is for each network address.
		ctx := context.WithValue(r.Context(), provider.AddressKey{}, provider.ClientAddressFunc(func() netip.Addr { return s.web.Address(r) }))
		client, scope, err := s.provider.CheckClientAtAPI(ctx, r.Header.Get("Authorization"), uri)
		rejected, ok := errors.AsType[*oauth.Error](err)
		if ok && rejected.RetryAfter > 0 {
			return nil, &resource.LimitError{RetryAfter: rejected.RetryAfter}
		}
		if ok && rejected.Code != oauth.CodeTemporarilyUnavailable {
			return nil, &resource.InvalidTokenError{Reason: resource.WrongClient, Detail: rejected.Description + " " + rejected.Detail}
		}
		if err != nil {
			return nil, err
		}
		return &resource.Token{Issuer: s.options.Issuer, Subject: client.ID, ClientID: client.ID, ClientOnly: true, Scope: scope.String(), Audience: []string{audience}}, nil
	}
}

// Verifier returns the verifier of access tokens that Require uses, for a resource.Guard
// of your own, a gRPC interceptor, or the middleware of a router. It verifies tokens
// without a network request, and rejects those that are not for the server itself.
func (s *Server) Verifier() resource.Verifier { return verifier{s, s.options.Issuer} }

// ResourceVerifier is like Verifier, for an API that is a resource, as for RequireResource.
func (s *Server) ResourceVerifier(uri string) resource.Verifier {
	return verifier{s, s.mustBeResource("ResourceVerifier", uri)}
}

// mustBeResource returns the URI of a resource as it is registered now. It panics if the text cannot be
// the URI of one, and logs a warning if it is not registered: an administrator can add it later.
func (s *Server) mustBeResource(caller, uri string) string {
	if registered := s.provider.RegisteredResource(uri); registered != "" {
		return registered
	}
	if _, err := oauth.CanonicalResource(uri); err != nil {
		panic(fmt.Sprintf("latchkey: %s: %q is not the URI of a resource: an absolute URI without a fragment, such as https://api.example.com", caller, uri))
	}
	if s.provider.IsResource(uri) {
		panic(fmt.Sprintf("latchkey: %s: %q is the URI of the server itself. Use Require, or an empty URI", caller, uri))
	}
	var all []string
	for _, r := range s.provider.PresentDefinitions().AllResources {
		all = append(all, r.URI)
	}
	s.options.Logger.Warn("an API refuses every token, because its resource is neither one of Options.Resources nor in the database. Add it in the back office, or correct the URI"+settings.DidYouMean(uri, all), "resource", uri, "caller", caller)
	return uri
}

// verifier verifies access tokens for a resource without a network request.
type verifier struct {
	*Server
	resource string
}

// audience returns the resource as it is registered now: a resource in the Store can have been added
// or deleted since the start.
func (v verifier) audience() (string, error) {
	if v.resource == v.options.Issuer {
		return v.resource, nil
	}
	if registered := v.provider.RegisteredResource(v.resource); registered != "" {
		return registered, nil
	}
	return "", &resource.InvalidTokenError{Reason: resource.WrongAudience, Detail: fmt.Sprintf("the resource %q does not exist, or has a fault", v.resource)}
}

func (v verifier) Verify(ctx context.Context, token string) (*resource.Token, error) {
	info, err := v.provider.CheckAccessToken(ctx, token)
	if err != nil {
		return nil, err
	}
	if !info.Active {
		return nil, &resource.InvalidTokenError{Reason: resource.Inactive}
	}
	audience, err := v.audience() // CheckAccessToken has read the resources of the Store
	if err != nil {
		return nil, err
	}
	if !v.provider.IsFor(info.Audience, audience) {
		return nil, &resource.InvalidTokenError{Reason: resource.WrongAudience, Detail: fmt.Sprintf("its aud is %q", info.Audience)}
	}
	return &resource.Token{
		Issuer: info.Issuer, Subject: info.Subject, ClientID: info.ClientID, ClientOnly: info.Subject == info.ClientID, Username: info.Username,
		Scope: info.Scope, IssuedAt: info.IssuedAt, ExpiresAt: info.ExpiresAt, ID: info.ID, Audience: []string{audience},
		AuthTime: info.AuthTime, ACR: info.ACR, AMR: info.AMR,
		Actor: actor(info.Act), RawClaims: &info, // few handlers read it
	}, nil
}

// NotePolicy logs the authentication context classes of a policy that no token can have. A
// resource.Guard calls it when a middleware is made.
func (v verifier) NotePolicy(p resource.Policy) {
	for _, acr := range p.ACRValues {
		if !slices.Contains(v.provider.ACRValues, acr) {
			v.options.Logger.Warn("an API requires an acr that is not one of Options.ACRValues, so the API refuses every token, even after a new login"+settings.DidYouMean(acr, v.provider.ACRValues), "acr", acr)
		}
	}
}

// actor returns an actor and those before it.
func actor(a *oauth.Actor) *resource.Actor {
	if a == nil {
		return nil
	}
	return &resource.Actor{Subject: a.Subject, Issuer: a.Issuer, Before: actor(a.Act)}
}
