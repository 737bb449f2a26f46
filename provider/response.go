package provider

import (
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AuthorizationResponse is an answer on its way to the client (RFC 6749
// §4.1.2), with the state and the issuer (RFC 9207) on success and error alike.
type AuthorizationResponse struct {
	RedirectURI string
	// Mode is one of ModeQuery, ModeFragment and ModeFormPost.
	Mode string
	// Fields are names and values in turn; none is empty.
	Fields []string
}

// respondTo makes the answer to a request.
func (s *Provider) respondTo(r *AuthorizationRequest, pairs ...string) *AuthorizationResponse {
	answer := &AuthorizationResponse{RedirectURI: r.RedirectURI, Mode: r.mode()}
	pairs = append(pairs, "state", r.State, "iss", s.Issuer)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			answer.Fields = append(answer.Fields, pairs[i], pairs[i+1])
		}
	}
	return answer
}

// Location is where to send the browser for the modes query and fragment: the
// redirect URI exactly as it was asked for, and behind it the fields.
func (a *AuthorizationResponse) Location() string {
	var b strings.Builder
	b.WriteString(a.RedirectURI)
	switch {
	case a.Mode == oauth.ModeFragment:
		b.WriteByte('#')
	case strings.HasSuffix(a.RedirectURI, "?"), strings.HasSuffix(a.RedirectURI, "&"):
	case strings.Contains(a.RedirectURI, "?"):
		b.WriteByte('&')
	default:
		b.WriteByte('?')
	}
	for i := 0; i < len(a.Fields); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(a.Fields[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(a.Fields[i+1]))
	}
	return b.String()
}
