package provider

import "github.com/seed-e6a88a41/latchkey/oauth"

// AuthorizationResponse is the response to an authorization request (RFC 6749
// §4.1.2). A success and an error both include the state and the issuer (RFC
// 9207).
type AuthorizationResponse struct {
	RedirectURI string // the URI to which the response is sent
	// Mode is one of ModeQuery, ModeFragment and ModeFormPost.
	Mode string
	// Fields are alternating names and values. No value is empty.
	Fields []string
}

// respondTo returns the response to a request. Of the names and values, given in
// turn, those with an empty value are omitted.
func (s *Provider) respondTo(r *AuthorizationRequest, pairs ...string) *AuthorizationResponse {
	response := &AuthorizationResponse{RedirectURI: r.RedirectURI, Mode: r.mode()}
	pairs = append(pairs, "state", r.State, "iss", s.Issuer)
	response.Fields = make([]string, 0, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			response.Fields = append(response.Fields, pairs[i], pairs[i+1])
		}
	}
	return response
}

// Location returns the URL to redirect the browser to, for the modes query and
// fragment: the redirect URI exactly as it was requested, followed by the fields.
func (a *AuthorizationResponse) Location() string {
	if a.Mode == oauth.ModeFragment {
		return a.RedirectURI + "#" + encodePairs(a.Fields)
	}
	return withQuery(a.RedirectURI, a.Fields...)
}
