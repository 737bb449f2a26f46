package web

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientName returns the name of an application for people.
func clientName(c *oauth.Client) string {
	if strings.TrimSpace(c.Name) == "" {
		return c.ID
	}
	return c.Name
}

// initial returns the letter that is shown for an application without a logo.
func initial(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	return string(first)
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Host
}

// destination names the place where the browser goes with the answer: a host, or the
// scheme of an app on this device.
func destination(redirectURI string) (name string, app bool) {
	if host := hostOf(redirectURI); host != "" {
		return host, false
	}
	scheme, _, _ := strings.Cut(redirectURI, ":")
	return scheme, true
}
