package oauth

import (
	"net/url"
	"strings"
)

// CheckOrigin returns what is wrong with a web origin that is to be registered
// (RFC 6454 §6.2), or nil. An origin uses https, or http on the loopback
// interface, with the host in lower case and without a path.
func CheckOrigin(origin string) error {
	u, err := checkURI(origin)
	if err != nil {
		return err
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !LoopbackHost(u.Hostname())) {
		return Errorf(CodeInvalidRequest, "'%s': an origin must use https, or http on localhost.", origin)
	}
	if Origin(origin) != origin {
		return Errorf(CodeInvalidRequest, "'%s' is not an origin as browsers send it: scheme, host and port only, in lower case, without the default port. Try '%s'.", origin, Origin(origin))
	}
	return nil
}

// Origin returns the web origin of an http or https URI as a browser writes it,
// or "".
func Origin(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host
}

// AllowsOrigin reports whether pages of the origin may call the server for the
// client: the origin is on its own list or is that of a redirect URI. A redirect
// URI on the loopback interface matches any port, and so does its origin.
func (c *Client) AllowsOrigin(origin string) bool {
	if origin == "" {
		return false
	}
	for _, allowed := range c.AllowedOrigins {
		if allowed == origin {
			return true
		}
	}
	for _, uri := range c.RedirectURIs {
		if registered := Origin(uri); registered != "" && MatchRedirectURI(registered, origin) {
			return true
		}
	}
	return false
}
