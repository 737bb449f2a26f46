// Package testkeys has RSA keys for tests, because generating one takes a noticeable
// fraction of a second. The keys are public, so only tests use them.
package testkeys

import (
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"sync/atomic"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

//go:embed rsa.pem
var rsaKeys []byte

// NewSource returns a replacement of jose.Generate for one provider. It returns
// the RSA keys of this package in a fixed order, and each only once. It generates
// further RSA keys, and those of other algorithms.
func NewSource() func(alg string) (crypto.Signer, error) {
	var used atomic.Int64
	return func(alg string) (crypto.Signer, error) {
		if alg == jose.RS256 || alg == jose.PS256 {
			if block := nth(int(used.Add(1))); block != nil {
				private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
				if err != nil {
					return nil, err
				}
				return private.(crypto.Signer), nil
			}
		}
		return jose.Generate(alg)
	}
}

// nth returns the key with this number, counted from 1, or nil.
func nth(n int) (block *pem.Block) {
	for rest := rsaKeys; n > 0; n-- {
		if block, rest = pem.Decode(rest); block == nil {
			return nil
		}
	}
	return block
}
