package oauth

import (
	"slices"
	"strings"
)

// The response modes (OAuth 2.0 Multiple Response Types §2.1, Form Post
// Response Mode §2).
const (
	ModeQuery    = "query"     // in the query of the redirect URI
	ModeFragment = "fragment"  // in the fragment of the redirect URI
	ModeFormPost = "form_post" // in a form that the browser posts to the redirect URI
)

// ResponseTypeCode is the response type of the authorization code flow.
const ResponseTypeCode = "code"

// ResponseTypes returns the response types that a client can be allowed
// (OAuth 2.0 Multiple Response Types §5), their values in alphabetical order.
// All but code send tokens through the browser. The response type token is not
// supported (RFC 9700 §2.1.2).
func ResponseTypes() []string {
	return []string{ResponseTypeCode, "code id_token", "code id_token token", "code token", "id_token", "id_token token"}
}

// CanonicalResponseType returns the values of a response_type, which are separated by
// spaces, in alphabetical order, as ResponseTypes does. Their order has no meaning
// (RFC 6749 §3.1.1).
func CanonicalResponseType(text string) string {
	values := strings.Fields(text)
	slices.Sort(values)
	return strings.Join(values, " ")
}
