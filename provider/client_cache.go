package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientCache caches clients until the Store's Version changes. Only clients that
// exist are cached, so that requests with invented IDs cannot fill it.
type clientCache struct {
	store   oauth.Store
	maxSize int64              // of all cached clients, in bytes
	failing atomic.Bool        // the last read of the Store failed
	reads   singleflight.Group // of the same client
	mu      sync.RWMutex
	version uint64
	size    int64
	clients map[string]cachedClient
	// discarded are answers of Store.Discarded at the version discardedAt.
	discarded   map[string]bool
	discardedAt uint64
}

// maxDiscarded is the maximum number of cached answers of Store.Discarded.
const maxDiscarded = 1024

type cachedClient struct {
	*oauth.Client
	size int64
}

// Client finds a client; the result is shared and must not be changed.
func (c *clientCache) Client(ctx context.Context, id string) (*oauth.Client, error) {
	version := c.store.Version()
	c.mu.RLock()
	cached, exists := c.clients[id]
	current := c.version == version
	c.mu.RUnlock()
	if exists && current {
		return cached.Client, nil
	}
	if !oauth.IsText(id) {
		return nil, oauth.ErrNotFound // a database might reject it
	}
	return c.read(ctx, id, version)
}

// isDiscarded reports whether a client that is not stored was deleted and can be restored.
func (c *clientCache) isDiscarded(ctx context.Context, id string) (bool, error) {
	version := c.store.Version()
	c.mu.RLock()
	discarded, known := c.discarded[id]
	known = known && c.discardedAt == version
	c.mu.RUnlock()
	if known {
		return discarded, nil
	}
	discarded, err := c.store.Discarded(ctx, id)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if version > c.discardedAt || c.discarded == nil || len(c.discarded) >= maxDiscarded {
		c.discarded, c.discardedAt = make(map[string]bool), max(version, c.discardedAt)
	}
	if version == c.discardedAt {
		c.discarded[id] = discarded
	}
	return discarded, nil
}

// read reads a client from the Store. Callers that miss the same client at the
// same time share a read, but never one that began before a change. A caller whose
// ctx has ended waits too: it may be about to revoke something, which completes
// even if the client disconnects.
func (c *clientCache) read(ctx context.Context, id string, version uint64) (*oauth.Client, error) {
	shared := c.reads.DoChan(strconv.FormatUint(version, 10)+" "+id, func() (any, error) {
		defer crash.Log(nil)
		client, err := c.store.Client(oauth.WithStoreWait(context.WithoutCancel(ctx)), id)
		c.failing.Store(errors.Is(err, oauth.ErrUnavailable))
		if err == nil {
			c.add(client, version)
		}
		return client, err
	})
	begun := time.Now()
	defer func() { oauth.AddStoreWait(ctx, time.Since(begun)) }()
	patience := time.NewTimer(oauth.StoreWaitLeft(ctx))
	defer patience.Stop()
	select {
	case result := <-shared:
		client, _ := result.Val.(*oauth.Client)
		return client, result.Err
	case <-patience.C:
		c.failing.Store(true)
		return nil, fmt.Errorf("%w: the application was not read in time", oauth.ErrUnavailable)
	}
}

// add caches a client that was read at a version, and removes other clients if
// there is no room for it. A version read before the row is never newer than the
// row.
func (c *clientCache) add(client *oauth.Client, version uint64) {
	added := cachedClient{client, int64(memorySize(reflect.ValueOf(client)))}
	c.mu.Lock()
	defer c.mu.Unlock()
	if version < c.version || added.size > c.maxSize {
		return
	}
	if version > c.version || c.clients == nil {
		c.clients, c.version, c.size = make(map[string]cachedClient), version, 0
	}
	c.remove(client.ID)
	for id := range c.clients { // in an order that is not predictable
		if c.size+added.size <= c.maxSize {
			break
		}
		c.remove(id)
	}
	c.clients[client.ID] = added
	c.size += added.size
}

func (c *clientCache) remove(id string) {
	c.size -= c.clients[id].size
	delete(c.clients, id)
}

// known reports whether the client exists, or existed a while ago. While the
// Store fails, it is not asked: a request that was rejected need not wait for it.
func (c *clientCache) known(ctx context.Context, id string) bool {
	c.mu.RLock()
	_, cached := c.clients[id]
	c.mu.RUnlock()
	if cached || c.failing.Load() {
		return cached
	}
	_, err := c.Client(ctx, id)
	return err == nil
}
