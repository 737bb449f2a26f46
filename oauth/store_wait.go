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

// A StoreWait is the context of a request that WithStoreWait returns, as a part of a
// larger context. It must not be copied after its first use.
type StoreWait struct {
	context.Context //nolint:containedctx // it is a context
	waited          atomic.Int64
}

// Value returns the time that the request has waited, or a value of the parent.
func (w *StoreWait) Value(key any) any {
	if key == (storeWaitKey{}) {
		return &w.waited
	}
	return w.Context.Value(key)
}

// WithStoreWait returns the context of a new request, whose calls of a Store
// together wait for at most MaxStoreWait. Contexts that are derived from it share
// that time, even those that are never canceled (context.WithoutCancel).
func WithStoreWait(ctx context.Context) context.Context {
	return &StoreWait{Context: ctx}
}

// WithoutCancel returns a context that is never canceled, like context.WithoutCancel. Calls
// of a Store find the time of StoreWaitLeft in it without an allocation.
func WithoutCancel(ctx context.Context) context.Context {
	return &uncanceled{parent: ctx}
}

type uncanceled struct {
	parent context.Context //nolint:containedctx // it is a context
}

func (*uncanceled) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }
func (*uncanceled) Done() <-chan struct{}                   { return nil }
func (*uncanceled) Err() error                              { return nil }
func (u *uncanceled) Value(key any) any                     { return u.parent.Value(key) }

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
