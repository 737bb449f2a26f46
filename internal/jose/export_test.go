package jose

import (
	"encoding/base64"

	gojose "github.com/go-jose/go-jose/v4"
)

// ParseUnusual is ParseSigned for tokens that do not have the usual form.
func ParseUnusual(text string) (*Token, error) {
	return parse(text, len(text), gojose.ES256, gojose.RS256, gojose.PS256, gojose.EdDSA)
}

// IsUsual reports whether the token has the usual form.
func (t *Token) IsUsual() bool { return t.signed == nil }

// SignWith returns a JWS with this header and payload, both in base64url.
func (k *PrivateKey) SignWith(header, payload string) (string, error) {
	input := header + "." + payload
	signature, err := k.signer.sign([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), err
}
