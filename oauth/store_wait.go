package oauth

import (
	"context"
	"sync/atomic"
	"time"
)

// MaxStoreWait is how long a request waits for the Store, in all its calls together
// and from the moment when a call is queued. After that, the response says that the
// Store is unavailable.
const MaxStoreWait = 5 * time.Second

// storeWaitKey is the key of the context value *atomic.Int64: the nanoseconds for
// which a request has waited so far.
type storeWaitKey struct{}

// storeWait is a context with the value of storeWaitKey, in one allocation.
type storeWait struct {
	context.Context //nolint:containedctx // it is a context
	waited          atomic.Int64
}

// Value returns the counter, or a value of the parent.
func (w *storeWait) Value(key any) any {
	if key == (storeWaitKey{}) {
		return &w.waited
	}
	return w.Context.Value(key)
}

// WithStoreWait returns the context of a new request, whose calls of a Store
// together wait for at most MaxStoreWait. Contexts that are derived from it share
// that time, even those that are never canceled (context.WithoutCancel).
func WithStoreWait(ctx context.Context) context.Context {
	return &storeWait{Context: ctx}
}

// StoreWaitLeft returns how long a call of a Store can wait: the rest of the
// MaxStoreWait of its request, or MaxStoreWait if the context is not that of a
// request. It is never negative.
func StoreWaitLeft(ctx context.Context) time.Duration {
	waited, _ := ctx.Value(storeWaitKey{}).(*atomic.Int64)
	if waited == nil {
		return MaxStoreWait
	}
	return max(0, MaxStoreWait-time.Duration(waited.Load()))
}

// AddStoreWait subtracts took from the time that the request of ctx can still wait for
// its Store (StoreWaitLeft). It has no effect if the context is not that of a request,
// and is safe for concurrent use.
func AddStoreWait(ctx context.Context, took time.Duration) {
	if waited, _ := ctx.Value(storeWaitKey{}).(*atomic.Int64); waited != nil {
		waited.Add(int64(took))
	}
}
