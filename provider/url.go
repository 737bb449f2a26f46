package provider

import (
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// withQuery returns the URI with names and values, given in turn, appended to its
// query. The rest of the URI is not changed: it is compared byte by byte with
// what the client registered.
func withQuery(uri string, pairs ...string) string {
	base, fragment, hasFragment := strings.Cut(uri, "#")
	var b strings.Builder
	b.Grow(len(uri) + encodedLength)
	b.WriteString(base)
	switch {
	case strings.HasSuffix(base, "?"), strings.HasSuffix(base, "&"):
	case strings.Contains(base, "?"):
		b.WriteByte('&')
	default:
		b.WriteByte('?')
	}
	writePairs(&b, pairs)
	if hasFragment {
		b.WriteString("#" + fragment)
	}
	return b.String()
}

// encodedLength is more than most responses need.
const encodedLength = 192

// encodePairs returns names and values, given in turn, in the form of a query.
func encodePairs(pairs []string) string {
	var b strings.Builder
	writePairs(&b, pairs)
	return b.String()
}

func writePairs(b *strings.Builder, pairs []string) {
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pairs[i+1]))
	}
}

// fetchable reports whether the server can fetch the URL: https, or for
// development http on a loopback host.
func fetchable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || (u.Scheme == "http" && oauth.LoopbackHost(u.Hostname()))) && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}
