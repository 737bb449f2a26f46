package provider

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ParseParams parses the parameters of a request, form-encoded. A parameter
// that the protocol defines must not be repeated (RFC 6749 §3.1, §3.2), except
// resource (RFC 8707 §2).
func ParseParams(encoded string) (oauth.Params, error) {
	return oauth.ParseParams(encoded, func(name string) bool { return definedParameter(name) && name != "resource" })
}

// definedParameter reports whether the protocol defines the parameter. Unknown
// parameters are ignored, even if they are repeated.
func definedParameter(name string) bool {
	switch name {
	case "grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type",
		"response_type", "response_mode", "redirect_uri", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "prompt", "max_age", "login_hint",
		"id_token_hint", "acr_values", "ui_locales", "claims", "claims_locales", "display",
		"request", "request_uri", "registration", "post_logout_redirect_uri", "logout_hint",
		"username", "password", "token", "token_type_hint", "resource":
		return true
	}
	return slices.ContainsFunc(grants(nil), func(g grant) bool { return slices.Contains(g.Params(), name) })
}
