package jose

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrPrivateKey is returned by ParseSet for a set with a private key or a shared
// secret.
var ErrPrivateKey = errors.New("the key set contains a private or secret key; it must contain public keys only")

// ParseSet returns the public keys of a JWK Set (RFC 7517 §5). Keys of types
// that are unknown here are omitted. So are private and secret keys, but they
// are reported: the error is then ErrPrivateKey, and the public keys are
// returned with it. Any other error comes without keys. A set longer than
// maxBytes or with more than maxKeys keys is an error.
func ParseSet(text []byte, maxBytes, maxKeys int) ([]PublicKey, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("the key set is longer than %d bytes", maxBytes)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil {
		return nil, errors.New("the text is not a JWK Set: a JSON object with a list \"keys\"")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	var keys []PublicKey
	var private error
	for _, text := range set.Keys {
		switch key, err := ParsePublicKey(text); {
		case err == nil:
			keys = append(keys, key)
		case errors.Is(err, errPrivate):
			private = ErrPrivateKey
		}
	}
	return keys, private
}

// MarshalSet returns the keys as a JWK Set (RFC 7517 §5).
func MarshalSet(keys []PublicKey) ([]byte, error) {
	if keys == nil {
		keys = []PublicKey{}
	}
	return json.Marshal(struct {
		Keys []PublicKey `json:"keys"`
	}{keys})
}
