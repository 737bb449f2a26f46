package rejections

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Refusal is the reason why a redirect URI must not be added with one click, or empty.
type Refusal string

// The reasons.
const (
	RefusedUnusual  Refusal = "unusual"  // it has characters with a special meaning
	RefusedQuery    Refusal = "query"    // it has a query or a fragment
	RefusedScheme   Refusal = "scheme"   // it is neither https nor a loopback address
	RefusedHost     Refusal = "host"     // no registered URI has the same scheme, host and port
	RefusedDisabled Refusal = "disabled" // the application is disabled
	RefusedDocument Refusal = "document" // a metadata document lists the URIs of the application
)

// RefusalOf returns why the redirect URI of a rejected request must not be added to an
// application with one click. Anybody can send a request with any redirect URI, so the URI can
// only be added if its responses go to a place to which they can go already: the same scheme, host
// and port as a registered URI. A query could make an open redirector of the application pass the
// response on to an attacker.
func RefusalOf(sent string, c *oauth.Client) Refusal {
	u, err := url.Parse(sent)
	plain := !strings.ContainsFunc(sent, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\%*`, r) })
	switch {
	case err != nil, !plain, u.User != nil, u.Opaque != "", strings.Contains(u.Path, "//"), strings.Contains(u.Path, "/."):
		return RefusedUnusual
	case u.RawQuery != "", u.ForceQuery, strings.Contains(sent, "#"):
		return RefusedQuery
	case u.Scheme != "https" && (u.Scheme != "http" || !oauth.LoopbackHost(u.Hostname())):
		return RefusedScheme
	case !slices.ContainsFunc(c.RedirectURIs, func(registered string) bool { return sameOrigin(u, registered) }):
		return RefusedHost
	case c.Disabled:
		return RefusedDisabled
	case c.IsReplacedByDocument("redirect_uris"):
		return RefusedDocument
	}
	return ""
}

// sameOrigin reports whether a registered URI has the scheme, the host and the port of u.
// Registered URIs with a wildcard are not compared.
func sameOrigin(u *url.URL, registered string) bool {
	r, err := url.Parse(registered)
	return err == nil && !oauth.HasWildcard(registered) && r.Scheme == u.Scheme && r.Host == u.Host
}
