package oauth

import (
	"github.com/go-jose/go-jose/v4"
)

// EncryptionAlgorithms are those by which a client can have the key of what is
// encrypted for it (RFC 7518 §4.1). RSA1_5 is not among them (RFC 8725 §3.2).
func EncryptionAlgorithms() []string {
	return []string{string(jose.RSA_OAEP_256), string(jose.ECDH_ES)}
}

// ContentEncryptions are those that encrypt the content (RFC 7518 §5.1).
func ContentEncryptions() []string {
	return []string{string(jose.A256GCM), string(jose.A128GCM), DefaultEncryption}
}

// DefaultEncryption is meant where a client chose an algorithm alone (OpenID
// Connect Registration §2).
const DefaultEncryption = string(jose.A128CBC_HS256)

// Encryption says how something is encrypted for a client. The zero value says
// that it is not.
type Encryption struct {
	// Alg is one of EncryptionAlgorithms.
	Alg string
	// Enc is one of ContentEncryptions.
	Enc string
}

// The signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1).
const (
	AlgES256 = string(jose.ES256) // the default: short signatures, fast
	AlgRS256 = string(jose.RS256) // what every relying party understands
	AlgPS256 = string(jose.PS256)
	AlgEdDSA = string(jose.EdDSA)
)

// SigningAlgorithms are those that the server has keys for.
func SigningAlgorithms() []string { return []string{AlgES256, AlgRS256, AlgPS256, AlgEdDSA} }

// LeastRSABits is the length of a new RSA modulus.
const LeastRSABits = 2048

// AlgHS256 signs with the client's own secret (OpenID Connect Core §10.1), for
// clients that understand nothing else. Whoever has the secret can make such a
// token, and the server must keep it readable.
const AlgHS256 = string(jose.HS256)

// ClientAlgorithms are those that can sign what is for one client alone: its
// ID tokens and userinfo answers.
func ClientAlgorithms() []string { return append(SigningAlgorithms(), AlgHS256) }

// AlgNone is no signature (RFC 7518 §3.6). Only request objects can have none,
// of clients that chose so: they then say no more than plain parameters do.
const AlgNone = "none"

// RequestObjectAlgorithms are those that can be registered for request objects.
func RequestObjectAlgorithms() []string { return append(SigningAlgorithms(), AlgNone) }
