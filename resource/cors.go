package resource

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Origins returns a function for Guard.AllowsOrigin that allows the listed
// origins, such as "https://app.example.com". The origin "*" allows all. Origins panics if one
// of them is not an origin as browsers send it (RFC 6454 §6.2), because it would never match.
func Origins(allowed ...string) func(context.Context, string, *Token) bool {
	for _, origin := range allowed {
		if !isOrigin(origin) {
			panic(fmt.Sprintf("resource: Origins: %q is not an origin; write only a scheme, a host in lower case and a port that is not the default, without a slash at the end, such as https://app.example.com", origin))
		}
	}
	return func(_ context.Context, origin string, _ *Token) bool {
		return slices.Contains(allowed, origin) || slices.Contains(allowed, "*")
	}
}

// isOrigin reports whether a browser can send the text in the header Origin, or the text is "*".
func isOrigin(text string) bool {
	if text == "*" || text == "null" {
		return true
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || text != strings.ToLower(u.Scheme+"://"+u.Host) || strings.HasSuffix(u.Host, ":") {
		return false
	}
	return !(u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80") &&
		!strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e || r == '*' })
}

// allowOrigin lets the script that made the request read the response, if its
// origin is allowed. It reports whether it is. Credentials are never allowed: CORS
// does not count an access token as one, and cookies are not needed.
func (g *Guard) allowOrigin(w http.ResponseWriter, r *http.Request, t *Token) bool {
	origin := r.Header.Get("Origin")
	if g.AllowsOrigin == nil || origin == "" || !g.AllowsOrigin(r.Context(), origin, t) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
	return true
}

// isPreflight reports whether the guard itself answers the request. A browser
// never sends a token in a preflight request (Fetch §4.8). It is not passed on,
// because a handler that does not look at the method would then serve everybody.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header.Values("Authorization")) == 0
}

// preflight answers a preflight request. The real request needs a token, so the
// methods and headers that a script can use are not limited here.
func (g *Guard) preflight(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	method := r.Header.Get("Access-Control-Request-Method")
	header.Add("Vary", "Access-Control-Request-Method")
	header.Add("Vary", "Access-Control-Request-Headers")
	if method != "" && g.allowOrigin(w, r, nil) {
		header.Set("Access-Control-Allow-Methods", method)
		header.Set("Access-Control-Max-Age", "86400")
		if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
			header.Set("Access-Control-Allow-Headers", names)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
