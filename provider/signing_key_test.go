package provider_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
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

// TestErrorOfAKeyInHexNamesTheOtherReading: hexadecimal digits are also base64, and were read so.
func TestErrorOfAKeyInHexNamesTheOtherReading(t *testing.T) {
	const hint = "was read as base64 before"
	for name, text := range map[string]string{"lower case": strings.Repeat("0123456789abcdef", 4), "upper case": strings.Repeat("0123456789ABCDEF", 4)} {
		before, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.MasterKey = before })
		config := h.Config
		config.MasterKey = []byte(text)
		if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: New: %v", name, err)
		}
		keys, err := h.store.SigningKeys(ctx)
		if err != nil {
			t.Fatal(err)
		}
		key, err := provider.ParseMasterKey([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := provider.CheckMasterKey(key, keys, h.now); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: CheckMasterKey: %v", name, err)
		}
		if err := provider.CheckMasterKey(bytes.Repeat([]byte{7}, 32), keys, h.now); err == nil || strings.Contains(err.Error(), hint) {
			t.Errorf("%s: another key: %v", name, err)
		}
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
