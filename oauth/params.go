package oauth

import (
	"iter"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Params are the parameters of a request, in order. A parameter without a
// value counts as omitted (RFC 6749 §3.1).
type Params []param

type param struct{ name, value string }

// Bounds on the parameters of a request.
const (
	MaxParamsLength = 16 << 10 // bytes of the whole query or body
	maxParams       = 100
)

// ParseParams parses application/x-www-form-urlencoded text. Parameters for
// which defined reports true must not be repeated (RFC 6749 §3.1, §3.2); any
// other parameter may be, and is ignored by the protocol. An error is an *Error with
// CodeInvalidRequest. It is also returned for more than MaxParamsLength bytes or 100
// parameters, for text that is not UTF-8, and for NUL.
func ParseParams(encoded string, defined func(name string) bool) (Params, error) {
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
		if params.Has(name) && defined(name) {
			return nil, Errorf(CodeInvalidRequest, "The parameter '%s' is repeated. Send it once.", name)
		}
		params = append(params, param{name, value})
	}
	return params, nil
}

// IsText reports whether every database can store the text: it is UTF-8 and
// contains no NUL.
func IsText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// unescape decodes a name or a value.
func unescape(s string) (string, error) {
	if isPlain(s) {
		return s, nil
	}
	if strings.ContainsAny(s, "%+") {
		plain, err := url.QueryUnescape(s)
		if err != nil {
			return "", Errorf(CodeInvalidRequest, "The request contains an invalid percent-encoding.")
		}
		s = plain
	}
	if !IsText(s) {
		return "", Errorf(CodeInvalidRequest, "The request contains a NUL or text that is not UTF-8.")
	}
	return s, nil
}

// isPlain reports whether s is ASCII text without NUL that does not need to be
// decoded, as nearly all names and values are.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == 0 || c >= utf8.RuneSelf || c == '%' || c == '+' {
			return false
		}
	}
	return true
}

// Get returns the parameter's value, the first if it is repeated, or "" if it is missing.
func (p Params) Get(name string) string {
	for i := range p {
		if p[i].name == name {
			return p[i].value
		}
	}
	return ""
}

// Has reports whether the parameter is present.
func (p Params) Has(name string) bool {
	for i := range p {
		if p[i].name == name {
			return true
		}
	}
	return false
}

// Values returns the values of a parameter that can be repeated, in order.
func (p Params) Values(name string) (values []string) {
	for i := range p {
		if p[i].name == name {
			values = append(values, p[i].value)
		}
	}
	return values
}

// With returns the parameters with one more at the end. It does not change p.
func (p Params) With(name, value string) Params { return append(slices.Clip(p), param{name, value}) }

// All returns an iterator over the names and values, in order.
func (p Params) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for i := range p {
			if !yield(p[i].name, p[i].value) {
				return
			}
		}
	}
}
