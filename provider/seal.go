package provider

import (
	"crypto/hkdf"
	"crypto/sha256"

	"github.com/seed-e6a88a41/latchkey/internal/seal"
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

// sealer encrypts and authenticates data that only this server may read or change.
type sealer = seal.Sealer

// errSealed is the error of Open for data that was not sealed with the same key.
var errSealed = seal.Err
