package latchkey

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// secured adds to every response the headers with which browsers use only https
// for this host (RFC 6797), and do not guess the type of a body.
//
// A browser that got the first header from a loopback host would use https for
// all other programs on that machine.
func secured(issuer string, next http.Handler) http.Handler {
	u, err := url.Parse(issuer)
	loopback := err != nil || oauth.LoopbackHost(u.Hostname())
	https := err == nil && u.Scheme == "https"
	// All responses share these values.
	noSniff, strict := []string{"nosniff"}, []string{"max-age=31536000"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["X-Content-Type-Options"] = noSniff
		if (https || r.TLS != nil) && !loopback {
			header["Strict-Transport-Security"] = strict
		}
		next.ServeHTTP(w, r)
	})
}
