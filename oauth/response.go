package oauth

import (
	"slices"
	"strings"
)

// The response modes (OAuth 2.0 Multiple Response Types §2.1, Form Post
// Response Mode §2).
const (
	ModeQuery    = "query"
	ModeFragment = "fragment"
	ModeFormPost = "form_post"
)

// ResponseTypes returns the response types that a client can be allowed
// besides code (OAuth 2.0 Multiple Response Types §5), their values in
// alphabetical order. Each sends tokens through the browser. Plain token is
// not among them (RFC 9700 §2.1.2).
func ResponseTypes() []string {
	return []string{"code id_token", "code id_token token", "code token", "id_token", "id_token token"}
}

// CanonicalResponseType puts the values into alphabetical order, in which
// ResponseTypes returns them: their order means nothing (RFC 6749 §3.1.1).
func CanonicalResponseType(text string) string {
	values := strings.Fields(text)
	slices.Sort(values)
	return strings.Join(values, " ")
}
