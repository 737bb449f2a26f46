package provider_test

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newSecretJWT returns a client that authenticates with client_secret_jwt. A
// secret that a person chose replaces the generated one, unless it is empty.
func newSecretJWT(t *testing.T, chosen string) *signing {
	t.Helper()
	s := newSigning(t, func(_ *provider.Config, c *oauth.Client) { c.JWKSURI, c.AuthMethod = "", oauth.AuthSecretJWT })
	client, err := s.store.Client(ctx, s.id)
	if err != nil {
		t.Fatal(err)
	}
	if chosen != "" {
		imported, err := oauth.ImportClientSecret(chosen, s.now)
		if err != nil {
			t.Fatal(err)
		}
		client.Secrets, s.house.key = []oauth.ClientSecret{imported}, chosen
	}
	if err := s.SecretKeeper().Keep(client, s.house.key); err != nil {
		t.Fatal(err)
	}
	if err := s.store.UpdateClient(ctx, client); err != nil {
		t.Fatal(err)
	}
	return s
}

// hmac returns an assertion with an HMAC made with the secret.
func (s *signing) hmac(secret string) string {
	return testjwt.Sign(s.t, jose.HS256, []byte(secret), nil, s.assertion())
}

// TestClientSecretJWTIsVerifiedWithTheStoredSecret: OpenID Connect Core §9.
func TestClientSecretJWTIsVerifiedWithTheStoredSecret(t *testing.T) {
	s := newSecretJWT(t, "")
	assertion := s.hmac(s.house.key)
	wantCode(t, s.present(assertion), "")
	wantCode(t, s.present(assertion), "invalid_client") // used before
	wantCode(t, s.present(s.hmac(rand.Text()+rand.Text())), "invalid_client")
	wantCode(t, s.present(s.object("", s.assertion())), "invalid_client") // private_key_jwt

	client, err := s.store.Client(ctx, s.id)
	if err != nil {
		t.Fatal(err)
	}
	old, next := s.house.key, client.RotateSecret(s.now, time.Hour)
	if err := s.SecretKeeper().Keep(client, next); err != nil {
		t.Fatal(err)
	}
	if err := s.store.UpdateClient(ctx, client); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.present(s.hmac(old)), "")
	wantCode(t, s.present(s.hmac(next)), "")
	s.pass(time.Hour)
	wantCode(t, s.present(s.hmac(old)), "invalid_client")
	wantCode(t, s.present(s.hmac(next)), "")
	provider.WriteSecretUses(ctx, s.Provider)
	if uses, err := s.store.SecretUses(ctx, s.id); err != nil || len(uses) != 3 { // and that of the client
		t.Errorf("uses of the secrets: %v, %v", uses, err)
	}
}

// TestClientSecretJWTNeedsAReadableSecret: a hash of the secret is not enough.
func TestClientSecretJWTNeedsAReadableSecret(t *testing.T) {
	s := newSigning(t, func(_ *provider.Config, c *oauth.Client) { c.AuthMethod = oauth.AuthSecretJWT })
	err := s.present(s.hmac(s.house.key))
	if wantCode(t, err, "invalid_client"); !strings.Contains(logged(err), "Rotate the secret") {
		t.Errorf("got %v", err)
	}
	// The stored hash is not the secret.
	client, err := s.store.Client(ctx, s.id)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.present(s.hmac(string(client.Secrets[0].Hash))), "invalid_client")
}

// TestGuessesAtAChosenSecretByHMACAreLimited: as if the secret itself had been
// sent (RFC 6749 §10.10). Other addresses are not affected.
func TestGuessesAtAChosenSecretByHMACAreLimited(t *testing.T) {
	s := newSecretJWT(t, "correct horse battery staple forever")
	at := func(address string, assertion string) error {
		from := context.WithValue(ctx, provider.AddressKey{}, provider.ClientAddressFunc(func() netip.Addr { return netip.MustParseAddr(address) }))
		_, err := s.Token(from, "", params(t, "grant_type", "client_credentials", "client_assertion_type", assertionType, "client_assertion", assertion))
		return err
	}
	const guesser, real = "192.0.2.1", "192.0.2.2"
	for range 10 {
		wantCode(t, at(guesser, s.hmac(strings.Repeat("g", 32))), "invalid_client")
	}
	err := at(guesser, s.hmac(s.house.key))
	if e, ok := err.(*oauth.Error); !ok || e.RetryAfter <= 0 { //nolint:errorlint // nothing else is returned
		t.Errorf("the right secret after ten guesses: %v", err)
	}
	wantCode(t, at(real, s.hmac(s.house.key)), "")
	s.pass(time.Minute)
	wantCode(t, at(guesser, s.hmac(s.house.key)), "")
}
