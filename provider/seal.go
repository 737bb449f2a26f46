package provider

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// deriveKey returns the key for one purpose, derived from the master key (RFC
// 5869).
func deriveKey(masterKey []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, masterKey, nil, "latchkey "+purpose, 32)
	if err != nil { // only for keys longer than 255 hashes
		panic(err)
	}
	return key
}

// sealer encrypts and authenticates data that only this server may read or
// change. It uses AES-256-GCM with a separate key for each id, so the number of
// messages is not limited by the number of messages under one key.
type sealer struct{ key []byte }

var errSeal = errors.New("not sealed by this server, changed, or sealed for another context")

// seal returns the id, a nonce and the ciphertext, in base64url. The same context
// is needed to open it.
func (s sealer) seal(id oauth.ID, plain []byte, context string) (string, error) {
	aead, err := s.aead(id)
	if err != nil {
		return "", err
	}
	sealed := aead.Seal(id[:], nil, plain, []byte(context))
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// open returns the data that was sealed.
func (s sealer) open(text, context string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) < len(oauth.ID{}) {
		return nil, errSeal
	}
	id := oauth.ID(sealed)
	aead, err := s.aead(id)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed[len(id):], []byte(context))
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

func (s sealer) aead(id oauth.ID) (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(id[:])
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
