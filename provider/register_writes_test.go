package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// readingStore is a Store with five verbs, which only read. All others panic, because the
// Store in it is nil.
type readingStore struct {
	oauth.Store
	readable *memstore.Store
}

func (s readingStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	return s.readable.Client(ctx, id)
}

func (s readingStore) SigningKeys(ctx context.Context) ([]oauth.SigningKey, error) {
	return s.readable.SigningKeys(ctx)
}

func (s readingStore) Definitions(ctx context.Context) ([]oauth.Definition, error) {
	return s.readable.Definitions(ctx)
}

func (s readingStore) Version() uint64 { return s.readable.Version() }

func (s readingStore) JWTStanding(ctx context.Context, jti, family oauth.ID, clientID, subject string) (oauth.Standing, error) {
	return s.readable.JWTStanding(ctx, jti, family, clientID, subject)
}

// TestUnusedRegistrationsUseNoVerbThatWrites: 10,000 requests of registered clients write
// nothing, whatever the Store is, because the server uses no verb that writes.
func TestUnusedRegistrationsUseNoVerbThatWrites(t *testing.T) {
	h := newOpenHouse(t, nil)
	config := h.Config
	config.Store = readingStore{readable: h.store}
	reading, err := provider.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	h.Provider = reading
	for i := range 100 {
		h.register(strings.Replace(mcpClient, "54545", fmt.Sprint(1024+i), 1))
		for range 100 {
			r, err := h.ask("redirect_uri", fmt.Sprintf("http://localhost:%d/callback", 1024+i), "scope", "read")
			if err != nil {
				t.Fatal(err)
			}
			if step, err := h.Next(ctx, r, nil); err != nil || step != provider.StepLogin {
				t.Fatalf("the next step is %v: %v", step, err)
			}
		}
	}
}
