package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	gojose "github.com/go-jose/go-jose/v4"
)

// PrivateKey signs JWTs with one algorithm. Many goroutines can use it at once.
type PrivateKey struct {
	jwk    gojose.JSONWebKey // empty for HS256
	header string            // the members alg and kid of the JOSE header, with the brace before them
	signer signer
}

// GenerateKey returns a new key for one of SigningAlgorithms. An RSA key takes
// a good part of a second.
func GenerateKey(alg string) (*PrivateKey, error) {
	private, err := Generate(alg)
	if err != nil {
		return nil, err
	}
	return NewPrivateKey(alg, private)
}

// Generate generates a key as GenerateKey does, and returns it without the algorithm.
func Generate(alg string) (crypto.Signer, error) {
	switch alg {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256, PS256:
		return rsa.GenerateKey(rand.Reader, MinRSABits)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("the algorithm %q is not one of %v", alg, SigningAlgorithms())
}

// NewPrivateKey returns the key for use with the algorithm. The key is an
// *ecdsa.PrivateKey on P-256, an *rsa.PrivateKey or an ed25519.PrivateKey. Its
// id is the thumbprint of RFC 7638.
func NewPrivateKey(alg string, private any) (*PrivateKey, error) {
	signer, err := newSigner(alg, private)
	if err != nil {
		return nil, err
	}
	jwk := gojose.JSONWebKey{Key: private, Algorithm: alg, Use: "sig"}
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return &PrivateKey{jwk, header(alg, jwk.KeyID), signer}, nil
}

// ParsePrivateKey reads what PrivateJWK wrote. Its errors do not quote the text.
func ParsePrivateKey(alg string, text []byte) (*PrivateKey, error) {
	var jwk gojose.JSONWebKey
	if jwk.UnmarshalJSON(text) != nil {
		return nil, errors.New("the private key cannot be read")
	}
	signer, err := newSigner(alg, jwk.Key)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{jwk, header(alg, jwk.KeyID), signer}, nil
}

// NewSecretKey returns a key that signs with HS256 and a shared secret. It has
// no id.
func NewSecretKey(secret []byte) *PrivateKey {
	return &PrivateKey{header: header(HS256, ""), signer: hs256(secret)}
}

// ID returns the kid of the key.
func (k *PrivateKey) ID() string { return k.jwk.KeyID }

// WithID returns the same key with another id, for a public key that was published
// with that one.
func (k *PrivateKey) WithID(id string) (*PrivateKey, error) {
	kid, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	other := *k
	other.jwk.KeyID, other.header = id, `{"alg":"`+k.jwk.Algorithm+`","kid":`+string(kid)
	return &other, nil
}

// PrivateJWK returns the key as a JWK with its private members (RFC 7517 §4).
func (k *PrivateKey) PrivateJWK() ([]byte, error) { return k.jwk.MarshalJSON() }

// PublicJWK returns the public half of the key as a JWK.
func (k *PrivateKey) PublicJWK() ([]byte, error) {
	public := k.jwk.Public()
	return public.MarshalJSON()
}

// header returns the beginning of a JOSE header. An algorithm and a thumbprint
// in base64url need no escapes in JSON.
func header(alg, kid string) string {
	text := `{"alg":"` + alg + `"`
	if kid != "" {
		text += `,"kid":"` + kid + `"`
	}
	return text
}

// Sign returns the payload as a JWS in compact serialization (RFC 7515 §7.1).
// The typ is one of the constants of the caller and needs no escapes; if it is
// empty the header has none. JWT access tokens are made here, so the text is
// built in one buffer.
func (k *PrivateKey) Sign(typ string, payload []byte) (string, error) {
	encoding := base64.RawURLEncoding
	header := make([]byte, 0, 128)
	header = append(header, k.header...)
	if typ != "" {
		header = append(header, `,"typ":"`...)
		header = append(header, typ...)
		header = append(header, '"')
	}
	header = append(header, '}')
	out := make([]byte, 0, encoding.EncodedLen(len(header))+encoding.EncodedLen(len(payload))+2+encoding.EncodedLen(256))
	out = encoding.AppendEncode(out, header)
	out = append(out, '.')
	out = encoding.AppendEncode(out, payload)
	signature, err := k.signer.sign(out)
	if err != nil {
		return "", err
	}
	out = append(out, '.')
	return string(encoding.AppendEncode(out, signature)), nil
}
