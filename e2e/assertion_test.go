package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestForeignClientsAuthenticateWithAssertions runs published clients (RFC 7523
// §2.2, OpenID Connect Core §9), also for pushed requests, devices and token exchange.
func TestForeignClientsAuthenticateWithAssertions(t *testing.T) {
	t.Parallel()
	p := startProvider(t, "--device-poll-interval", "1s")
	private, public := newJWK(t, "key", "sig")
	set, err := json.Marshal(map[string]any{"keys": []any{public}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, set, 0o600); err != nil {
		t.Fatal(err)
	}
	id, _ := p.addClient("--auth-method", "private_key_jwt", "--jwks", file)
	for _, script := range []string{"assertion.mjs", "assertion.py"} {
		t.Run(script, func(t *testing.T) {
			runClient(t, p, script, map[string]any{"issuer": p.issuer, "client_id": id, "private": private})
		})
	}
	t.Run("grants.mjs", func(t *testing.T) {
		id, _ := p.addClient("--auth-method", "private_key_jwt", "--jwks", file, "--grant", "device_code,token_exchange", "--id-token-alg", "ES256")
		runClient(t, p, "grants.mjs", map[string]any{"issuer": p.issuer, "client_id": id, "private": private, "redirect_uri": redirectURI})
	})
	t.Run("client_secret_jwt", func(t *testing.T) {
		id, secret := p.addClient("--auth-method", "client_secret_jwt")
		runClient(t, p, "assertion.mjs", map[string]any{"issuer": p.issuer, "client_id": id, "client_secret": secret})
	})
}
