package provider_test

import (
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// OpenID Connect Registration §2: an application can register client_secret_jwt, and use
// it before and after it is stored.
func TestRegisteredClientAuthenticatesWithItsSecretAsAKey(t *testing.T) {
	h := newOpenHouse(t, nil)
	information := h.register(`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"client_secret_jwt","token_endpoint_auth_signing_alg":"HS256"}`)
	if information["token_endpoint_auth_method"] != "client_secret_jwt" || h.key == "" {
		t.Fatalf("got %v", information)
	}
	push := func(secret, jti string) error {
		assertion := signed(t, jose.HS256, []byte(secret), nil, map[string]any{"iss": h.id, "sub": h.id, "aud": issuer, "exp": h.now.Unix() + 60, "jti": jti})
		_, err := h.Push(ctx, "", params(t, "response_type", "code", "redirect_uri", callback, "code_challenge", challenge(verifier), "code_challenge_method", "S256",
			"client_assertion_type", assertionType, "client_assertion", assertion))
		return err
	}
	_, err := h.pushed()
	wantCode(t, err, "invalid_client") // with the secret itself
	for i, stored := range []bool{false, true} {
		if stored {
			c, err := h.Application(ctx, h.id)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.store.ConfirmClient(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		jti := string(rune('a' + i))
		wantCode(t, push("another secret of enough bytes to be a key", jti), "invalid_client")
		wantCode(t, push(h.key, jti), "")
		wantCode(t, push(h.key, jti), "invalid_client")
	}
	if c, err := h.store.Client(ctx, h.id); err != nil || c.AuthMethod != oauth.AuthSecretJWT || !c.NeedsReadableSecret() {
		t.Errorf("got %+v, %v", c, err)
	}
}
