package provider

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientCache caches clients until the Store's Version changes. Only clients that
// exist are cached, so that requests with invented IDs cannot fill it.
type clientCache struct {
	store   oauth.Store
	failing atomic.Bool // the last read of the Store failed
	mu      sync.RWMutex
	version uint64
	clients map[string]*oauth.Client
}

// maxCachedClients bounds the cache; when it is full, it is emptied.
const maxCachedClients = 10_000

// Client finds a client; the result is shared and must not be changed.
func (c *clientCache) Client(ctx context.Context, id string) (*oauth.Client, error) {
	version := c.store.Version()
	c.mu.RLock()
	client, cached := c.clients[id]
	cached = cached && c.version == version
	c.mu.RUnlock()
	if cached {
		return client, nil
	}
	if !oauth.IsText(id) {
		return nil, oauth.ErrNotFound // a database might take offence
	}
	client, err := c.store.Client(ctx, id)
	c.failing.Store(errors.Is(err, oauth.ErrUnavailable) && ctx.Err() == nil)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// A version read before the row is never newer than the row.
	if c.version != version || c.clients == nil || len(c.clients) >= maxCachedClients {
		if c.clients != nil && version < c.version {
			return client, nil
		}
		c.clients, c.version = make(map[string]*oauth.Client), version
	}
	c.clients[id] = client
	return client, nil
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
