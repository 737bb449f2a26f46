package provider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// privateKey signs the signing input of a JWS (RFC 7515 §5.1).
type privateKey interface {
	sign(input []byte) ([]byte, error)
}

// generatePrivate makes a key for the algorithm.
func generatePrivate(alg string) (any, error) {
	switch alg {
	case oauth.AlgES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case oauth.AlgRS256, oauth.AlgPS256:
		return rsa.GenerateKey(rand.Reader, oauth.LeastRSABits)
	case oauth.AlgEdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("algorithm %q is not one of %v", alg, oauth.SigningAlgorithms())
}

// newSigningKey makes a key, sealed as Stores keep it.
func newSigningKey(seal sealer, alg string, now time.Time) (oauth.SigningKey, error) {
	private, err := generatePrivate(alg)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return sealSigningKey(seal, alg, private, now)
}

// sealSigningKey makes the row of a private key. Its id is the RFC 7638
// thumbprint, together with the algorithm where keys are alike.
func sealSigningKey(seal sealer, alg string, private any, now time.Time) (oauth.SigningKey, error) {
	if _, err := signerOf(alg, private); err != nil {
		return oauth.SigningKey{}, err
	}
	jwk := jose.JSONWebKey{Key: private, Algorithm: alg, Use: "sig"}
	thumb, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
	plain, err := jwk.MarshalJSON()
	if err != nil {
		return oauth.SigningKey{}, err
	}
	public, err := json.Marshal(jwk.Public())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	sealed, err := seal.seal(oauth.NewID(now), plain, jwk.KeyID)
	if err != nil {
		return oauth.SigningKey{}, err
	}
	return oauth.SigningKey{ID: jwk.KeyID, Alg: alg, Public: public, Private: []byte(sealed), CreatedAt: now}, nil
}

// openPrivate opens the private half of a row.
func openPrivate(seal sealer, row oauth.SigningKey) (privateKey, error) {
	plain, err := seal.open(string(row.Private), row.ID)
	if err != nil {
		return nil, err
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(plain, &jwk); err != nil {
		return nil, errors.New("cannot be read") // the cause could quote the key
	}
	return signerOf(row.Alg, jwk.Key)
}

// signerOf holds a private key to its algorithm.
func signerOf(alg string, private any) (privateKey, error) {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		if alg == oauth.AlgES256 && key.Curve == elliptic.P256() {
			return es256{key}, nil
		}
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 {
			return nil, fmt.Errorf("an RSA key of %d bits is too short, 2048 are needed (RFC 7518 section 3.3)", key.N.BitLen())
		}
		if slices.Contains([]string{oauth.AlgRS256, oauth.AlgPS256}, alg) {
			return rsa256{key, alg == oauth.AlgPS256}, nil
		}
	case ed25519.PrivateKey:
		if alg == oauth.AlgEdDSA {
			return eddsa{key}, nil
		}
	}
	return nil, fmt.Errorf("this key is not for %s", alg)
}

// es256 signs as RFC 6979 says: the same input always gets the same signature.
// An idempotent replay of a refresh gets the same JWT that way, and a weak
// random generator gives no key away.
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
