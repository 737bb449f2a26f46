package provider_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestCancelledRequestCannotBeUsed, whatever its kind and state is. One that is finished is not changed, and one of a
// disabled client is kept.
func TestCancelledRequestCannotBeUsed(t *testing.T) {
	h := newHouse(t, nil)
	p, store, now := h.Provider, h.store, h.now
	may := func(string) error { return nil }
	for _, c := range []*oauth.Client{{ID: "c", Name: "c", Type: oauth.Public, CreatedAt: now.Add(-time.Hour)}, {ID: "off", Name: "off", Type: oauth.Public, CreatedAt: now.Add(-time.Hour), Disabled: true}} {
		if err := store.CreateClient(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ kind, client, state, result, after string }{
		{"code", "c", "", provider.RequestCancelled, "used"},
		{"device", "c", "pending", provider.RequestCancelled, "denied"},
		{"device", "c", "approved", provider.RequestCancelled, "denied"},
		{"device", "c", "denied", provider.RequestFinished, "denied"},
		{"pushed", "c", "", provider.RequestCancelled, "denied"},
		{"pushed", "off", "", provider.RequestKept, "waiting"},
	} {
		kind := provider.ListedTickets()[test.kind]
		ticket := oauth.Ticket{Kind: kind, ID: oauth.NewID(now), Proof: oauth.Hash{1}, ClientID: test.client, State: test.state, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}
		ticket.Subject = "ada"
		if err := store.Put(ctx, ticket); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("no")
		if _, _, err := p.CancelRequest(ctx, test.kind, ticket.ID, func(person string) error {
			if person != "ada" {
				t.Errorf("%+v: asked about %q", test, person)
			}
			return refused
		}); !errors.Is(err, refused) {
			t.Errorf("%+v: without permission: %v", test, err)
		}
		for _, want := range []string{test.result, map[bool]string{true: provider.RequestFinished, false: test.result}[test.result == provider.RequestCancelled]} {
			before, result, err := p.CancelRequest(ctx, test.kind, ticket.ID, may)
			if err != nil || result != want || before.ClientID != test.client {
				t.Errorf("%+v: %s, %v", test, result, err)
			}
		}
		if stored, _, err := store.Ticket(ctx, kind, ticket.ID); err != nil || provider.TicketState(stored) != test.after {
			t.Errorf("%+v: %s, %v", test, provider.TicketState(stored), err)
		}
		if _, _, err := p.CancelRequest(ctx, "x", ticket.ID, may); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("an unknown kind: %v", err)
		}
	}
}
