package jose

import gojose "github.com/go-jose/go-jose/v4"

// The signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1).
const (
	ES256 = string(gojose.ES256)
	RS256 = string(gojose.RS256)
	PS256 = string(gojose.PS256)
	EdDSA = string(gojose.EdDSA)
	HS256 = string(gojose.HS256)
	None  = "none" // no signature
)

// The algorithms that encrypt the key of a JWE (RFC 7518 §4.1).
const (
	RSAOAEP256 = string(gojose.RSA_OAEP_256)
	ECDHES     = string(gojose.ECDH_ES)
)

// SigningAlgorithms returns the algorithms that sign with a private key.
func SigningAlgorithms() []string { return []string{ES256, RS256, PS256, EdDSA} }

const (
	// MinRSABits is the length of the shortest RSA modulus that is used, and of
	// a generated one (RFC 7518 §3.3, §4.3).
	MinRSABits = 2048
	// MinSecretLength is the length of the shortest secret for HS256, in bytes
	// (RFC 7518 §3.2).
	MinSecretLength = 32
)
