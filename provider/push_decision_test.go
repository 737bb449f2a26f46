package provider_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// wantAnswered fails the test unless the pushed request was answered before.
func (h *house) wantAnswered(requestURI string) {
	h.t.Helper()
	if r, err := h.open(requestURI); !errors.Is(err, oauth.ErrConflict) || r == nil {
		h.t.Errorf("the request_uri still works: %v", err)
	}
}

// RFC 9126 §4, §7.3: a pushed request is used up when it is decided, and not before.
func TestPushedRequestIsUsedUpByTheDecision(t *testing.T) {
	h := newHouse(t, nil)
	uri := h.mustPush()
	r := h.mustOpen(uri)
	reloaded := h.mustOpen(uri)
	first := h.mustDecide(r, h.who, "read").Get("code")
	h.wantAnswered(uri)
	// The same decision in another tab gets the same code, until it is used.
	if again := h.mustDecide(reloaded, h.who, "read").Get("code"); again != first {
		t.Error("the same decision made another code")
	}
	if _, err := h.exchange(first); err != nil {
		t.Fatal(err)
	}
	if _, err := h.decide(reloaded, h.who, "read"); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a decision after the code was used: %v", err)
	}
}

// The person can take RequestTTL to decide, although the request_uri expires earlier.
func TestPushedRequestCanBeDecidedAfterItsURIExpired(t *testing.T) {
	h := newHouse(t, nil)
	for name, browser := range map[string]string{"in the same browser": "browser", "after it was handed over": ""} {
		uri := h.mustPush()
		h.pass(89 * time.Second)
		handle, err := h.Seal(h.mustOpen(uri), browser)
		if err != nil {
			t.Fatal(err)
		}
		if browser == "" {
			h.pass(4 * time.Minute)
		}
		r, err := h.Open(ctx, handle, browser)
		if err != nil {
			t.Fatal(err)
		}
		if handle, err = h.Seal(r, "browser"); err != nil {
			t.Fatal(err)
		}
		h.pass(58 * time.Minute)
		if r, err = h.Open(ctx, handle, "browser"); err != nil {
			t.Fatal(err)
		}
		h.mustDecide(r, h.who, "read")
		h.wantAnswered(uri)
		t.Log(name)
	}
}

// Another decision is not a second answer: neither of another person nor of the same.
func TestPushedRequestIsDecidedOnce(t *testing.T) {
	h := newHouse(t, nil)
	r := h.mustOpen(h.mustPush("scope", "read write"))
	code := h.mustDecide(r, h.who, "read", "write").Get("code")
	for name, decide := range map[string]func() error{
		"another person":   func() error { _, err := h.decide(r, another, "read", "write"); return err },
		"another decision": func() error { _, err := h.decide(r, h.who, "read"); return err },
		"a denial":         func() error { _, err := h.Deny(ctx, r); return err },
	} {
		if err := decide(); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.exchange(code); err != nil {
		t.Errorf("the code of the first decision: %v", err)
	}
}

func TestDeniedPushedRequestIsUsedUp(t *testing.T) {
	h := newHouse(t, nil)
	uri := h.mustPush()
	r := h.mustOpen(uri)
	for range 2 { // people click twice
		response, err := h.Deny(ctx, r)
		if err != nil || answer(t, response.Location()).Get("error") != "access_denied" {
			t.Errorf("got %+v, %v", response, err)
		}
	}
	h.wantAnswered(uri)
	if _, err := h.decide(r, h.who, "read"); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("an approval after the denial: %v", err)
	}

	// To allow nothing is a denial too.
	uri = h.mustPush()
	_, err := h.decide(h.mustOpen(uri), h.who)
	wantCode(t, err, "access_denied")
	h.wantAnswered(uri)
}

// Also if the response has no code, and if the person is not asked.
func TestEveryResponseTypeUsesUpThePushedRequest(t *testing.T) {
	for _, responseType := range oauth.ResponseTypes() {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.ResponseTypes, c.SkipAuthorization = oauth.ResponseTypes(), true
		})
		uri := h.mustPush("response_type", responseType, "scope", "openid", "nonce", "n")
		r := h.mustOpen(uri)
		for range 2 {
			again := *r
			if _, err := h.Approve(ctx, &again, h.who, r.RequestedScopes(), false); err != nil {
				t.Errorf("%s: %v", responseType, err)
			}
		}
		h.wantAnswered(uri)
	}
}

func TestOneOfManyConcurrentDecisionsUsesUpThePushedRequest(t *testing.T) {
	h := newHouse(t, nil)
	uri := h.mustPush()
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		seen = map[string]int{}
	)
	r := h.mustOpen(uri)
	for i := range 64 {
		who := h.who
		who.AuthTime = who.AuthTime.Add(time.Duration(i) * time.Second) // so each decision is another
		all.Go(func() {
			fields, err := h.decide(r, who, "read")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				seen[fields.Get("code")]++
			case !errors.Is(err, oauth.ErrConflict):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(seen) != 1 {
		t.Errorf("%d codes were issued", len(seen))
	}
}

// A client whose tokens were revoked, or that was disabled, loses its pushed requests.
func TestPushedRequestEndsWithItsClient(t *testing.T) {
	h := newHouse(t, nil)
	uri := h.mustPush()
	r := h.mustOpen(uri)
	h.pass(time.Second)
	if err := h.store.RevokeClient(ctx, h.id, h.now); err != nil {
		t.Fatal(err)
	}
	_, err := h.open(uri)
	wantCode(t, err, "invalid_request_uri")
	if _, err := h.decide(r, h.who, "read"); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a decision after the revocation: %v", err)
	}
}
