package provider_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// unstoredPushes returns houses whose usual client may push requests and is not stored.
func unstoredPushes(t *testing.T) map[string]*house {
	t.Helper()
	registered := newOpenHouse(t, nil)
	registered.register(`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"none","scope":"read"}`)
	described, s := newDocumentHouse(t, nil)
	s.documents[documentID] = plainDocument
	return map[string]*house{"that registered itself": registered, "that a document describes": described}
}

// RFC 9126 §4, §7.3: a denial uses up the request, although a client is stored only when
// a person has allowed it something.
func TestDenialUsesUpThePushedRequestOfAClientThatIsNotStored(t *testing.T) {
	for name, h := range unstoredPushes(t) {
		t.Run(name, func(t *testing.T) {
			uri, other := h.mustPush(), h.mustPush()
			r, otherTab := h.mustOpen(uri), h.mustOpen(uri)
			for range 2 { // people click twice
				response, err := h.Deny(ctx, r)
				if err != nil || answer(t, response.Location()).Get("error") != "access_denied" {
					t.Errorf("got %+v, %v", response, err)
				}
			}
			h.wantUnstored()
			h.wantAnswered(uri)
			if _, err := h.decide(otherTab, h.who, "read"); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("an approval after the denial: %v", err)
			}

			// The other request stores the client, which changes nothing about the denial.
			stale := h.mustOpen(other)
			h.mustDecide(h.mustOpen(other), h.who, "read")
			h.wantAnswered(uri)
			if _, err := h.decide(otherTab, h.who, "read"); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("an approval after the client was stored: %v", err)
			}
			if _, err := h.Deny(ctx, stale); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("a denial after the approval: %v", err)
			}
		})
	}
}

// A person who allows no scope has denied the request.
func TestAllowingNothingUsesUpThePushedRequestOfAClientThatIsNotStored(t *testing.T) {
	for name, h := range unstoredPushes(t) {
		uri := h.mustPush()
		_, err := h.decide(h.mustOpen(uri), h.who)
		wantCode(t, err, "access_denied")
		h.wantAnswered(uri)
		if h.wantUnstored(); t.Failed() {
			t.Fatal(name)
		}
	}
}

// Of approvals and denials at the same time, only those of one kind count.
func TestOneOfManyConcurrentDecisionsAboutAClientThatIsNotStoredCounts(t *testing.T) {
	for name, h := range unstoredPushes(t) {
		r := h.mustOpen(h.mustPush())
		var (
			wg     sync.WaitGroup
			mu     sync.Mutex
			counts = make(map[string]int)
		)
		for i := range 64 {
			wg.Go(func() {
				own, kind := *r, "denied"
				decide := func() error { _, err := h.Deny(ctx, &own); return err }
				if i%2 == 0 {
					kind, decide = "approved", func() error { _, err := h.decide(&own, h.who, "read"); return err }
				}
				switch err := decide(); {
				case err == nil:
					mu.Lock()
					counts[kind]++
					mu.Unlock()
				case !errors.Is(err, oauth.ErrConflict):
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if len(counts) != 1 {
			t.Errorf("%s: decisions that count: %v", name, counts)
		}
	}
}

// putAfter calls a function before the next Put.
type putAfter struct {
	oauth.Store
	before func()
}

func (s *putAfter) Put(ctx context.Context, tickets ...oauth.Ticket) error {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Store.Put(ctx, tickets...)
}

func TestDenialAfterAConcurrentApprovalOfAClientThatIsNotStoredIsAConflict(t *testing.T) {
	store := new(putAfter)
	h := newOpenHouse(t, func(config *provider.Config) {
		store.Store, config.Store = config.Store, store
	})
	h.register(`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"none","scope":"read"}`)
	r := h.mustOpen(h.mustPush())
	var code string
	store.before = func() { code = h.mustDecide(r, h.who, "read").Get("code") }
	if _, err := h.Deny(ctx, r); !errors.Is(err, oauth.ErrConflict) || code == "" {
		t.Errorf("got %v, and the code %q", err, code)
	}
}
