package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// signer signs the signing input of a JWS (RFC 7515 §5.1).
type signer interface {
	sign(input []byte) ([]byte, error)
}

// errNoKey is the error for a nil pointer, or a struct without a key. errIncomplete is that for a
// key without its public half, or whose halves do not belong together.
var (
	errNoKey      = errors.New("the private key is nil or empty")
	errIncomplete = errors.New("the private key is incomplete: a part is missing, or does not belong to the others; generate it with the package of its type, or parse it with crypto/x509")
)

// newSigner returns a signer for the algorithm. It fails if the key is not one
// for the algorithm, or too short.
func newSigner(alg string, private any) (signer, error) {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		if key == nil {
			return nil, errNoKey
		}
		if alg == ES256 && key.Curve == elliptic.P256() {
			if !completeECDSA(key) {
				return nil, errIncomplete
			}
			return es256{key}, nil
		}
	case *rsa.PrivateKey:
		if key == nil || key.N == nil {
			return nil, errNoKey
		}
		if key.N.BitLen() < MinRSABits {
			return nil, fmt.Errorf("the RSA key has %d bits; it must have at least %d (RFC 7518 section 3.3)", key.N.BitLen(), MinRSABits)
		}
		if key.D == nil {
			return nil, errNoKey
		}
		if alg == RS256 || alg == PS256 {
			key.Precompute() // a key that was parsed has only a part of it, which slows signing down
			if !completeRSA(key) {
				return nil, errIncomplete
			}
			return rsa256{key, alg == PS256}, nil
		}
	case ed25519.PrivateKey:
		if len(key) != ed25519.PrivateKeySize {
			return nil, errNoKey
		}
		if alg == EdDSA {
			if !ed25519.NewKeyFromSeed(key.Seed()).Equal(key) {
				return nil, errIncomplete
			}
			return eddsa{key}, nil
		}
	}
	return nil, fmt.Errorf("the key cannot be used for %s%s", alg, otherUse(private))
}

// otherUse returns the kind of a private key and its algorithms, for an error, or "".
func otherUse(private any) string {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		if key.Curve == elliptic.P256() {
			return ": it is a key on the curve P-256, for ES256"
		}
		return ": it is not on the curve P-256"
	case *rsa.PrivateKey:
		return ": it is an RSA key, for RS256 or PS256"
	case ed25519.PrivateKey:
		return ": it is an Ed25519 key, for EdDSA"
	}
	return ""
}

// completeECDSA reports whether a key has all its parts, and they belong together.
func completeECDSA(key *ecdsa.PrivateKey) bool {
	if key.D == nil || key.X == nil || key.Y == nil { //nolint:staticcheck // a host can set the parts
		return false
	}
	private, err := key.ECDH()
	if err != nil {
		return false
	}
	public, err := key.PublicKey.ECDH()
	return err == nil && private.PublicKey().Equal(public)
}

// completeRSA is completeECDSA for RSA. A key without primes can sign, although Validate rejects it.
func completeRSA(key *rsa.PrivateKey) bool {
	if len(key.Primes) >= 2 {
		return key.Validate() == nil
	}
	_, err := rsa.SignPKCS1v15(nil, key, 0, []byte("a text to try the key"))
	return err == nil
}

// es256 signs deterministically (RFC 6979): the same input always has the same
// signature. That makes the replay of a refresh return the same JWT, and a weak
// random number generator cannot reveal the key.
type es256 struct{ key *ecdsa.PrivateKey }

func (k es256) sign(input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	der, err := k.key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		return nil, err
	}
	out := make([]byte, 64) // RFC 7518 §3.4: R and S, 32 bytes each
	sig.R.FillBytes(out[:32])
	sig.S.FillBytes(out[32:])
	return out, nil
}

// rsa256 signs with PKCS #1 v1.5 (RFC 7518 §3.3) or PSS (§3.5).
type rsa256 struct {
	key *rsa.PrivateKey
	pss bool
}

func (k rsa256) sign(input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	if k.pss {
		return rsa.SignPSS(rand.Reader, k.key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	return rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, digest[:])
}

type eddsa struct{ key ed25519.PrivateKey }

func (k eddsa) sign(input []byte) ([]byte, error) { return ed25519.Sign(k.key, input), nil }

// hs256 signs with a shared secret (RFC 7518 §3.2).
type hs256 []byte

func (k hs256) sign(input []byte) ([]byte, error) {
	mac := hmac.New(sha256.New, k)
	mac.Write(input)
	return mac.Sum(nil), nil
}
