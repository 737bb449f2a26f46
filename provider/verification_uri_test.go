package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 8628 §3.2: the verification_uri should be short, and an operator can choose it.
func TestVerificationURICanBeChosen(t *testing.T) {
	for _, c := range []struct{ uri, complete string }{
		{"https://tv.example", "https://tv.example?user_code="},
		{"https://tv.example/?site=1", "https://tv.example/?site=1&user_code="},
		{"http://localhost:8080/tv", "http://localhost:8080/tv?user_code="},
		{"http://tv.example", ""},
		{"tv.example", ""},
		{"/device/", ""},
		{"https:///device/", ""},
		{"https://tv.example/#code", ""},
		{"https://tv.example/#", ""},
		{"https://ada@tv.example/", ""},
		{"https://tv.example/a b", ""},
		{"https://tv.example/" + strings.Repeat("x", 200), ""},
	} {
		if c.complete == "" {
			_, err := provider.New(ctx, provider.Config{Issuer: issuer, Store: memstore.New(time.Now), MasterKey: make([]byte, 32), Settings: provider.Settings{DeviceVerificationURI: c.uri}})
			if err == nil || !strings.Contains(err.Error(), "DeviceVerificationURI") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: got %v", c.uri, err)
			}
			continue
		}
		h := newHouse(t, func(config *provider.Config, _ *oauth.Client) { config.DeviceVerificationURI = c.uri })
		if started := h.device(); started.VerificationURI != c.uri || started.VerificationURIComplete != c.complete+started.UserCode {
			t.Errorf("%s: got %+v", c.uri, started)
		}
	}
}
