package provider_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// usesStore counts the writes of secret uses, and fails them while it is set to.
type usesStore struct {
	oauth.Store
	writes int
	fails  bool
}

func (s *usesStore) NoteSecretUses(ctx context.Context, uses []oauth.SecretUse) error {
	s.writes++
	if s.fails {
		return oauth.ErrUnavailable
	}
	return s.Store.NoteSecretUses(ctx, uses)
}

// TestUseOfASecretIsWrittenAtMostOnceAnHour: no request writes it, and a write that
// failed is repeated.
func TestUseOfASecretIsWrittenAtMostOnceAnHour(t *testing.T) {
	var store *usesStore
	h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
		store = &usesStore{Store: config.Store}
		config.Store = store
	})
	used := func() time.Time {
		t.Helper()
		uses, err := h.store.SecretUses(ctx, h.id)
		if err != nil || len(uses) > 2 {
			t.Fatal(uses, err)
		}
		client, err := h.store.Client(ctx, h.id)
		if err != nil {
			t.Fatal(err)
		}
		if at := uses[client.Secrets[0].ID]; !at.Equal(uses[""]) {
			t.Errorf("the secret was used at %s, and the client at %s", at, uses[""])
		}
		return uses[client.Secrets[0].ID]
	}
	authenticate := func() {
		t.Helper()
		if _, err := h.token("grant_type", "client_credentials"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.token("grant_type", "client_credentials", "client_secret", "wrong"); err == nil {
		t.Fatal("a wrong secret was accepted")
	}
	provider.WriteSecretUses(ctx, h.Provider)
	if store.writes != 0 || !used().IsZero() {
		t.Errorf("a wrong secret counts as a use: %d writes", store.writes)
	}
	first := h.now
	for range 10 {
		authenticate()
		h.now = h.now.Add(time.Minute)
	}
	if store.writes != 0 {
		t.Error("a request wrote the use of its secret")
	}
	store.fails = true
	provider.WriteSecretUses(ctx, h.Provider)
	store.fails = false
	provider.WriteSecretUses(ctx, h.Provider)
	if !used().Equal(first) || store.writes != 2 {
		t.Errorf("used at %s, want %s; %d writes", used(), first, store.writes)
	}
	for range 100 {
		authenticate()
		provider.WriteSecretUses(ctx, h.Provider)
	}
	if store.writes != 2 {
		t.Errorf("%d writes within an hour", store.writes)
	}
	h.now = first.Add(time.Hour)
	authenticate()
	provider.WriteSecretUses(ctx, h.Provider)
	if !used().Equal(h.now) || store.writes != 3 {
		t.Errorf("after an hour: used at %s, %d writes", used(), store.writes)
	}
}

// TestUseOfAClientIsItsAuthenticationTokenOrLogin: a client_id alone is not a use, because anybody can
// send that of a public client.
func TestUseOfAClientIsItsAuthenticationTokenOrLogin(t *testing.T) {
	for _, kind := range []oauth.ClientType{oauth.Public, oauth.Confidential} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.Type = kind })
		wantUse := func(what string, used bool) {
			t.Helper()
			provider.WriteSecretUses(ctx, h.Provider)
			uses, err := h.store.ClientUses(ctx, []string{h.id})
			if err != nil || uses[h.id].Equal(h.now) != used {
				t.Errorf("%s, %s: used at %s, now it is %s, %v", kind, what, uses[h.id], h.now, err)
			}
			h.pass(time.Hour)
		}
		if _, err := h.exchange("wrong", "client_secret", "wrong"); err == nil {
			t.Fatal("a wrong secret was accepted")
		}
		wantUse("a wrong secret", false)
		if _, err := h.exchange("wrong"); err == nil {
			t.Fatal("a wrong code was accepted")
		}
		wantUse("a wrong code", kind == oauth.Confidential)
		if _, err := h.ask(); err != nil {
			t.Fatal(err)
		}
		wantUse("the request of a person", false)
		h.code()
		wantUse("a login", true)
		tokens := h.tokens("scope", "read offline_access")
		h.pass(time.Hour)
		if _, err := h.refresh(tokens.RefreshToken); err != nil {
			t.Fatal(err)
		}
		wantUse("a refresh", true)
	}
}
