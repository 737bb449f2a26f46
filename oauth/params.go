package oauth

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Params are the parameters of a request, in order. A parameter without a
// value counts as left out (RFC 6749 §3.1).
type Params []param

type param struct{ name, value string }

// Bounds on a request's parameters, so that a long one costs a clear error
// and nothing else.
const (
	MaxParamsLength = 16 << 10 // bytes of the whole query or body
	maxParams       = 100
)

// ParseParams reads application/x-www-form-urlencoded text. A parameter that
// the protocol defines may stand there only once (RFC 6749 §3.1, §3.2).
func ParseParams(encoded string) (Params, error) {
	if len(encoded) > MaxParamsLength {
		return nil, Errorf(CodeInvalidRequest, "The request is longer than %d bytes.", MaxParamsLength)
	}
	params := make(Params, 0, 8)
	for encoded != "" {
		var pair string
		pair, encoded, _ = strings.Cut(encoded, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name)
		if err != nil {
			return nil, err
		}
		if value, err = unescape(value); err != nil {
			return nil, err
		}
		if len(params) == maxParams {
			return nil, Errorf(CodeInvalidRequest, "The request has more than %d parameters.", maxParams)
		}
		if defined(name) && params.has(name) {
			return nil, Errorf(CodeInvalidRequest, "The parameter '%s' is there twice.", name)
		}
		params = append(params, param{name, value})
	}
	return params, nil
}

// IsText reports whether every database keeps the text as it is: it is UTF-8 and
// holds no NUL.
func IsText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// unescape decodes one name or value.
func unescape(s string) (string, error) {
	if strings.ContainsAny(s, "%+") {
		plain, err := url.QueryUnescape(s)
		if err != nil {
			return "", Errorf(CodeInvalidRequest, "The request holds a wrong percent-encoding.")
		}
		s = plain
	}
	if !IsText(s) {
		return "", Errorf(CodeInvalidRequest, "The request holds a NUL or text that is not UTF-8.")
	}
	return s, nil
}

// Get gives the parameter's value, or "".
func (p Params) Get(name string) string {
	for i := range p {
		if p[i].name == name {
			return p[i].value
		}
	}
	return ""
}

func (p Params) has(name string) bool {
	for i := range p {
		if p[i].name == name {
			return true
		}
	}
	return false
}

// defined reports whether the protocol knows the parameter; unknown ones are
// ignored, however often they stand there.
func defined(name string) bool {
	switch name {
	case "client_id", "client_secret", "client_assertion", "client_assertion_type",
		"response_type", "response_mode", "redirect_uri", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "prompt", "max_age", "login_hint",
		"id_token_hint", "acr_values", "ui_locales", "claims", "claims_locales", "display",
		"request", "request_uri", "registration", "post_logout_redirect_uri", "logout_hint",
		"grant_type", "code", "code_verifier", "refresh_token", "username", "password",
		"token", "token_type_hint":
		return true
	}
	return false
}
