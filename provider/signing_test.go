package provider_test

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestKeyVerifiesOnlyItsOwnAlgorithm: an RSA key could verify both RS256 and PS256
// (RFC 8725 §3.1).
func TestKeyVerifiesOnlyItsOwnAlgorithm(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.ImportKey(ctx, oauth.AlgRS256, private, true)
	if err != nil {
		t.Fatal(err)
	}
	for alg, code := range map[jose.SignatureAlgorithm]string{jose.RS256: "", jose.PS256: "invalid_request"} {
		hint := testjwt.Sign(t, alg, private, map[string]any{"typ": "JWT", "kid": key.ID}, map[string]any{"iss": issuer, "sub": "ada-id", "aud": h.id})
		_, err = h.Logout(ctx, params(t, "id_token_hint", hint))
		wantCode(t, err, code)
	}
}
