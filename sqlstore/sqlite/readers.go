package sqlite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// readers limits how many reads run at the same time to the number of connections,
// and for how long a read waits for one of them. A context with a deadline would
// cost a goroutine for each read.
type readers struct {
	pools
	free   chan struct{} // one element for each read that runs
	mu     sync.Mutex
	idle   []*connection // that no read uses
	waits  atomic.Uint64
	waited atomic.Int64 // in nanoseconds
}

// newReaders returns the readers of a pool. Without a limit, there are maxReaders.
func newReaders(p pools) *readers {
	most := p.readers
	if most == 0 {
		most = p.read.Stats().MaxOpenConnections
	}
	if most == 0 {
		most = maxReaders
	}
	return &readers{pools: p, free: make(chan struct{}, most)}
}

const maxReaders = 64

// take waits until a connection is free, and returns the one that was used last.
// The caller returns it with put. Canceling the context has no effect.
func (r *readers) take(ctx context.Context) (*connection, error) {
	if !r.acquireNow() {
		if err := r.acquire(oauth.StoreWaitLeft(ctx)); err != nil {
			return nil, err
		}
	}
	if c := r.pop(); c != nil {
		return c, nil
	}
	conn, err := r.reader(context.WithoutCancel(ctx))
	if err != nil {
		r.release()
		return nil, err
	}
	return newConnection(conn), nil
}

func (r *readers) pop() *connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	c := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	return c
}

func (r *readers) put(c *connection) {
	r.mu.Lock()
	r.idle = append(r.idle, c)
	r.mu.Unlock()
	r.release()
}

// count returns the number of connections that no read uses.
func (r *readers) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.idle)
}

// close closes the connections that no read uses.
func (r *readers) close() {
	for c := r.pop(); c != nil; c = r.pop() {
		c.close()
	}
}

// acquire waits until a connection is free. If it returns nil, release must be
// called.
func (r *readers) acquire(patience time.Duration) error {
	if r.acquireNow() {
		return nil
	}
	begun := time.Now()
	r.waits.Add(1)
	defer func() { r.waited.Add(int64(time.Since(begun))) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r.free <- struct{}{}:
		return nil
	case <-timer.C:
		return sqlstore.ErrTooLate
	}
}

// acquireNow reports whether a connection is free. Then release must be called.
func (r *readers) acquireNow() bool {
	select {
	case r.free <- struct{}{}:
		return true
	default:
		return false
	}
}

func (r *readers) release() { <-r.free }
