package resource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

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
//
// Require panics if the Guard has no Verifier, if a required field of an *Introspection or a *JWT
// is missing or wrong, if the Resource of its Metadata is not a URL, or if a scope is empty or
// contains a space: no token could have it. The middleware panics if its handler is nil. So do the
// other methods that return middleware.
func (g *Guard) Require(scopes ...string) func(http.Handler) http.Handler {
	return g.RequirePolicy(Policy{Scopes: scopes})
}

// RequireAny is Require for tokens that have at least one of the scopes.
func (g *Guard) RequireAny(scopes ...string) func(http.Handler) http.Handler {
	return g.RequirePolicy(AnyScope(scopes...))
}

// RequireScopes is Require with scopes that depend on the request, such as those of
// the tool that an MCP request calls. If it reads the body, it must put it back. It
// is also called for requests without a token, so it must bound what it reads.
func (g *Guard) RequireScopes(of func(*http.Request) []string) func(http.Handler) http.Handler {
	if of == nil {
		panic("resource: the function of RequireScopes is nil; for a token with any scopes, use Require()")
	}
	return g.middleware(func(r *http.Request) Policy {
		p := Policy{Scopes: of(r)}
		g.noteScopes(r.Context(), &p)
		return p
	})
}

// noteScopes calls OnScopes with the scopes of a request.
func (g *Guard) noteScopes(ctx context.Context, p *Policy) {
	if g.OnScopes == nil {
		return
	}
	if scopes := p.all(); len(scopes) > 0 {
		defer logPanic(ctx, "Guard.OnScopes")
		g.OnScopes(scopes)
	}
}

// mustExist panics if the guard is nil.
func (g *Guard) mustExist() {
	if g == nil {
		panic("resource: the Guard is nil; use &resource.Guard{Verifier: verifier}, or the Guard of a latchkey.Server")
	}
}

// RequirePolicy is Require with more conditions.
func (g *Guard) RequirePolicy(p Policy) func(http.Handler) http.Handler {
	g.onScopes(p.all(), p.fault())
	if v, ok := g.Verifier.(interface{ NotePolicy(Policy) }); ok { // that of a latchkey.Server
		v.NotePolicy(p)
	}
	return g.middleware(func(*http.Request) Policy { return p })
}

// ReadWrite is Require with a scope that depends on the method: the scope read
// for GET, HEAD and OPTIONS, and the scope write for every other method.
func (g *Guard) ReadWrite(read, write string) func(http.Handler) http.Handler {
	g.onScopes([]string{read, write}, scopesFault([]string{read, write}))
	return g.middleware(func(r *http.Request) Policy {
		if reads(r) {
			return Policy{Scopes: []string{read}}
		}
		return Policy{Scopes: []string{write}}
	})
}

// onScopes calls OnScopes with the scopes of a middleware. It panics if something is wrong with
// them.
func (g *Guard) onScopes(scopes []string, fault error) {
	g.mustExist()
	if fault != nil { // a mistake of the program, as in middleware
		panic(fault.Error())
	}
	if g.OnScopes != nil && len(scopes) > 0 {
		g.OnScopes(scopes)
	}
}

// ReadWriteOf is ReadWrite with the scopes NAME:read and NAME:write, for an API whose
// resources have scopes of their own: ReadWriteOf("music") needs music:read or
// music:write.
func (g *Guard) ReadWriteOf(name string) func(http.Handler) http.Handler {
	return g.ReadWrite(name+":read", name+":write")
}

// Routes is Require with a policy for each route. The keys are patterns of
// http.ServeMux, such as "POST /notes/{id}". A request that matches none gets 404 or
// 405 and is not passed on. Routers understand an encoded slash differently, so a request
// with one gets 404, unless it matches the same pattern with the slash decoded. It also
// gets 404 if the decoded path contains "/../". Routes panics if a pattern is not valid, as
// ServeMux does.
func (g *Guard) Routes(policies map[string]Policy) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		mux := http.NewServeMux()
		for pattern, policy := range policies {
			mux.Handle(pattern, g.RequirePolicy(policy)(next))
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isPreflight(r) { // the patterns are those of other methods
				g.vary(w)
				g.preflight(w, r)
				return
			}
			if r.URL.RawPath != "" && ambiguous(mux, r) {
				http.NotFound(w, r)
				return
			}
			mux.ServeHTTP(w, r)
		})
	}
}

// ambiguous reports whether a router that decodes the path of a request first could find
// another route than the mux.
func ambiguous(mux *http.ServeMux, r *http.Request) bool {
	decoded := *r
	decoded.URL = &url.URL{Path: r.URL.Path}
	_, route := mux.Handler(r)
	_, other := mux.Handler(&decoded)
	return route != other || slices.Contains(strings.Split(r.URL.Path, "/"), "..")
}

// Require is Guard.Require without CORS.
func Require(v Verifier, scopes ...string) func(http.Handler) http.Handler {
	return (&Guard{Verifier: v}).Require(scopes...)
}

// ReadWrite is Guard.ReadWrite without CORS.
func ReadWrite(v Verifier, read, write string) func(http.Handler) http.Handler {
	return (&Guard{Verifier: v}).ReadWrite(read, write)
}

func (g *Guard) middleware(policy func(*http.Request) Policy) func(http.Handler) http.Handler {
	g.mustExist()
	checkLimit(g.Limit)
	if err := g.startFault(); err != nil { // a mistake of the program, as a wrong pattern of a ServeMux is
		panic(err.Error())
	}
	return func(next http.Handler) http.Handler {
		if function, ok := next.(http.HandlerFunc); next == nil || ok && function == nil {
			panic("resource: the handler that the middleware guards is nil; pass the handler of the API")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g.vary(w)
			if isPreflight(r) {
				g.preflight(w, r)
				return
			}
			p := policy(r)
			token, private, refusal := g.authorize(r, &p)
			if refusal != nil {
				g.report(r, refusal)
				g.allowOrigin(w, r, nil)
				g.writeRefusal(w, r, refusal)
				return
			}
			if token != nil || !private { // a session is only for pages of the same site
				g.allowOrigin(w, r, token)
			}
			if private {
				w.Header().Set("Cache-Control", "private")
			}
			if token != nil {
				r = r.WithContext(NewContext(r.Context(), token))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// authorize returns the token of a request, or nil if the request needs none, or the
// refusal. If private is true, the response must be marked as private. A shared cache
// treats a response as private without a mark only if the request has an Authorization
// header (RFC 6750 §2.3, RFC 9111 §3.5).
func (g *Guard) authorize(r *http.Request, p *Policy) (token *Token, private bool, _ *Refusal) {
	text, refusal := g.bearer(r.Header.Values("Authorization"), p)
	if refusal == nil {
		token, refusal = g.accept(r.Context(), text, p, nil)
		return token, false, refusal
	}
	if !errors.Is(refusal, ErrNoToken) {
		return nil, false, refusal
	}
	if g.AuthenticateClient != nil && sendsCredentials(r) {
		token, refusal := g.authenticateClient(r, p)
		return token, false, refusal
	}
	if token, found, refusal := g.authorizeQuery(r, p); found {
		return token, true, refusal
	}
	if g.Session != nil && p.Callers != OnlyClients {
		signedIn, err := g.Session(r)
		switch {
		case err != nil:
			return nil, false, &Refusal{Kind: RefusedUnavailable, Text: "The session cannot be checked at the moment. Try again later.", RetryAfter: time.Second, Err: err}
		case signedIn:
			return nil, true, g.fromOtherSite(r)
		}
	}
	if p.Optional {
		return nil, false, nil
	}
	if r.Header.Get("Authorization") == "" && r.URL.Query().Has("access_token") {
		refusal = g.unusable(p, tokenInURL)
	}
	return nil, false, refusal
}

// errIgnored is the error of a token in a URL that is ignored.
var errIgnored = errors.New("a token in the URL is ignored")

// authorizeQuery is authorize for a token in the URL. It reports whether the request has
// one that is not ignored.
func (g *Guard) authorizeQuery(r *http.Request, p *Policy) (_ *Token, found bool, _ *Refusal) {
	if g.InsecureAllowQuery == nil {
		return nil, false, nil
	}
	text, found := queryToken(r)
	if !found {
		return nil, false, nil
	}
	token, refusal := g.accept(r.Context(), text, p, func(t *Token) error {
		allowed, err := g.InsecureAllowQuery(r.Context(), t)
		if !allowed && err == nil {
			err = errIgnored
		}
		return err
	})
	if refusal != nil && errors.Is(refusal, errIgnored) {
		return nil, false, nil
	}
	return token, true, refusal
}

// queryToken returns the token in the URL, if there is exactly one (RFC 6750 §2.3).
func queryToken(r *http.Request) (string, bool) {
	tokens := r.URL.Query()["access_token"]
	if len(tokens) != 1 || tokens[0] == "" {
		return "", false
	}
	return tokens[0], true
}

// fromOtherSite returns the refusal of a request that changes something, has a session
// cookie, and was made by a page of another website. A WebSocket is opened with GET, sends
// cookies, and is not subject to CORS (RFC 6455 §10.2), so an upgrade is treated as a
// change.
func (g *Guard) fromOtherSite(r *http.Request) *Refusal {
	if len(r.Header.Values("Upgrade")) > 0 {
		changing := *r
		changing.Method, r = http.MethodPost, &changing
	}
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		return &Refusal{Kind: RefusedOrigin, Text: "This request comes from another website.", Err: fmt.Errorf("%w: %w", ErrOtherSite, err)}
	}
	return nil
}

// vary names the headers on which the response depends.
func (g *Guard) vary(w http.ResponseWriter) {
	w.Header().Add("Vary", "Authorization")
	if g.Session != nil {
		w.Header().Add("Vary", "Cookie")
	}
	if g.AllowsOrigin != nil {
		w.Header().Add("Vary", "Origin")
	}
}

// report passes the reason for a refusal to OnRefused, or logs the error if a token could
// not be verified.
func (g *Guard) report(r *http.Request, f *Refusal) {
	switch {
	case g.OnRefused != nil:
		defer logPanic(r.Context(), "Guard.OnRefused")
		g.OnRefused(r, f.Err)
	case f.Kind.Status() >= http.StatusInternalServerError && r.Context().Err() == nil:
		slog.ErrorContext(r.Context(), "access token cannot be verified", "error", f.Err)
	}
}
