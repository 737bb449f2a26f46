package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// slowClients is a Store that takes three seconds to read a client, and whose
// clients are never up to date in a cache.
type slowClients struct {
	*memstore.Store
	versions atomic.Uint64
}

func (s *slowClients) Version() uint64 { return s.versions.Add(1) }

func (s *slowClients) Client(ctx context.Context, id string) (*oauth.Client, error) {
	time.Sleep(3 * time.Second)
	return s.Store.Client(ctx, id)
}

// TestAllReadsOfARequestShareItsWait: the request of a script reads its client twice,
// first for its origins.
func TestAllReadsOfARequestShareItsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowClients{Store: memstore.New(nil)}
		secret, kept := oauth.NewClientSecret(time.Now())
		err := store.CreateClient(t.Context(), &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{kept}, GrantTypes: []string{oauth.GrantClientCredentials}})
		if err != nil {
			t.Fatal(err)
		}
		server, err := latchkey.New(t.Context(), latchkey.Options{Issuer: "http://localhost/o", Store: store, MasterKey: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "http://localhost/o/token/", strings.NewReader("grant_type=client_credentials"))
		r.Header.Set("Content-Type", form)
		r.SetBasicAuth("c", secret)
		r.Header.Set("Origin", "https://app.example")
		w, begun := httptest.NewRecorder(), time.Now()
		server.ServeHTTP(w, r)
		if took := time.Since(begun); w.Code != http.StatusServiceUnavailable || took != oauth.MaxStoreWait {
			t.Errorf("status %d after %s, want 503 after %s", w.Code, took, oauth.MaxStoreWait)
		}
		_, _ = store.Client(t.Context(), "c") // until the read has ended for which the request did not wait
	})
}
