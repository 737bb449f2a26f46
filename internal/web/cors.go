package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// preflightHeaders are the request headers that scripts can send: those that the
// endpoints read, those that tracing tools add to every request (W3C Trace Context,
// W3C Baggage, and Sentry), and the one that MCP clients send.
const preflightHeaders = "Authorization, Content-Type, traceparent, tracestate, baggage, sentry-trace, MCP-Protocol-Version"

// preflight answers the request with which a browser checks whether a script can
// make another request (Fetch §3.2.2). A preflight request does not name the
// client, so every origin is allowed; the answer to the request itself allows
// only the client's own origins. Credentials are never allowed.
func preflight(w http.ResponseWriter, r *http.Request, methods string) {
	header := w.Header()
	header.Set("Allow", methods+", OPTIONS")
	header["Vary"] = varyOrigin
	if origin := r.Header.Get("Origin"); origin != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Methods", methods)
		header.Set("Access-Control-Allow-Headers", preflightHeaders)
		header.Set("Access-Control-Max-Age", "86400")
	}
	w.WriteHeader(http.StatusNoContent)
}

// readable wraps a handler whose answers scripts of every origin can read. The
// methods are a list such as "GET, HEAD".
func readable(methods string, serve handler) handler {
	accepted := strings.Split(methods, ", ")
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case r.Method == http.MethodOptions:
			preflight(w, r, methods)
			return nil
		case r.Method != http.MethodHead && !slices.Contains(accepted, r.Method):
			return methodNotAllowed(w, r, methods+", OPTIONS")
		}
		return serve(w, r)
	}
}

// limited wraps a handler that accepts only some methods, from scripts of every
// origin.
func limited(methods string, serve handler) handler {
	accepted := strings.Split(methods, ", ")
	return readable(methods, func(w http.ResponseWriter, r *http.Request) error {
		if !slices.Contains(accepted, r.Method) { // readable lets HEAD through
			return methodNotAllowed(w, r, methods+", OPTIONS")
		}
		return serve(w, r)
	})
}

// allowClientOrigin lets scripts of the client's own origins read the answer.
func (h *Handler) allowClientOrigin(ctx context.Context, w http.ResponseWriter, r *http.Request, p oauth.Params) {
	origin := r.Header.Get("Origin")
	if origin == "" || !(h.InsecureAllowAnyOrigin || h.OAuth.AllowsOrigin(ctx, r.Header.Get("Authorization"), p, origin)) {
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
}
