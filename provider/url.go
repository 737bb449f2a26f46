package provider

import (
	"net/url"
	"strings"
)

// withQuery returns the URI with names and values, given in turn, appended to its
// query. The rest of the URI is not changed: it is compared byte by byte with
// what the client registered.
func withQuery(uri string, pairs ...string) string {
	base, fragment, hasFragment := strings.Cut(uri, "#")
	switch {
	case strings.HasSuffix(base, "?"), strings.HasSuffix(base, "&"):
	case strings.Contains(base, "?"):
		base += "&"
	default:
		base += "?"
	}
	base += encodePairs(pairs)
	if hasFragment {
		base += "#" + fragment
	}
	return base
}

// encodePairs returns names and values, given in turn, in the form of a query.
func encodePairs(pairs []string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}
