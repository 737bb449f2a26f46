package provider_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
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
		assertion := testjwt.Sign(t, jose.HS256, []byte(secret), nil, map[string]any{"iss": h.id, "sub": h.id, "aud": issuer, "exp": h.now.Unix() + 60, "jti": jti})
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

// Anyone can register, so the rows of used assertions are limited until a person has
// given the client permission.
func TestAssertionsOfANewRegistrationAreLimitedPerNetwork(t *testing.T) {
	h := newOpenHouse(t, func(c *provider.Config) { c.PublicRequestLimit = 3 })
	h.register(`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"client_secret_jwt","token_endpoint_auth_signing_alg":"HS256"}`)
	present := func(address string) error {
		assertion := testjwt.Sign(t, jose.HS256, []byte(h.key), nil, map[string]any{"iss": h.id, "sub": h.id, "aud": issuer, "exp": h.now.Unix() + 60, "jti": rand.Text()})
		return h.Revoke(from(address), "", params(t, "token", "unknown", "client_assertion_type", assertionType, "client_assertion", assertion))
	}
	for range 3 {
		wantCode(t, present("192.0.2.1"), "")
	}
	wantCode(t, present("192.0.2.1"), "temporarily_unavailable")
	wantCode(t, present("192.0.2.2"), "")
	c, err := h.Application(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	stored := *c
	stored.Unconfirmed = false
	if err := h.store.ConfirmClient(ctx, &stored); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute) // the client was cached
	wantCode(t, present("192.0.2.1"), "")
}
