package provider_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// hangingStore is a Store whose database can hang: the keys may have changed, and
// cannot be read.
type hangingStore struct {
	oauth.Store
	hangs   atomic.Bool
	version atomic.Uint64
	reads   atomic.Int64
}

func (s *hangingStore) Version() uint64 {
	if s.hangs.Load() {
		return 1000 + s.version.Add(1)
	}
	return s.Store.Version()
}

func (s *hangingStore) SigningKeys(ctx context.Context) ([]oauth.SigningKey, error) {
	if s.hangs.Load() {
		s.reads.Add(1)
		time.Sleep(oauth.StoreWaitLeft(ctx))
		return nil, oauth.ErrUnavailable
	}
	return s.Store.SigningKeys(ctx)
}

// together calls f a hundred times at the same time, and returns how long the
// slowest call takes.
func together(t *testing.T, f func(context.Context) error) time.Duration {
	t.Helper()
	var calls sync.WaitGroup
	begun := time.Now()
	for range 100 {
		calls.Go(func() {
			if err := f(oauth.WithStoreWait(ctx)); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	return time.Since(begun)
}

// TestRequestsDoNotWaitForEachOtherIfTheKeysCannotBeRead: the key set is served from
// memory, and a request that needs a signature fails as soon as any request would.
func TestRequestsDoNotWaitForEachOtherIfTheKeysCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(hangingStore)
		h := newHouse(t, func(config *provider.Config, c *oauth.Client) {
			store.Store = config.Store
			config.Store = store
			c.AccessTokenFormat = oauth.JWT
		})
		fetch := func(ctx context.Context) error {
			document, err := h.JWKS(ctx)
			if len(document.Body) == 0 {
				t.Error("the key set is empty")
			}
			return err
		}
		if err := fetch(ctx); err != nil {
			t.Fatal(err)
		}
		issued := h.tokens("scope", "openid")
		store.hangs.Store(true)
		if took := together(t, fetch); took > time.Second {
			t.Errorf("key sets were served after %s", took)
		}
		if took := together(t, fetch); took > 0 {
			t.Errorf("once the outage is known, key sets are served after %s", took)
		}
		took := together(t, func(ctx context.Context) error {
			if _, err := h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", issued.AccessToken)); !errors.Is(err, oauth.ErrUnavailable) {
				t.Errorf("introspection failed with %v", err)
			}
			return nil
		})
		if took > oauth.MaxStoreWait {
			t.Errorf("requests waited for %s, which is longer than %s", took, oauth.MaxStoreWait)
		}
		time.Sleep(oauth.MaxStoreWait)
		if reads := store.reads.Load(); reads > 3 {
			t.Errorf("300 requests read the keys %d times", reads)
		}
		store.hangs.Store(false)
		if err := fetch(ctx); err != nil {
			t.Error(err)
		}
	})
}

// slowAdder is a Store in which it takes an hour to add a signing key.
type slowAdder struct {
	oauth.Store
	slow atomic.Bool
}

func (s *slowAdder) AddSigningKey(ctx context.Context, k oauth.SigningKey, replaces string, expires time.Time) (bool, error) {
	if s.slow.Load() {
		time.Sleep(time.Hour)
	}
	return s.Store.AddSigningKey(ctx, k, replaces, expires)
}

// TestRequestsDoNotWaitLongForKeysThatAreAdded: the key set is served without them.
func TestRequestsDoNotWaitLongForKeysThatAreAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(slowAdder)
		h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
			store.Store = config.Store
			config.Store = store
		})
		store.slow.Store(true)
		took := together(t, func(ctx context.Context) error {
			document, err := h.JWKS(ctx)
			if len(document.Body) == 0 {
				t.Error("the key set is empty")
			}
			return err
		})
		if took > time.Second {
			t.Errorf("key sets were served after %s", took)
		}
		store.slow.Store(false)
		time.Sleep(2 * time.Hour) // until the keys have been added
		keys, err := h.SigningKeys(ctx)
		if err != nil || len(keys) != len(oauth.SigningAlgorithms()) {
			t.Errorf("%d keys were added: %v", len(keys), err)
		}
	})
}

// blockedAdder is a Store that adds no signing key until it is released. Its Version
// is always another one.
type blockedAdder struct {
	oauth.Store
	blocked          atomic.Bool
	version          atomic.Uint64
	adding, released chan struct{}
}

func (s *blockedAdder) Version() uint64 { return s.Store.Version() + s.version.Add(1) }

func (s *blockedAdder) AddSigningKey(ctx context.Context, k oauth.SigningKey, replaces string, expires time.Time) (bool, error) {
	if s.blocked.CompareAndSwap(true, false) {
		close(s.adding)
		<-s.released
	}
	return s.Store.AddSigningKey(ctx, k, replaces, expires)
}

// TestRequestsDoNotWaitForKeysOfOtherAlgorithms: generating an RSA key takes a long time,
// and adding it may wait for the database. The known keys can be used at the same time.
func TestRequestsDoNotWaitForKeysOfOtherAlgorithms(t *testing.T) {
	store := &blockedAdder{adding: make(chan struct{}), released: make(chan struct{})}
	h := newHouse(t, func(config *provider.Config, c *oauth.Client) {
		store.Store = config.Store
		config.Store = store
		c.AccessTokenFormat = oauth.JWT
	})
	issued := h.tokens()
	store.blocked.Store(true)
	var others sync.WaitGroup
	others.Go(func() {
		if _, err := h.JWKS(ctx); err != nil {
			t.Error(err)
		}
	})
	<-store.adding
	found, err := h.Introspect(oauth.WithStoreWait(ctx), "", params(t, "client_id", h.id, "client_secret", h.key, "token", issued.AccessToken))
	if err != nil || !found.Active {
		t.Errorf("introspection returned %+v, %v", found, err)
	}
	close(store.released)
	others.Wait()
}
