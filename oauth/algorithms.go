package oauth

import (
	"github.com/go-jose/go-jose/v4"
)

// EncryptionAlgorithms returns the algorithms that can encrypt the content key
// for a client (RFC 7518 §4.1). RSA1_5 is not one of them (RFC 8725 §3.2).
func EncryptionAlgorithms() []string {
	return []string{string(jose.RSA_OAEP_256), string(jose.ECDH_ES)}
}

// ContentEncryptions returns the algorithms that can encrypt the content
// (RFC 7518 §5.1).
func ContentEncryptions() []string {
	return []string{string(jose.A256GCM), string(jose.A128GCM), DefaultEncryption}
}

// DefaultEncryption is the content encryption of a client that registered only
// an algorithm for the key (OpenID Connect Registration §2).
const DefaultEncryption = string(jose.A128CBC_HS256)

// Encryption is how something is encrypted for a client. The zero value means
// that it is not encrypted.
type Encryption struct {
	// Alg is one of EncryptionAlgorithms.
	Alg string
	// Enc is one of ContentEncryptions.
	Enc string
}

// The signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1).
const (
	AlgES256 = string(jose.ES256) // short and fast; signs JWT access tokens
	AlgRS256 = string(jose.RS256) // supported by all clients
	AlgPS256 = string(jose.PS256) // RSASSA-PSS with SHA-256
	AlgEdDSA = string(jose.EdDSA) // Ed25519
)

// SigningAlgorithms returns the algorithms that the server has keys for.
func SigningAlgorithms() []string { return []string{AlgES256, AlgRS256, AlgPS256, AlgEdDSA} }

// DefaultIDTokenAlg signs the ID tokens of a client that registered no algorithm
// (OpenID Connect Registration §2).
const DefaultIDTokenAlg = AlgRS256

// AlgHS256 signs with the client's own secret (OpenID Connect Core §10.1), for
// clients that support nothing else. Anybody who knows the secret can create
// such a token, and the server must keep the secret readable.
const AlgHS256 = string(jose.HS256)

// ClientAlgorithms returns the algorithms that can sign ID tokens and userinfo
// responses for a client.
func ClientAlgorithms() []string { return append(SigningAlgorithms(), AlgHS256) }

// AlgNone means that there is no signature (RFC 7518 §3.6). It is accepted only
// for request objects of clients that registered it. Such a request object
// deserves only as much trust as plain parameters.
const AlgNone = "none"

// RequestObjectAlgorithms returns the algorithms that can be registered for
// request objects.
func RequestObjectAlgorithms() []string { return append(SigningAlgorithms(), AlgNone) }
