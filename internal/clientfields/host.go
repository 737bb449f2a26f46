package clientfields

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// asciiHost writes an internationalized host name in the form in which browsers
// and clients send it (RFC 5891 §4.4): https://bücher.example/cb becomes
// https://xn--bcher-kva.example/cb. Everything else is not changed.
func asciiHost(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || isASCII(u.Hostname()) || (u.Scheme != "https" && u.Scheme != "http") {
		return uri
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return uri
	}
	return strings.Replace(uri, u.Hostname(), host, 1)
}

// Readable returns the URI with its host name as people write it, or "" if that
// is the same.
func Readable(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || !strings.Contains(u.Hostname(), "xn--") {
		return ""
	}
	host, err := idna.Display.ToUnicode(u.Hostname())
	if err != nil || isASCII(host) {
		return ""
	}
	return strings.Replace(uri, u.Hostname(), host, 1)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e })
}
