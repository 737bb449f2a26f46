package provider_test

import (
	"context"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A deleted client is unknown, although its metadata document still describes it.
func TestDocumentDoesNotDescribeADeletedClient(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	code := h.code()
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.DiscardClient(ctx, h.id, 0, h.now); err != nil {
		t.Fatal(err)
	}
	_, err = h.ask()
	wantCode(t, err, "invalid_client")
	_, err = h.exchange(code)
	wantCode(t, err, "invalid_client")
	if _, err := h.Application(ctx, h.id); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("the client is known: %v", err)
	}
	r.Show(h.who)
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); !errors.Is(err, provider.ErrChanged) {
		t.Errorf("a request that began before: %v", err)
	}
	s.check(t, "a deleted client", 1)
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ask(); err != nil {
		t.Errorf("after the client was deleted for good: %v", err)
	}
}

// staleStore does not know yet that another process has deleted the client.
type staleStore struct{ oauth.Store }

func (staleStore) Discarded(context.Context, string) (bool, error) { return false, nil }

func (staleStore) ConfirmClient(context.Context, *oauth.Client) error { return oauth.ErrNotFound }

// If the client was deleted, the decision is not repeated forever.
func TestApprovalOfADeletedClientEnds(t *testing.T) {
	h, _ := newDocumentHouse(t, func(c *provider.Config) { c.Store = staleStore{c.Store} })
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	_, err = h.Approve(ctx, r, h.who, r.Scope, true)
	if wantCode(t, err, "invalid_client"); !errors.Is(err, provider.ErrClientGone) || errors.Is(err, provider.ErrChanged) {
		t.Errorf("got %v", err)
	}
}

// countingStore counts the calls of Discarded.
type countingStore struct {
	oauth.Store
	calls *int
}

func (s countingStore) Discarded(ctx context.Context, id string) (bool, error) {
	*s.calls++
	return s.Store.Discarded(ctx, id)
}

func TestStoreIsAskedOncePerVersionWhetherAClientWasDeleted(t *testing.T) {
	var calls int
	h, _ := newDocumentHouse(t, func(c *provider.Config) { c.Store = countingStore{c.Store, &calls} })
	for range 3 {
		if _, err := h.ask(); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}
