package jose

import (
	"encoding/base64"
	"slices"
	"strings"
)

// compact is a JWS in compact serialization in the usual form: unpadded base64url without
// unused bits, and a plain header with only the members alg, kid and typ, each at most once.
// Almost every token has it. All others are left to go-jose, so that there is one
// implementation of everything unusual.
type compact struct {
	alg, kid, typ string
	input         string // the signing input (RFC 7515 §5.1)
	payload       []byte
	signature     []byte
}

// maxHeader is the length of the longest header in the usual form, in bytes. It bounds the
// memory for a header on the stack.
const maxHeader = 512

// strictBase64 rejects unused bits that are not zero, so that it accepts only one text for
// each sequence of bytes, except for line breaks.
var strictBase64 = base64.RawURLEncoding.Strict()

// parseCompact returns the JWS if it has the usual form and one of SigningAlgorithms.
func parseCompact(text string) (compact, bool) {
	end := strings.LastIndexByte(text, '.')
	middle := strings.IndexByte(text, '.')
	if middle < 0 || middle == end || strings.IndexByte(text[middle+1:end], '.') >= 0 || base64.RawURLEncoding.DecodedLen(middle) > maxHeader ||
		strings.ContainsAny(text, "\r\n") { // which the decoder ignores
		return compact{}, false
	}
	var header [maxHeader]byte
	n, err := strictBase64.Decode(header[:], []byte(text[:middle]))
	if err != nil {
		return compact{}, false
	}
	c := compact{input: text[:end]}
	if !c.readHeader(string(header[:n])) {
		return compact{}, false
	}
	decoded := make([]byte, len(text)*3/4)
	n, err = strictBase64.Decode(decoded, []byte(text[middle+1:end]))
	if err != nil {
		return compact{}, false
	}
	c.payload, decoded = decoded[:n:n], decoded[n:]
	n, err = strictBase64.Decode(decoded, []byte(text[end+1:]))
	c.signature = decoded[:n]
	return c, err == nil
}

// readHeader reads a JSON object and reports whether it has the usual form.
func (c *compact) readHeader(text string) bool {
	plain := ReadPlain(text, func(name string, value PlainValue) bool {
		var member *string
		switch name {
		case "alg":
			member = &c.alg
		case "kid":
			member = &c.kid
		case "typ":
			member = &c.typ
		}
		if member == nil || *member != "" || value.Text == "" {
			return false
		}
		*member = value.Text
		return true
	})
	return plain && slices.Contains(SigningAlgorithms(), c.alg)
}
