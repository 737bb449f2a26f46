package consumer

import (
	"net/http"
	"strings"
)

// atOwnHost answers only requests for the host of the BaseURL. The name of another
// site can resolve to this machine (DNS rebinding): a browser then treats its pages and
// these as the same site, and lets it use this server to send requests. Other requests
// are sent to the BaseURL.
func (c *consumer) atOwnHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, host, _ := strings.Cut(c.BaseURL, "://")
		switch {
		case sameHost(r.Host, host):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			http.Redirect(w, r, c.BaseURL+r.URL.RequestURI(), http.StatusFound)
		default:
			http.Error(w, "This server is not at this address. Open "+c.BaseURL+" instead.", http.StatusMisdirectedRequest)
		}
	})
}

// sameHost compares hosts as browsers send them: without the default port.
func sameHost(got, want string) bool {
	return strings.EqualFold(strings.TrimSuffix(got, ":80"), strings.TrimSuffix(want, ":80"))
}
