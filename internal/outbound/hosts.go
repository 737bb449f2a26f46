package outbound

import (
	"context"
	"sync"
)

// hosts limits the number of concurrent requests to each host.
type hosts struct {
	mu   sync.Mutex
	busy map[string]*host // hosts that have requests
}

type host struct {
	slots    chan struct{}
	requests int // running and waiting; protected by hosts.mu
}

// acquire waits until a request to the host may be sent. The caller must call
// release after the request.
func (h *hosts) acquire(ctx context.Context, name string) (release func(), err error) {
	h.mu.Lock()
	at := h.busy[name]
	if at == nil {
		if h.busy == nil {
			h.busy = make(map[string]*host)
		}
		at = &host{slots: make(chan struct{}, maxPerHost)}
		h.busy[name] = at
	}
	at.requests++
	h.mu.Unlock()
	done := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if at.requests--; at.requests == 0 {
			delete(h.busy, name)
		}
	}
	if err := take(ctx, at.slots); err != nil {
		done()
		return nil, err
	}
	return func() { <-at.slots; done() }, nil
}

// take waits for a free slot. It returns an error, and takes none, if ctx has
// ended. If a slot becomes free at the same moment, the slot is left to a caller
// that still waits.
func take(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		if err := ctx.Err(); err != nil {
			<-slots
			return err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
