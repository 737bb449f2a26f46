package web

import "net/http"

// preflight answers the request with which a browser checks whether a script can
// make another request (Fetch §3.2.2). A preflight request does not name the client, so every origin
// is allowed; the answer to the request itself allows only the client's own
// origins. Credentials are never allowed.
func preflight(w http.ResponseWriter, r *http.Request, methods string) {
	header := w.Header()
	header.Set("Allow", methods+", OPTIONS")
	if origin := r.Header.Get("Origin"); origin != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Methods", methods)
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		header.Set("Access-Control-Max-Age", "86400")
	}
	w.WriteHeader(http.StatusNoContent)
}

// allowOrigin lets scripts of the origin read the answer.
func allowOrigin(header http.Header, origin string) {
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")
}
