package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestHS256NeedsAReadableSecret(t *testing.T) {
	h := newHouse(t, nil)
	keeper := h.SecretKeeper()
	valid := func(c *oauth.Client) bool { return len(provider.ValidateClient(c, h.Scopes)) == 0 }
	c := h.client()
	c.IDTokenAlg = oauth.AlgHS256
	if valid(c) {
		t.Error("a client with a hashed secret can use HS256")
	}
	if err := keeper.Keep(c, h.key); err != nil || !valid(c) {
		t.Errorf("a client with a readable secret: %v", provider.ValidateClient(c, h.Scopes))
	}
	if c.DropReadableSecrets(); valid(c) {
		t.Error("the readable secret was not deleted")
	}
	if err := keeper.Keep(c, strings.Repeat("x", 31)); err == nil {
		t.Error("a secret of 31 characters is accepted")
	}
	if err := (provider.SecretKeeper{}).Keep(c, h.key); err == nil {
		t.Error("a secret is sealed without a master key")
	}
	if err := keeper.Keep(c, h.key); err != nil {
		t.Fatal(err)
	}
	c.Type = oauth.Public
	if valid(c) {
		t.Error("a public client can use HS256")
	}
}
