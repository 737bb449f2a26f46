package jose

import (
	"errors"
	"strings"

	gojose "github.com/go-jose/go-jose/v4"
)

// Token is a JWS in compact serialization that has been parsed. Its signature
// has not been verified.
type Token struct {
	// Algorithm and KeyID are the members alg and kid of its header.
	Algorithm, KeyID string
	// Type is the member typ in the form in which types are compared (see
	// ComparableType), or empty.
	Type    string
	compact compact                  // if the token has the usual form
	signed  *gojose.JSONWebSignature // otherwise
}

var errMalformed = errors.New("not a JWS in compact serialization with an allowed algorithm")

// ParseSigned parses a JWS that is signed with one of SigningAlgorithms. A text
// longer than maxLength is an error.
func ParseSigned(text string, maxLength int) (*Token, error) {
	if len(text) <= maxLength {
		if c, ok := parseCompact(text); ok {
			return &Token{Algorithm: c.alg, KeyID: c.kid, Type: ComparableType(c.typ), compact: c}, nil
		}
	}
	return parse(text, maxLength, gojose.ES256, gojose.RS256, gojose.PS256, gojose.EdDSA)
}

// ParseMAC parses a JWS that is signed with HS256. No function accepts both
// kinds of algorithms, so that a public key is never used as a secret (RFC 8725
// §3.1).
func ParseMAC(text string, maxLength int) (*Token, error) {
	return parse(text, maxLength, gojose.HS256)
}

func parse(text string, maxLength int, allowed ...gojose.SignatureAlgorithm) (*Token, error) {
	if len(text) > maxLength || strings.Count(text, ".") != 2 {
		return nil, errMalformed
	}
	signed, err := gojose.ParseSignedCompact(text, allowed)
	if err != nil {
		return nil, err
	}
	if len(signed.Signatures) != 1 {
		return nil, errMalformed
	}
	header := signed.Signatures[0].Protected
	typ, _ := header.ExtraHeaders[gojose.HeaderType].(string)
	return &Token{Algorithm: header.Algorithm, KeyID: header.KeyID, Type: ComparableType(typ), signed: signed}, nil
}

// Verify returns the payload if the signature was made with the key. The caller
// selects the key with the filter Verifies.
func (t *Token) Verify(key *PublicKey) ([]byte, error) {
	if t.signed != nil {
		return t.signed.Verify(key.jwk.Key)
	}
	if !verify(t.Algorithm, key.jwk.Key, t.compact.input, t.compact.signature) {
		return nil, gojose.ErrCryptoFailure
	}
	return t.compact.payload, nil
}

// VerifyMAC returns the payload if the signature was made with the secret.
func (t *Token) VerifyMAC(secret []byte) ([]byte, error) { return t.signed.Verify(secret) }

// UnverifiedPayload returns the payload, for a caller that finds the key by it.
func (t *Token) UnverifiedPayload() []byte {
	if t.signed != nil {
		return t.signed.UnsafePayloadWithoutVerification()
	}
	return t.compact.payload
}

// ComparableType returns the typ of a JOSE header in lower case and without
// "application/", which may be omitted (RFC 7515 §4.1.9).
func ComparableType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}
