package provider_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newHS256 returns a server whose client uses HS256.
func newHS256(t *testing.T) *house {
	t.Helper()
	var client *oauth.Client
	h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Outbound = &mailbox{tokens: make(map[string][]string)}
		c.IDTokenAlg, c.UserInfoAlg, c.BackchannelLogoutURI = oauth.AlgHS256, oauth.AlgHS256, listens
		client = c
	})
	if err := h.SecretKeeper().Keep(client, h.key); err != nil {
		t.Fatal(err)
	}
	if err := h.store.UpdateClient(ctx, client); err != nil {
		t.Fatal(err)
	}
	return h
}

// mac verifies a JWT with a secret and returns its claims.
func mac(t *testing.T, text, secret string) map[string]any {
	t.Helper()
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		t.Fatal(err)
	}
	body, err := signed.Verify([]byte(secret))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestHS256SignsWithTheClientSecret(t *testing.T) {
	h := newHS256(t)
	answer := h.tokens("scope", "openid email", "nonce", "n")
	claims := mac(t, answer.IDToken, h.key)
	if claims["sub"] != "ada-id" || claims["aud"] != h.id || claims["nonce"] != "n" || claims["at_hash"] == nil {
		t.Errorf("got %v", claims)
	}
	info, err := h.UserInfo(ctx, answer.AccessToken)
	if err != nil || mac(t, string(info.Body), h.key)["email"] != "ada@example.com" {
		t.Errorf("userinfo: %s, %v", info.Body, err)
	}
	if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeliverLogouts(ctx); err != nil {
		t.Fatal(err)
	}
	if sent := h.Outbound.(*mailbox).tokens[listens]; len(sent) != 1 || mac(t, sent[0], h.key)["events"] == nil {
		t.Errorf("logout tokens: %v", sent)
	}

	// The secret is stored sealed.
	h.pass(time.Second) // until a new login in the same session
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(c.Secrets)
	if err != nil || strings.Contains(string(kept), h.key) {
		t.Errorf("stored: %s", kept)
	}

	// After a rotation the new secret signs. A hint that was signed with the old
	// secret is accepted until that expires.
	next := c.RotateSecret(h.now, time.Hour)
	if err := h.SecretKeeper().Keep(c, next); err != nil {
		t.Fatal(err)
	}
	if err := h.store.UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	old := answer.IDToken
	mac(t, h.tokens("scope", "openid", "nonce", "n").IDToken, next)
	_, err = h.ask("scope", "openid", "nonce", "n", "id_token_hint", old)
	wantCode(t, err, "")
	h.pass(time.Hour)
	_, err = h.ask("scope", "openid", "nonce", "n", "id_token_hint", old)
	wantCode(t, err, "invalid_request")
}

// TestHS256TokensOfOtherKeysAreRejected: a token is only verified with the secret
// of its own client (RFC 8725 §3.1).
func TestHS256TokensOfOtherKeysAreRejected(t *testing.T) {
	h := newHS256(t)
	secret := h.key
	other := h.client()
	other.ID = "other"
	text := other.RotateSecret(h.now, 0)
	h.add(other)
	h.key = secret
	forged := func(secret string, claims map[string]any, typ jose.ContentType) string {
		return testjwt.Sign(t, jose.HS256, []byte(secret), map[string]any{"typ": typ}, claims)
	}
	public, err := h.JWKS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ask("scope", "openid", "nonce", "n", "id_token_hint", forged(h.key, map[string]any{"iss": issuer, "sub": "ada-id", "aud": h.id}, "JWT")); err != nil {
		t.Fatalf("a valid hint: %v", err)
	}
	for name, hint := range map[string]string{
		"with the secret of another client": forged(text, map[string]any{"iss": issuer, "sub": "ada-id", "aud": h.id}, "JWT"),
		"of a client with a hashed secret":  forged(text, map[string]any{"iss": issuer, "sub": "ada-id", "aud": "other"}, "JWT"),
		"with the key set as the secret":    forged(string(public.Body), map[string]any{"iss": issuer, "sub": "ada-id", "aud": h.id}, "JWT"),
		"with another type":                 forged(h.key, map[string]any{"iss": issuer, "sub": "ada-id", "aud": h.id}, "logout+jwt"),
		"without an audience":               forged(h.key, map[string]any{"iss": issuer, "sub": "ada-id"}, "JWT"),
		"without a subject":                 forged(h.key, map[string]any{"iss": issuer, "aud": h.id}, "JWT"),
		"with another issuer":               forged(h.key, map[string]any{"iss": "https://other.example", "sub": "ada-id", "aud": h.id}, "JWT"),
	} {
		_, err := h.ask("scope", "openid", "nonce", "n", "id_token_hint", hint)
		if err == nil {
			t.Errorf("a hint %s is accepted", name)
			continue
		}
		wantCode(t, err, "invalid_request")
	}
	if h.active(forged(h.key, map[string]any{"iss": issuer, "sub": "ada-id", "aud": issuer, "client_id": h.id, "jti": oauth.NewID(h.now).String(), "exp": h.now.Unix() + 60}, "at+jwt")) {
		t.Error("a JWT signed with a client secret is an access token")
	}
}
