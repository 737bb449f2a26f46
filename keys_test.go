package latchkey_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestHostManagesTheSigningKeys, and never gets a private key, even encrypted.
func TestHostManagesTheSigningKeys(t *testing.T) {
	p := latchkeytest.New(t)
	keys := p.Server.Keys()
	rotated, err := keys.Rotate(t.Context(), oauth.AlgES256, true)
	if err != nil {
		t.Fatal(err)
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	imported, err := keys.Import(t.Context(), oauth.AlgEdDSA, private, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Import(t.Context(), oauth.AlgES256, private, false); err == nil {
		t.Error("a key of another algorithm was imported")
	}
	if err := keys.Retire(t.Context(), "unknown", true); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("an unknown key was retired: %v", err)
	}
	all, err := keys.List(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("%d keys %v", len(all), err)
	}
	for _, key := range append(all, rotated, imported) {
		if key.ID == "" || len(key.Public) == 0 || len(key.Private) != 0 {
			t.Errorf("the key is %+v", key)
		}
	}
	stored, err := p.Store.SigningKeys(t.Context())
	if err != nil || len(stored[0].Private) == 0 {
		t.Errorf("the list removed the private key from the Store: %v", err)
	}
}

// TestIncompleteKeyIsAnError, and not a panic: a host can build a key from its parts, and omit
// some.
func TestIncompleteKeyIsAnError(t *testing.T) {
	p := latchkeytest.New(t)
	large := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 2047), big.NewInt(1))
	whole, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	part := func(change func(*ecdsa.PrivateKey)) *ecdsa.PrivateKey {
		key := &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: whole.Curve, X: whole.X, Y: whole.Y}, D: whole.D} //nolint:staticcheck // a key from its parts
		change(key)
		return key
	}
	for name, c := range map[string]struct {
		alg string
		key crypto.Signer
	}{
		"ECDSA without X and Y":          {oauth.AlgES256, part(func(k *ecdsa.PrivateKey) { k.X, k.Y = nil, nil })},                   //nolint:staticcheck // a key from its parts
		"ECDSA without Y":                {oauth.AlgES256, part(func(k *ecdsa.PrivateKey) { k.Y = nil })},                             //nolint:staticcheck // a key from its parts
		"ECDSA without D":                {oauth.AlgES256, part(func(k *ecdsa.PrivateKey) { k.D = nil })},                             //nolint:staticcheck // a key from its parts
		"ECDSA with zeros":               {oauth.AlgES256, part(func(k *ecdsa.PrivateKey) { k.X, k.Y = new(big.Int), new(big.Int) })}, //nolint:staticcheck // a key from its parts
		"ECDSA with the D of another":    {oauth.AlgES256, part(func(k *ecdsa.PrivateKey) { k.D = big.NewInt(5) })},                   //nolint:staticcheck // a key from its parts
		"ECDSA without a curve":          {oauth.AlgES256, part(func(k *ecdsa.PrivateKey) { k.Curve = nil })},
		"RSA without primes and E":       {oauth.AlgRS256, &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: large}, D: big.NewInt(5)}},
		"RSA with primes that are nil":   {oauth.AlgPS256, &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: large, E: 65537}, D: big.NewInt(5), Primes: make([]*big.Int, 2)}},
		"RSA with more that are nil":     {oauth.AlgPS256, &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: large, E: 65537}, D: big.NewInt(5), Primes: make([]*big.Int, 3)}},
		"RSA without D":                  {oauth.AlgRS256, &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: large, E: 65537}}},
		"Ed25519 without the public key": {oauth.AlgEdDSA, append(edwards[:ed25519.SeedSize:ed25519.SeedSize], make([]byte, ed25519.PublicKeySize)...)},
		"Ed25519 without the rest":       {oauth.AlgEdDSA, edwards[:ed25519.SeedSize]},
	} {
		func() {
			defer func() {
				if value := recover(); value != nil {
					t.Errorf("%s: panic %v", name, value)
				}
			}()
			if _, err := p.Server.Keys().Import(t.Context(), c.alg, c.key, false); err == nil {
				t.Errorf("%s: it was imported", name)
			}
			_, err := latchkey.New(t.Context(), latchkey.Options{
				Issuer: "http://localhost/o", Store: memstore.New(nil), MasterKey: []byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
				NewKey: func(string) (crypto.Signer, error) { return c.key, nil },
			})
			if err == nil {
				t.Errorf("%s: New accepts it", name)
			}
		}()
	}
}
