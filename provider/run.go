package provider

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Run does the background work of a Provider until the context ends. It creates
// the signing keys that a new Store does not have yet, delivers logout tokens to
// clients, extends the replay windows of clients that were not answered, and
// records when clients and their secrets were last used. Every process can call it. Run
// returns nil when the context ends; failures are logged and retried.
func (s *Provider) Run(ctx context.Context) error {
	defer s.deliveries.Running.Wait()
	s.createKeys(ctx)
	tick := time.NewTicker(logoutEvery)
	defer tick.Stop()
	// Other work must not wait for a delivery that hangs.
	var others sync.WaitGroup
	others.Go(func() {
		defer crash.Log(s.Logger)
		every(ctx, extendEvery, s.extendReplayWindows)
	})
	others.Go(func() {
		defer crash.Log(s.Logger)
		every(ctx, writeUsesEvery, s.writeUses)
	})
	defer others.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-s.deliveries.Free:
		case <-tick.C:
		}
		_, err := s.startDeliveries(ctx)
		s.logDelivery(ctx, err)
	}
}

// every calls work in this interval until the context ends.
func every(ctx context.Context, interval time.Duration, work func(context.Context)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			work(ctx)
		}
	}
}

// writeUses writes the uses of clients and secrets that have been recorded.
func (s *Provider) writeUses(ctx context.Context) {
	uses := s.uses.take()
	for batch := range slices.Chunk(uses, 1000) {
		err := s.Store.NoteSecretUses(ctx, batch)
		if err == nil {
			continue
		}
		s.uses.putBack(batch)
		if ctx.Err() == nil && !errors.Is(err, oauth.ErrUnavailable) {
			s.Logger.WarnContext(ctx, "the last use of applications and their secrets could not be written; this will be retried", "error", err.Error())
		}
	}
}

// createKeys creates the missing keys of all algorithms. Without it, the first
// client that fetches the key set would have to wait for them.
func (s *Provider) createKeys(ctx context.Context) {
	_, err := s.keys.ensure(ctx, oauth.SigningAlgorithms()...)
	if err != nil && ctx.Err() == nil && !errors.Is(err, oauth.ErrUnavailable) {
		s.Logger.WarnContext(ctx, "signing keys could not be created yet; they will be created when they are needed", "error", err.Error())
	}
}
