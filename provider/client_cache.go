package provider

import (
	"context"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientCache keeps clients as long as the Store's Version stands still. Only
// clients that exist are kept, so strangers cannot fill it.
type clientCache struct {
	store   oauth.Store
	mu      sync.RWMutex
	version uint64
	clients map[string]*oauth.Client
}

// maxCachedClients bounds the cache; past it, it starts anew.
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

// known reports whether there is such a client, or was one a while ago. Whoever
// made a mistake does not wait to hear of it until a Store is back that is away.
func (c *clientCache) known(ctx context.Context, id string) bool {
	c.mu.RLock()
	_, cached := c.clients[id]
	c.mu.RUnlock()
	if _, away := c.store.Outage(time.Time{}); cached || away {
		return cached
	}
	_, err := c.Client(ctx, id)
	return err == nil
}
