package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// MaxBatch is how many operations may share a batch.
const MaxBatch = 256

// The errors of operations that a Group did not send.
var (
	ErrClosed  = errors.New("the database is closed")                                    // the Group was closed
	ErrTooLate = errors.New("the database was too busy, and the operation was not sent") // the caller could no longer wait; nothing was changed
)

// ErrNoResult is the error of an operation that was sent, but whose result did not
// arrive while its caller was allowed to wait. It is not known whether the
// operation was carried out.
var ErrNoResult = fmt.Errorf("the database did not answer in time, and it is not known whether the operation was carried out: %w", context.DeadlineExceeded)

// GroupOptions configure a Group.
type GroupOptions[T comparable] struct {
	// Workers is how many batches may be under way at the same time.
	Workers int
	// Send carries out a batch, and stores the results in the operations.
	Send func(batch []T)
	// Together reports whether an operation may share a batch that begins with
	// first; nil means always.
	Together func(first, other T) bool
	// Busy is how long a batch that is under way keeps the next one waiting if there
	// is another worker, because two small batches cost more than a large one. A
	// batch that takes longer is probably waiting for a lock or for the network.
	Busy time.Duration
	// Patience is how long most callers wait. They share the timer of their batch,
	// because a timer for each caller costs as much as all other work. If Patience
	// is 0, each caller has its own timer.
	Patience time.Duration
	// Abandon is called if the caller of an operation that was sent stops waiting
	// for it. When it returns, nothing that belongs to the caller is written
	// anymore. See Waiting. It may be nil.
	Abandon func(T)
}

// Waiting is embedded in an operation whose caller can stop waiting for it.
type Waiting struct {
	mu        sync.Mutex
	abandoned bool
}

// Abandon records that the caller has stopped waiting.
func (w *Waiting) Abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.abandoned = true
}

// Serve calls f, which writes to memory of the caller, if the caller is still
// waiting, and reports whether it did. The caller waits until f returns.
func (w *Waiting) Serve(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.abandoned {
		f()
	}
	return !w.abandoned
}

// Group sends the operations of concurrent callers in batches: the more callers
// there are, the fewer round trips and syncs each of them costs. If no batch is
// under way, it sends an operation at once.
type Group[T comparable] struct {
	GroupOptions[T]
	sent    batchCounts
	mu      sync.Mutex
	due     *sync.Cond  // a batch may be sent, or the group was closed
	batches []*batch[T] // in the order in which they began to fill
	sending int
	late    bool        // the batch that was sent last has been under way for Busy
	watch   *time.Timer // makes late true
	closed  bool
	working sync.WaitGroup
}

// batch is the operations that are sent together, and what their callers wait
// for.
type batch[T comparable] struct {
	operations []T
	sent       bool
	done       chan struct{} // closed when the results are there
	// woken is closed when the results are there or Patience is over. Waiting for
	// one channel costs less than a select. It is nil if Patience is 0.
	woken  chan struct{}
	expiry *time.Timer // closes woken
}

// sharedPatience is how much shorter than Patience the patience of a caller can be
// if it shares the timer of its batch.
const sharedPatience = 100 * time.Millisecond

// NewGroup starts a Group. Close stops it.
func NewGroup[T comparable](options GroupOptions[T]) *Group[T] {
	g := &Group[T]{GroupOptions: options}
	g.due = sync.NewCond(&g.mu)
	if g.Busy > 0 {
		g.watch = time.AfterFunc(g.Busy, func() {
			defer crash.Log(nil)
			g.setLate()
		})
	}
	for range g.Workers {
		g.working.Go(func() {
			defer crash.Log(nil)
			g.work()
		})
	}
	return g
}

// Do queues an operation, and waits for its result for at most patience. For
// callers that share a timer, that time starts with the first operation of their
// batch. Canceling the context has no effect on an operation that is queued. The
// error is ErrNoResult if the operation was sent; any other error means that it was
// not sent and never will be.
func (g *Group[T]) Do(ctx context.Context, operation T, patience time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := g.queue(operation)
	if err != nil {
		return err
	}
	if b.woken != nil && patience <= g.Patience && patience > g.Patience-sharedPatience {
		<-b.woken
		select {
		case <-b.done:
			return nil
		default:
			return g.leave(b, operation)
		}
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-b.done:
		return nil
	case <-timer.C:
		return g.leave(b, operation)
	}
}

// leave is called if the patience of a caller has ended.
func (g *Group[T]) leave(b *batch[T], operation T) error {
	if g.withdraw(b, operation) {
		return ErrTooLate
	}
	select {
	case <-b.done:
		return nil // at the same moment
	default:
	}
	if g.Abandon != nil {
		g.Abandon(operation)
	}
	return ErrNoResult
}

// withdraw removes an operation from a batch that was not sent.
func (g *Group[T]) withdraw(b *batch[T], operation T) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b.sent {
		return false
	}
	i := slices.Index(b.operations, operation)
	b.operations = slices.Delete(b.operations, i, i+1)
	if len(b.operations) == 0 {
		g.batches = slices.DeleteFunc(g.batches, func(other *batch[T]) bool { return other == b })
	}
	return true
}

func (g *Group[T]) queue(operation T) (*batch[T], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	b := g.open(operation)
	if b == nil {
		b = &batch[T]{done: make(chan struct{})}
		if g.Patience > 0 {
			b.woken = make(chan struct{})
			b.expiry = time.AfterFunc(g.Patience, func() {
				defer crash.Log(nil)
				close(b.woken)
			})
		}
		g.batches = append(g.batches, b)
	}
	b.operations = append(b.operations, operation)
	if g.isDue() {
		g.due.Signal()
	}
	return b, nil
}

// open returns a batch that the operation may join, or nil.
func (g *Group[T]) open(operation T) *batch[T] {
	for _, b := range g.batches {
		if len(b.operations) < MaxBatch && (g.Together == nil || g.Together(b.operations[0], operation)) {
			return b
		}
	}
	return nil
}

func (g *Group[T]) work() {
	for b := g.next(nil); b != nil; b = g.next(b) {
		begun := time.Now()
		g.Send(b.operations)
		g.sent.add(len(b.operations), time.Since(begun))
	}
}

// next finishes the batch before, if there was one, and waits for another. It
// returns nil when the group was closed and all batches were sent.
func (g *Group[T]) next(before *batch[T]) *batch[T] {
	if before != nil {
		g.mu.Lock()
		g.sending--
		g.mu.Unlock()
		close(before.done)
		if before.woken != nil && before.expiry.Stop() {
			close(before.woken)
		}
		// The callers that were answered may join the next batch. Another worker
		// would be woken for it in the meantime, which costs more than it saves.
		if g.Workers == 1 {
			runtime.Gosched()
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.isDue() {
		if g.closed {
			return nil
		}
		g.due.Wait()
	}
	b := g.batches[0]
	g.batches = slices.Delete(g.batches, 0, 1)
	b.sent = true
	g.sending++
	if g.watch != nil {
		g.late = false
		g.watch.Reset(g.Busy)
	}
	return b
}

func (g *Group[T]) setLate() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.late = true
	g.due.Signal()
}

// isDue reports whether the first batch should be sent.
func (g *Group[T]) isDue() bool {
	switch {
	case len(g.batches) == 0:
		return false
	case len(g.batches) > 1 || len(g.batches[0].operations) == MaxBatch:
		return true // it cannot grow
	}
	return g.sending == 0 || g.late || g.closed
}

// Waiting returns how many operations are queued.
func (g *Group[T]) Waiting() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range g.batches {
		n += len(b.operations)
	}
	return n
}

// Count counts a batch that was not sent by the group.
func (g *Group[T]) Count(operations int, took time.Duration) { g.sent.add(operations, took) }

// Stats returns what was sent so far.
func (g *Group[T]) Stats() BatchStats { return g.sent.stats(g.Waiting()) }

// Close sends what is queued, and stops the group.
func (g *Group[T]) Close() {
	g.mu.Lock()
	g.closed = true
	g.due.Broadcast()
	g.mu.Unlock()
	g.working.Wait()
	if g.watch != nil {
		g.watch.Stop()
	}
}
