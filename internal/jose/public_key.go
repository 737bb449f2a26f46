package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"

	gojose "github.com/go-jose/go-jose/v4"
)

// PublicKey is a public key of a JWK Set.
type PublicKey struct{ jwk gojose.JSONWebKey }

// ParsePublicKey reads a JWK. It fails if the type of the key is unknown here
// or if the key is private or a shared secret.
func ParsePublicKey(text []byte) (PublicKey, error) {
	var key PublicKey
	if err := key.jwk.UnmarshalJSON(text); err != nil {
		return PublicKey{}, err
	}
	if !key.jwk.IsPublic() {
		return PublicKey{}, errPrivate
	}
	if !key.jwk.Valid() {
		return PublicKey{}, errors.New("the key is not valid")
	}
	return key, nil
}

var errPrivate = errors.New("the key is not a public key")

// MarshalJSON writes the key as a JWK.
func (k PublicKey) MarshalJSON() ([]byte, error) { return k.jwk.MarshalJSON() }

// ID returns the kid of the key, which may be empty.
func (k *PublicKey) ID() string { return k.jwk.KeyID }

// Use returns the use of the key, sig or enc, which may be empty.
func (k *PublicKey) Use() string { return k.jwk.Use }

// Equal reports whether both are the same key, whatever their ids are.
func (k *PublicKey) Equal(other *PublicKey) bool {
	key, ok := k.jwk.Key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(other.jwk.Key)
}

// Filter reports whether a key can be used for some purpose.
type Filter func(*PublicKey) bool

// Verifies selects the keys that can verify a signature with the algorithm and
// the kid of a JWS. A JWS without a kid can be signed with any key, and a key
// without one can have signed any JWS.
func Verifies(alg, kid string) Filter {
	return func(k *PublicKey) bool {
		if !k.allows(alg, "sig") || (kid != "" && k.jwk.KeyID != "" && k.jwk.KeyID != kid) {
			return false
		}
		switch key := k.jwk.Key.(type) {
		case *rsa.PublicKey:
			return (alg == RS256 || alg == PS256) && key.N.BitLen() >= MinRSABits
		case *ecdsa.PublicKey:
			return alg == ES256 && key.Curve == elliptic.P256()
		case ed25519.PublicKey:
			return alg == EdDSA
		}
		return false
	}
}

// Encrypts selects the keys that the algorithm can encrypt to.
func Encrypts(alg string) Filter {
	return func(k *PublicKey) bool {
		if !k.allows(alg, "enc") {
			return false
		}
		switch key := k.jwk.Key.(type) {
		case *rsa.PublicKey:
			return alg == RSAOAEP256 && key.N.BitLen() >= MinRSABits
		case *ecdsa.PublicKey:
			return alg == ECDHES
		}
		return false
	}
}

// useJWTSVID is the use of the keys in a SPIFFE bundle that sign JWT-SVIDs (SPIFFE
// JWT-SVID §6.1).
const useJWTSVID = "jwt-svid"

// allows reports whether the key may be used with the algorithm and for the
// purpose, sig or enc (RFC 7517 §4.2, §4.4).
func (k *PublicKey) allows(alg, use string) bool {
	return (k.jwk.Use == "" || k.jwk.Use == use || k.jwk.Use == useJWTSVID && use == "sig") && (k.jwk.Algorithm == "" || k.jwk.Algorithm == alg)
}

// Select returns the keys that the filter accepts, or nil.
func Select(keys []PublicKey, accepts Filter) (selected []PublicKey) {
	for i := range keys {
		if accepts(&keys[i]) {
			selected = append(selected, keys[i])
		}
	}
	return selected
}
