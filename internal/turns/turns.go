// Package turns is a semaphore that is fair between keys, with a bounded queue. It
// is for work that uses a processor for a long time, such as hashing passwords.
package turns

import (
	"context"
	"errors"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
)

// ErrBusy is returned if the caller stopped waiting, or if too many calls wait
// with the same key.
var ErrBusy = errors.New("too many calls are waiting")

// Turns is a semaphore that is fair between keys: the next turn goes to the key
// that has waited longest for one, however many calls of other keys wait.
type Turns struct {
	max     int // calls that may wait with the same key
	mu      sync.Mutex
	free    int
	waiting map[string][]chan struct{} // by key; a channel is closed when its turn comes
	order   []string                   // the keys in waiting
}

// A Share is the part of the memory that GOMEMLIMIT allows, in percent, that computations of one
// kind use at most.
type Share int64

// The shares are half of the memory together, so that a container with many processors does not
// run out of memory when passwords and secrets are checked at the same time.
const (
	Passwords Share = 35 // of people
	Secrets   Share = 15 // of applications
)

// AtOnce returns how many computations can run at the same time if each needs up to memory bytes.
// They use at most half of the processors, so that they cannot starve other requests, and at most
// their share of the memory. One can always run.
func (s Share) AtOnce(memory int64) int {
	return int(max(1, min(int64(runtime.GOMAXPROCS(0)/2), debug.SetMemoryLimit(-1)/100*int64(s)/memory)))
}

// Move lowers the memory limit of this process by the share, because another process does these
// computations.
func (s Share) Move() {
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		debug.SetMemoryLimit(limit - limit/100*int64(s))
	}
}

// New returns Turns of which n can be taken at once. At most maxWaiting calls with
// the same key can wait.
func New(n, maxWaiting int) *Turns {
	return &Turns{max: maxWaiting, free: n, waiting: make(map[string][]chan struct{})}
}

// Take waits for a turn. The caller must call Give afterwards, unless Take returns
// ErrBusy because ctx ended, or because too many calls with this key wait already.
func (t *Turns) Take(ctx context.Context, key string) error {
	if ctx.Err() != nil {
		return ErrBusy
	}
	turn, err := t.join(key)
	if turn == nil || err != nil {
		return err
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !t.leave(key, turn) { // the turn came at the same moment
		t.Give()
	}
	return ErrBusy
}

// join takes a free turn, or returns a place in the queue.
func (t *Turns) join(key string) (chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free > 0 {
		t.free--
		return nil, nil
	}
	if len(t.waiting[key]) >= t.max {
		return nil, ErrBusy
	}
	if len(t.waiting[key]) == 0 {
		t.order = append(t.order, key)
	}
	turn := make(chan struct{})
	t.waiting[key] = append(t.waiting[key], turn)
	return turn, nil
}

// leave removes a call from the queue, and reports whether it was there.
func (t *Turns) leave(key string, turn chan struct{}) bool {
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

// Give passes a turn on to the next key.
func (t *Turns) Give() {
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
