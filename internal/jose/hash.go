package jose

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
)

// LeftHalfHash returns the left half of the hash of the text, in base64url. The
// hash is that of the signature algorithm (OpenID Connect Core §3.1.3.6). The
// result for an empty text is empty.
func LeftHalfHash(alg, text string) string {
	if text == "" {
		return ""
	}
	if alg == EdDSA { // Ed25519 uses SHA-512
		sum := sha512.Sum512([]byte(text))
		return base64.RawURLEncoding.EncodeToString(sum[:32])
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
