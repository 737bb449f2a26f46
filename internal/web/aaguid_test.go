package web_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/web"
)

// TestAuthenticatorsHaveTheNamesOfTheirAAGUIDs (WebAuthn §6.5.1). All zeros is an authenticator
// that does not say what it is.
func TestAuthenticatorsHaveTheNamesOfTheirAAGUIDs(t *testing.T) {
	for aaguid, want := range map[string]string{
		"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
		"08987058-CADC-4B81-B6E1-30DE50DCBE96": "Windows Hello",
		"149a2021-8ef6-4133-96b8-81f8d5b7f1f5": "Security Key NFC by Yubico",
		"00000000-0000-0000-0000-000000000000": "",
		"08987058":                             "",
		"":                                     "",
	} {
		if got := web.AuthenticatorName(aaguid); got != want {
			t.Errorf("%q: got %q, want %q", aaguid, got, want)
		}
	}
}
