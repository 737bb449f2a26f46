package provider_test

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestSigningKeysOpenOnlyWithTheirMasterKey(t *testing.T) {
	h := newHouse(t, nil)
	config := h.Config
	config.MasterKey = []byte(strings.Repeat("another\x00", 4))
	if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("another master key: %v", err)
	}
	keys, err := h.store.SigningKeys(ctx)
	if err != nil || strings.Contains(string(keys[0].Private), `"d"`) {
		t.Errorf("the private half is readable: %v", err)
	}
}

// signer returns the kid of an access token issued now.
func (h *house) signer() string {
	h.t.Helper()
	answer, err := h.token("grant_type", "client_credentials")
	if err != nil {
		h.t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(answer.AccessToken, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		h.t.Fatal(err)
	}
	return signed.Signatures[0].Protected.KeyID
}

// publishes reports whether the key is in the key set.
func (h *house) publishes(kid string) bool {
	h.t.Helper()
	document, err := h.JWKS(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Contains(string(document.Body), kid)
}
