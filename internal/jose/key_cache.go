package jose

import (
	"context"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// KeyCache fetches key sets by their URL and caches them. A set that cannot be
// fetched again stays in use for a while, so that clients and APIs continue to
// work while the server that publishes it is unavailable. Unknown key ids and
// failures do not cause a storm of requests. Many goroutines can use a KeyCache
// at once.
type KeyCache struct {
	// Fetch returns the keys at the URL. It is called once at a time for each
	// URL. Its context is not that of the caller of Find.
	Fetch func(ctx context.Context, url string) ([]PublicKey, error)
	Clock func() time.Time

	Fresh   time.Duration // how long a set is used before it is fetched again
	Stale   time.Duration // how long it is used if that fails
	Pause   time.Duration // the time between two fetches of one URL
	Timeout time.Duration // the longest time that a fetch takes
	MaxSets int           // how many sets are cached; one that does not fit replaces another

	mu   sync.Mutex
	sets map[string]*cachedSet
}

// patience is the longest time that a caller waits for a fetch if it has a key in
// a set that is no longer fresh. In most cases it is long enough to notice that the
// key was removed. A server that does not respond delays such callers no longer
// than this.
const patience = 200 * time.Millisecond

// cachedSet is the key set of one URL. It is guarded by the mutex of the cache,
// except that the keys themselves are never changed.
type cachedSet struct {
	keys      []PublicKey
	fetchedAt time.Time     // the start of the last successful fetch
	triedAt   time.Time     // the start of the last fetch
	err       error         // the result of the last fetch
	fetching  chan struct{} // closed when the present fetch ends; nil without one
}

// Find returns the keys at the URL that the filter accepts, or none. If none is
// cached the set is fetched: its owner may have rotated its keys. The error is
// that of Fetch, or that of the context while the caller waits. A caller that
// gives up does not cancel the fetch, because others may be waiting for it. If
// the set is no longer fresh but not stale, Find waits a short time for the fetch,
// and then returns the cached keys.
func (c *KeyCache) Find(ctx context.Context, url string, accepts Filter) ([]PublicKey, error) {
	set, cached, wait, left := c.refresh(ctx, url, accepts)
	if cached != nil && wait == nil {
		return cached, nil
	}
	if wait != nil {
		var enough <-chan time.Time // never, if the caller has no key
		if left > 0 {
			timer := time.NewTimer(left)
			defer timer.Stop()
			enough = timer.C
		}
		select {
		case <-wait:
		case <-enough:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.usable(set, accepts)
	if found == nil {
		return nil, set.err
	}
	return found, nil
}

// refresh starts a fetch if one is due. It returns the set, its usable keys, and the
// channel to wait for if the caller must, with the longest time to wait; 0 means until the
// fetch ends. A caller with a key in a set that is no longer fresh waits a short
// time, and does not wait while fetches fail.
func (c *KeyCache) refresh(ctx context.Context, url string, accepts Filter) (*cachedSet, []PublicKey, <-chan struct{}, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	set, now := c.set(url), c.Clock()
	keys := c.usable(set, accepts)
	found, age := keys != nil, now.Sub(set.fetchedAt)
	if found && age < c.Fresh {
		return set, keys, nil, 0
	}
	if set.fetching == nil && (set.triedAt.IsZero() || now.Sub(set.triedAt) >= c.Pause) {
		set.triedAt, set.fetching = now, make(chan struct{})
		go func() {
			defer crash.Log(nil)
			c.fetch(context.WithoutCancel(ctx), url, set)
		}()
	}
	left := patience - now.Sub(set.triedAt)
	switch known := found && age < c.Stale; {
	case found && set.err != nil, known && left <= 0:
		return set, keys, nil, 0
	case known:
		return set, keys, set.fetching, left
	}
	return set, keys, set.fetching, 0
}

// usable returns the cached keys that the filter accepts, unless the set is too
// old. A set whose last fetch succeeded is fetched again before it is too old.
func (c *KeyCache) usable(set *cachedSet, accepts Filter) []PublicKey {
	if set.err != nil && c.Clock().Sub(set.fetchedAt) >= c.Stale {
		return nil
	}
	return Select(set.keys, accepts)
}

// set returns the set of the URL, and makes room for it if it is new.
func (c *KeyCache) set(url string) *cachedSet {
	set := c.sets[url]
	if set != nil {
		return set
	}
	if c.sets == nil {
		c.sets = make(map[string]*cachedSet)
	}
	if len(c.sets) >= c.MaxSets {
		for other := range c.sets {
			delete(c.sets, other)
			break
		}
	}
	set = new(cachedSet)
	c.sets[url] = set
	return set
}

// fetch replaces the keys of the set by those at the URL, if it gets them.
func (c *KeyCache) fetch(ctx context.Context, url string, set *cachedSet) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	keys, err := c.Fetch(ctx, url)
	c.mu.Lock()
	defer c.mu.Unlock()
	if set.err = err; err == nil {
		set.keys, set.fetchedAt = keys, set.triedAt
	}
	close(set.fetching)
	set.fetching = nil
}
