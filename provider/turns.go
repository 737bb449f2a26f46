package provider

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxWaiting is how many calls with the same key may wait for a turn.
const maxWaiting = 64

// turns is a semaphore that is fair between keys: the next turn goes to the key
// that has waited longest for one, however many calls of other keys wait.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting map[string][]chan struct{} // by key; a channel is closed when its turn comes
	order   []string                   // the keys in waiting
}

func newTurns(n int) *turns { return &turns{free: n, waiting: make(map[string][]chan struct{})} }

// errBusy means that too many client secrets are being checked. It is not a
// failure of the Store.
var errBusy = fmt.Errorf("%w: too many client secrets are being checked at once", oauth.ErrUnavailable)

// take waits for a turn. The caller must call give afterwards, unless there is an
// error: the context ended, or too many calls with this key wait already.
func (t *turns) take(ctx context.Context, key string) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	if len(t.waiting[key]) >= maxWaiting {
		t.mu.Unlock()
		return errBusy
	}
	if len(t.waiting[key]) == 0 {
		t.order = append(t.order, key)
	}
	turn := make(chan struct{})
	t.waiting[key] = append(t.waiting[key], turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !t.leave(key, turn) { // the turn came at the same moment
		t.give()
	}
	return errBusy
}

// leave removes a call from the queue, and reports whether it was there.
func (t *turns) leave(key string, turn chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting[key], turn)
	if i < 0 {
		return false
	}
	t.waiting[key] = slices.Delete(t.waiting[key], i, i+1)
	if len(t.waiting[key]) == 0 {
		delete(t.waiting, key)
		t.order = slices.DeleteFunc(t.order, func(other string) bool { return other == key })
	}
	return true
}

// give passes a turn on to the next key.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.order) == 0 {
		t.free++
		return
	}
	key := t.order[0]
	t.order = t.order[1:]
	queue := t.waiting[key]
	close(queue[0])
	if t.waiting[key] = queue[1:]; len(queue) == 1 {
		delete(t.waiting, key)
	} else {
		t.order = append(t.order, key)
	}
}
