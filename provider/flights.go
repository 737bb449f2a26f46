package provider

import (
	"context"
	"fmt"
	"sync"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// errBusy means that too many client secrets are being checked. It is not a
// failure of the Store.
var errBusy = fmt.Errorf("%w: too many client secrets are being checked at once", oauth.ErrUnavailable)

// flights are the secrets that are being checked or are waiting to be checked.
// Callers with the same secret share a check, which is canceled if all of them stop
// waiting.
type flights struct {
	mu sync.Mutex
	by map[string]*flight
}

type flight struct {
	callers int
	cancel  context.CancelFunc
	done    chan struct{} // closed when the result is known
	correct bool
	err     error
}

func (f *flights) init() { f.by = make(map[string]*flight) }

// do returns the result of check, which it calls unless a call with the same key
// is under way. It returns errBusy if ctx ends first.
func (f *flights) do(ctx context.Context, key string, check func(context.Context) (bool, error)) (bool, error) {
	joined := f.join(ctx, key, check)
	select {
	case <-joined.done:
		return joined.correct, joined.err
	case <-ctx.Done():
		f.leave(key, joined)
		return false, errBusy
	}
}

func (f *flights) join(ctx context.Context, key string, check func(context.Context) (bool, error)) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if underway := f.by[key]; underway != nil {
		underway.callers++
		return underway
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	begun := &flight{callers: 1, cancel: cancel, done: make(chan struct{})}
	f.by[key] = begun
	go func() {
		defer crash.Log(nil)
		defer cancel()
		begun.correct, begun.err = check(ctx)
		f.remove(key, begun)
		close(begun.done)
	}()
	return begun
}

// leave cancels the flight if no caller waits for it anymore.
func (f *flights) leave(key string, left *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if left.callers--; left.callers == 0 {
		left.cancel()
		f.drop(key, left)
	}
}

func (f *flights) remove(key string, ended *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(key, ended)
}

// drop makes the next call with the key begin another flight.
func (f *flights) drop(key string, ended *flight) {
	if f.by[key] == ended {
		delete(f.by, key)
	}
}
