// Package seal encrypts data that a server sends to a browser or stores, and later reads
// again.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// Sealer encrypts and authenticates data that only this server may read or
// change. It uses AES-256-GCM with a separate key for each id, so the limit
// on the number of messages under one key does not limit the messages as a whole.
type Sealer struct {
	// Key is secret, and is used for one purpose only.
	Key []byte
}

// Err is the error of Open.
var Err = errors.New("not sealed by this server, changed, or sealed for another context")

// Seal returns the id, a nonce and the ciphertext, in base64url. The same context
// is needed to open it.
func (s Sealer) Seal(id [16]byte, plain []byte, context string) (string, error) {
	aead, err := s.aead(id)
	if err != nil {
		return "", err
	}
	sealed := aead.Seal(id[:], nil, plain, []byte(context))
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open returns the data that was sealed, or Err.
func (s Sealer) Open(text, context string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) < 16 {
		return nil, Err
	}
	id := [16]byte(sealed)
	aead, err := s.aead(id)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed[len(id):], []byte(context))
	if err != nil {
		return nil, Err
	}
	return plain, nil
}

func (s Sealer) aead(id [16]byte) (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write(id[:])
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
