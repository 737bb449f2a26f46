package latchkey_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
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
