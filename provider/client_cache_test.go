package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// countedClients is a Store of clients that counts how many times it is read.
type countedClients struct {
	oauth.Store
	mu      sync.Mutex
	reads   int
	version uint64
	slow    chan struct{} // a read ends when it is closed, unless it is nil
}

func (s *countedClients) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

func (s *countedClients) change() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
}

func (s *countedClients) Client(ctx context.Context, id string) (*oauth.Client, error) {
	s.mu.Lock()
	s.reads++
	version := s.version
	s.mu.Unlock()
	if s.slow != nil {
		<-s.slow
	}
	if ctx.Err() != nil || strings.HasPrefix(id, "unknown") {
		return nil, errors.Join(oauth.ErrNotFound, ctx.Err())
	}
	return &oauth.Client{
		ID: id, Name: fmt.Sprintf("version %d", version), RedirectURIs: []string{"https://app.example/callback", "https://app.example/other"},
		Secrets: []oauth.ClientSecret{{Hash: make([]byte, 32)}},
	}, nil
}

// TestThirtyThousandClientsFitIntoTheDefaultCache: each is read once.
func TestThirtyThousandClientsFitIntoTheDefaultCache(t *testing.T) {
	var s Settings
	s.setDefaults("https://op.example", false)
	store := new(countedClients)
	cache := &clientCache{store: store, maxSize: int64(s.ClientCache) << 20}
	const clients = 30_000
	for range 2 {
		for i := range clients {
			if _, err := cache.Client(t.Context(), fmt.Sprint("client", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if store.reads != clients {
		t.Errorf("%d reads for %d clients", store.reads, clients)
	}
}

// A cache that is too small must not be emptied at once: then all clients
// would have to be read again.
func TestFullClientCacheKeepsWhatFits(t *testing.T) {
	store := new(countedClients)
	cache := &clientCache{store: store, maxSize: 1 << 20}
	all := func(n int) {
		for i := range n {
			if _, err := cache.Client(t.Context(), fmt.Sprint("client", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	all(1)
	size := cache.size
	fits := int(cache.maxSize / (size + 8))
	all(fits)
	if store.reads != fits {
		t.Errorf("%d reads for %d clients that fit", store.reads, fits)
	}
	all(2 * fits)
	if cache.size > cache.maxSize || cache.size < cache.maxSize-3*size || len(cache.clients) < fits-3 {
		t.Errorf("%d clients occupy %d of %d bytes", len(cache.clients), cache.size, cache.maxSize)
	}
	before := cache.size
	for range 10 {
		if _, err := cache.Client(t.Context(), "unknown"); !errors.Is(err, oauth.ErrNotFound) {
			t.Fatal(err)
		}
	}
	if cache.size != before {
		t.Error("clients that do not exist occupy the cache")
	}
}

func TestCallersThatMissAClientShareARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countedClients{slow: make(chan struct{})}
		cache := &clientCache{store: store, maxSize: 1 << 20}
		disconnected, disconnect := context.WithCancel(t.Context())
		var all sync.WaitGroup
		var mu sync.Mutex
		names := make(map[string]int)
		call := func(ctx context.Context) {
			all.Go(func() {
				client, err := cache.Client(ctx, "a")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				names[client.Name]++
			})
		}
		call(disconnected)
		synctest.Wait()
		for range 99 {
			call(t.Context())
		}
		synctest.Wait()
		store.change() // the reads that began before it must not answer calls that begin after it
		call(t.Context())
		synctest.Wait()
		disconnect()
		synctest.Wait()
		close(store.slow)
		all.Wait()
		if store.reads != 2 || names["version 0"] != 100 || names["version 1"] != 1 {
			t.Errorf("%d reads, and the clients are %v", store.reads, names)
		}
		if client, err := cache.Client(t.Context(), "a"); err != nil || client.Name != "version 1" || store.reads != 2 {
			t.Errorf("afterwards: %v %v, %d reads", client, err, store.reads)
		}
	})
}

func TestCallerWaitsForASharedReadNoLongerThanForItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countedClients{slow: make(chan struct{})}
		cache := &clientCache{store: store, maxSize: 1 << 20}
		request := oauth.WithStoreWait(t.Context())
		oauth.AddStoreWait(request, oauth.MaxStoreWait-time.Second)
		begun := time.Now()
		if _, err := cache.Client(request, "a"); !errors.Is(err, oauth.ErrUnavailable) || time.Since(begun) != time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		close(store.slow)
	})
}
