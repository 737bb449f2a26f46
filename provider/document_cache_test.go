package provider_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// draft-ietf-oauth-client-id-metadata-document §5.2: HTTP caching within bounds.
func TestDocumentIsFetchedAgainWhenItHasExpired(t *testing.T) {
	for name, test := range map[string]struct{ fresh, used time.Duration }{
		"the server says nothing": {-1, time.Hour},
		"must not be cached":      {0, 5 * time.Minute},
		"a minute":                {time.Minute, 5 * time.Minute},
		"ten minutes":             {10 * time.Minute, 10 * time.Minute},
		"a year":                  {365 * 24 * time.Hour, 24 * time.Hour},
	} {
		h, s := newDocumentHouse(t, nil)
		s.fresh = test.fresh
		ask := func(want int) {
			_, err := h.ask()
			wantCode(t, err, "")
			s.check(t, name, want)
		}
		ask(1)
		h.pass(test.used - time.Millisecond)
		ask(1)
		h.pass(time.Millisecond)
		ask(2)
		ask(2)
	}
}

// A server that fails must not lock its users out, and a document that was removed
// or has become invalid must take effect.
func TestStaleDocumentIsUsedOnlyWhileItsServerIsUnavailable(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	ask := func(name, code string, fetches int) {
		t.Helper()
		_, err := h.ask()
		wantCode(t, err, code)
		s.check(t, name, fetches)
	}
	ask("the first request", "", 1)
	s.down = true
	h.pass(time.Hour)
	ask("the server is down", "", 2)
	ask("within the pause", "", 2)
	h.pass(10 * time.Second)
	ask("after the pause", "", 3)
	h.pass(24*time.Hour - 11*time.Second)
	ask("at the end of the day", "", 4)
	h.pass(11 * time.Second)
	ask("a day later", "temporarily_unavailable", 5)
	s.down = false
	h.pass(10 * time.Second)
	ask("the server is back", "", 6)
	delete(s.documents, documentID)
	h.pass(time.Hour)
	ask("the document is gone", "invalid_client", 7)
	s.down = true
	h.pass(10 * time.Second)
	ask("and then the server is down", "temporarily_unavailable", 8)
}

// TestFailingURLIsNotFetchedAllTheTime, and the error is forgotten after ten seconds.
func TestFailingURLIsNotFetchedAllTheTime(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	s.publish(documentID, "no JSON")
	for range 50 {
		_, err := h.ask()
		wantCode(t, err, "invalid_client")
	}
	s.check(t, "50 requests", 1)
	s.publish(documentID, plainDocument)
	h.pass(10*time.Second - time.Millisecond)
	_, err := h.ask()
	wantCode(t, err, "invalid_client")
	h.pass(time.Millisecond)
	_, err = h.ask()
	wantCode(t, err, "")
	s.check(t, "after the pause", 2)
}

func TestConcurrentRequestsShareAFetch(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	s.begun, s.answer = make(chan struct{}, 64), make(chan struct{})
	gaveUp, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			c := ctx
			if i == 0 {
				c = gaveUp
			}
			if _, err := h.Client(c, documentID); (err != nil) && i > 0 {
				t.Error(err)
			}
		})
	}
	<-s.begun
	cancel() // a caller that gives up does not cancel the fetch
	close(s.answer)
	all.Wait()
	s.check(t, "64 concurrent requests", 1)
}

// TestDocumentsOccupyABoundedAmountOfMemory, valid ones as well as failures.
func TestDocumentsOccupyABoundedAmountOfMemory(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	const limit = 64 << 10
	provider.LimitDocumentMemory(h.Provider, limit)
	padded := strings.Replace(plainDocument, `"Agent"`, `"Agent","contacts":["`+strings.Repeat("x", 4000)+`"]`, 1)
	for i := range 30 {
		id := fmt.Sprintf("https://app.example/%d", i)
		s.publish(id, strings.Replace(padded, documentID, id, 1))
		if _, err := h.Client(ctx, id); err != nil && i == 0 {
			t.Fatal(err)
		}
	}
	documents, _, size := provider.DocumentMemory(h.Provider)
	if documents < 8 || size > limit || size < limit/2 {
		t.Errorf("%d documents of %d bytes", documents, size)
	}
	for i := range provider.MaxDocumentFailures + 100 {
		_, _ = h.Client(ctx, fmt.Sprintf("https://gone.example/%d", i))
	}
	if _, failures, _ := provider.DocumentMemory(h.Provider); failures != provider.MaxDocumentFailures {
		t.Errorf("%d failures are remembered", failures)
	}
}

// TestRemovedRedirectURIStopsWorking when the document is fetched again, and so does
// a request that had begun.
func TestRemovedRedirectURIStopsWorking(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	tokens := h.tokens()
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	s.publish(documentID, strings.Replace(plainDocument, "https://app.example/cb", "https://app.example/new", 1))
	h.pass(time.Hour - time.Second)
	_, err = h.ask()
	wantCode(t, err, "")
	h.pass(time.Second)
	if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err == nil {
		t.Error("a request with the old redirect URI is approved")
	}
	_, err = h.ask()
	wantCode(t, err, "invalid_request")
	h.code("redirect_uri", "https://app.example/new")
	if _, err := h.refresh(tokens.RefreshToken); err != nil {
		t.Errorf("a refresh: %v", err)
	}
	stored, err := h.store.Client(ctx, documentID)
	if err != nil || stored.RedirectURIs[0] != "https://app.example/new" || !stored.DocumentFetchedAt.Equal(h.now) {
		t.Errorf("the stored client is %+v, %v", stored, err)
	}
}

// TestStoredMetadataBridgeARestart: a new process has no document in memory.
func TestStoredMetadataBridgeARestart(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	tokens := h.tokens()
	restart := func() {
		var err error
		if h.Provider, err = provider.New(ctx, h.Config); err != nil {
			t.Fatal(err)
		}
	}
	restart()
	s.down = true
	tokens, err := h.refresh(tokens.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	h.pass(24 * time.Hour)
	_, err = h.refresh(tokens.RefreshToken)
	wantCode(t, err, oauth.CodeTemporarilyUnavailable)
}

// RFC 9111 §4.3: a document that has not changed is not sent again. It is read again,
// because the policy of the server may have changed, and is used as long as a new one.
func TestUnchangedDocumentIsNotSentAgain(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	s.versions = true
	ask := func(name, code string, fetches, unchanged int) {
		t.Helper()
		_, err := h.ask()
		wantCode(t, err, code)
		s.check(t, name, fetches)
		if s.unchanged != unchanged {
			t.Errorf("%s: %d documents were not sent, want %d", name, s.unchanged, unchanged)
		}
	}
	ask("the first request", "", 1, 0)
	h.pass(time.Hour)
	ask("an hour later", "", 2, 1)
	ask("at once", "", 2, 1)
	h.pass(time.Hour - time.Millisecond)
	ask("the copy is renewed", "", 2, 1)
	s.down = true
	h.pass(24 * time.Hour)
	ask("the server is down for a day after that", "", 3, 1)
	s.down = false
	h.pass(10 * time.Second)
	ask("it is back", "", 4, 2)
	s.publish(documentID, strings.Replace(plainDocument, "https://app.example/cb", "https://app.example/new", 1))
	h.pass(time.Hour)
	ask("the document has changed", "invalid_request", 5, 2)
	s.publish(documentID, "no JSON")
	h.pass(time.Hour)
	ask("it is unusable", "invalid_client", 6, 2)
	s.publish(documentID, plainDocument)
	h.pass(10 * time.Second)
	ask("it is back", "", 7, 2)
	if s.known != "" {
		t.Error("a document that could not be used is known")
	}
}

// TestOnlyTheDocumentOfTheSameURLIsKnown: another application with the same text of an
// ETag gets its own document.
func TestOnlyTheDocumentOfTheSameURLIsKnown(t *testing.T) {
	h, s := newDocumentHouse(t, nil)
	s.versions = true
	const other = "https://app.example/other.json"
	s.publish(other, strings.Replace(plainDocument, documentID, other, 1))
	for range 2 {
		for _, id := range []string{documentID, other} {
			c, err := h.Client(ctx, id)
			if err != nil || c.ID != id {
				t.Fatalf("%s: %+v %v", id, c, err)
			}
			if want := etag(s.documents[id]); s.known != "" && s.known != want {
				t.Errorf("%s: the request is about another document", id)
			}
		}
		h.pass(time.Hour)
	}
	if s.unchanged != 2 {
		t.Errorf("%d documents were not sent again", s.unchanged)
	}
}
