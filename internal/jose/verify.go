package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// verify reports whether the signature of the signing input was made with the key and the
// algorithm (RFC 7518 §3, RFC 8037 §3.1). The type of the key must be that of the
// algorithm.
func verify(alg string, key any, input string, signature []byte) bool {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if alg != ES256 || key.Curve != elliptic.P256() || len(signature) != 64 {
			return false
		}
		digest := sha256.Sum256([]byte(input))
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	case *rsa.PublicKey:
		digest := sha256.Sum256([]byte(input))
		switch alg {
		case RS256:
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
		case PS256:
			return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil) == nil
		}
	case ed25519.PublicKey:
		return alg == EdDSA && ed25519.Verify(key, []byte(input), signature)
	}
	return false
}
