package resource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// introspectionCache holds the results of introspection for a short time. Its keys are
// digests, so that it holds no tokens.
type introspectionCache struct {
	mu       sync.Mutex
	valid    bounded
	rejected bounded // tokens that are not valid; kept apart, so that they cannot displace others
	flights  map[digest]*flight
}

type digest = [sha256.Size]byte

// flight is a request to the introspection endpoint, for which several callers may wait.
type flight struct {
	began  time.Time // not the time of the response: the token can be revoked in between
	done   chan struct{}
	result cached
}

// cached is the result of an introspection.
type cached struct {
	token *Token
	err   error
	until time.Time
}

// The cache never grows beyond these numbers of results and bytes.
const (
	maxValid       = 10_000
	maxRejected    = 1_000
	maxCachedBytes = 32 << 20 // of introspection responses
)

// verify returns the cached result for the token, or introspects it. Callers with the
// same token share a request that began less than CacheFor ago. Failures of the endpoint
// are not cached.
func (c *introspectionCache) verify(ctx context.Context, token string, i *Introspection) (*Token, error) {
	key, now := sha256.Sum256([]byte(token)), i.now()
	c.mu.Lock()
	if found, ok := c.find(key); ok && now.Before(found.until) {
		c.mu.Unlock()
		return found.token, found.err
	}
	f := c.flights[key]
	if f == nil || now.Sub(f.began) >= i.CacheFor {
		f = &flight{began: now, done: make(chan struct{})}
		if c.flights == nil {
			c.flights = make(map[digest]*flight)
		}
		c.flights[key] = f
		go func() {
			defer crash.Log(nil)
			c.fly(context.WithoutCancel(ctx), token, key, f, i)
		}()
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.result.token, f.result.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *introspectionCache) find(key digest) (cached, bool) {
	if found, ok := c.valid.results[key]; ok {
		return found, true
	}
	found, ok := c.rejected.results[key]
	return found, ok
}

// fly introspects the token. A caller that gives up does not cancel it, because others may
// be waiting.
func (c *introspectionCache) fly(ctx context.Context, token string, key digest, f *flight, i *Introspection) {
	ctx, cancel := context.WithTimeout(ctx, introspectionTimeout)
	defer cancel()
	f.result.err = errors.New("the introspection request panicked")
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.flights[key] == f {
			delete(c.flights, key)
		}
		c.keep(key, f.result, f.began)
		close(f.done)
	}()
	f.result.token, f.result.err = i.introspect(ctx, token)
	f.result.until = f.began.Add(i.CacheFor)
	if t := f.result.token; t != nil && t.ExpiresAt != 0 && time.Unix(t.ExpiresAt, 0).Before(f.result.until) {
		f.result.until = time.Unix(t.ExpiresAt, 0)
	}
}

// keep stores a result, unless the endpoint failed.
func (c *introspectionCache) keep(key digest, result cached, now time.Time) {
	c.valid.remove(key)
	c.rejected.remove(key)
	switch {
	case result.err == nil:
		c.valid.add(key, result, maxValid, now)
	case errors.Is(result.err, ErrInvalidToken):
		c.rejected.add(key, result, maxRejected, now)
	}
}

// bounded is a map of a limited size.
type bounded struct {
	results map[digest]cached
	bytes   int
}

func (b *bounded) remove(key digest) {
	b.bytes -= b.results[key].size()
	delete(b.results, key)
}

// add stores a result. To make room it removes others in no particular order.
func (b *bounded) add(key digest, result cached, most int, now time.Time) {
	if !now.Before(result.until) {
		return
	}
	for other := range b.results {
		if len(b.results) < most && b.bytes+result.size() <= maxCachedBytes {
			break
		}
		b.remove(other)
	}
	if b.results == nil {
		b.results = make(map[digest]cached)
	}
	b.results[key] = result
	b.bytes += result.size()
}

// size returns about how much memory a result takes, in bytes.
func (c cached) size() int {
	if c.token == nil {
		return 0
	}
	claims, _ := c.token.RawClaims.(json.RawMessage)
	return 2*len(claims) + 512
}
