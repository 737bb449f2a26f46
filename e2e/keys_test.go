package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// newJWK generates a private key, and returns it and its public key as JSON.
func newJWK(t *testing.T, kid, use string) (private, public map[string]any) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	public = map[string]any{"kty": "EC", "crv": "P-256", "kid": kid, "use": use, "x": text(point[1:33]), "y": text(point[33:])}
	private = map[string]any{"d": text(secret)}
	for name, value := range public {
		private[name] = value
	}
	return private, public
}

// TestClientCanSignRequestsAndReceiveEncryptedResponses runs a client with a
// signing key and a decryption key.
func TestClientCanSignRequestsAndReceiveEncryptedResponses(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	signing, verifying := newJWK(t, "signs", "sig")
	decrypting, encrypting := newJWK(t, "opens", "enc")
	set, err := json.Marshal(map[string]any{"keys": []any{verifying, encrypting}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, set, 0o600); err != nil {
		t.Fatal(err)
	}
	id, secret := p.addClient("--jwks", file, "--require-signed-request-object",
		"--id-token-signed-response-alg", "ES256", "--userinfo-signed-response-alg", "ES256",
		"--id-token-encrypted-response-alg", "ECDH-ES", "--id-token-encrypted-response-enc", "A256GCM",
		"--userinfo-encrypted-response-alg", "ECDH-ES", "--userinfo-encrypted-response-enc", "A256GCM")
	runClient(t, p, "signed.mjs", map[string]any{
		"issuer": p.issuer, "client_id": id, "client_secret": secret, "redirect_uri": redirectURI,
		"username": personName, "email": personEmail, "signing": signing, "decrypting": decrypting,
	})
}
