// Package writeback periodically stores data that a process keeps in memory, so that no request
// waits for it.
package writeback

import (
	"context"
	"log/slog"
	"time"
)

// lastWait is how long Run waits for the Store after its context has ended.
const lastWait = 2 * time.Second

// A Loop stores data at regular intervals. All fields are required.
type Loop struct {
	Every time.Duration
	// Store stores a part of the data that waits in memory, and reports whether there is more.
	// last is set if the process is ending.
	Store  func(ctx context.Context, last bool) (more bool, err error)
	Logger *slog.Logger
	// Warning is logged if Store fails, but only once until it succeeds again.
	Warning string
}

// Run stores one part at each interval until the context ends, and then all others, as far as
// that is possible in two seconds. It always returns nil.
func (l Loop) Run(ctx context.Context) error {
	tick := time.NewTicker(l.Every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			l.storeRest(ctx)
			return nil
		case <-tick.C:
		}
		_, err := l.Store(ctx, false)
		if err != nil && !failing && ctx.Err() == nil {
			l.Logger.WarnContext(ctx, l.Warning, "error", err.Error())
		}
		failing = err != nil
	}
}

// storeRest stores the parts that still wait in memory. Parts that cannot be stored in time are lost.
func (l Loop) storeRest(ctx context.Context) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
	defer cancel()
	for more := true; more && last.Err() == nil; {
		var err error
		more, err = l.Store(last, true)
		more = more && err == nil
	}
}
