package oauth

import (
	"net/url"
	"strings"
)

// finish writes the authorization response (RFC 6749 §4.1.2): the redirect
// URI exactly as it was asked for, and behind it the parameters, the state,
// and the issuer (RFC 9207) on success and error alike.
func (s *Server) finish(r *AuthorizationRequest, pairs ...string) string {
	var b strings.Builder
	b.WriteString(r.RedirectURI)
	switch {
	case r.ResponseMode == "fragment":
		b.WriteByte('#')
	case strings.HasSuffix(r.RedirectURI, "?"), strings.HasSuffix(r.RedirectURI, "&"):
	case strings.Contains(r.RedirectURI, "?"):
		b.WriteByte('&')
	default:
		b.WriteByte('?')
	}
	if r.State != "" {
		pairs = append(pairs, "state", r.State)
	}
	pairs = append(pairs, "iss", s.Issuer)
	separator := ""
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		b.WriteString(separator)
		b.WriteString(pairs[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(pairs[i+1]))
		separator = "&"
	}
	return b.String()
}
