package sqlstore_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestABackgroundTaskPausesAsLongAsItsStepTook, but not for long after a step that
// waited, and not before the first one.
func TestABackgroundTaskPausesAsLongAsItsStepTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed error
		keep := sqlstore.Paced(func() error {
			time.Sleep(time.Second) // renews a lease
			return failed
		})
		for i, step := range []struct{ took, pause time.Duration }{
			{0, 0},
			{4 * time.Millisecond, 4 * time.Millisecond},
			{0, 0},
			{time.Minute, sqlstore.LongestPause},
			{7 * time.Millisecond, 7 * time.Millisecond},
		} {
			time.Sleep(step.took)
			begun := time.Now()
			if err := keep(); err != nil {
				t.Fatal(err)
			}
			if pause := time.Since(begun) - time.Second; pause != step.pause {
				t.Errorf("the pause after step %d is %s, not %s", i, pause, step.pause)
			}
		}
		failed = context.Canceled
		if err := keep(); !errors.Is(err, failed) {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestRemovalsAreCompletedByOneGoroutineAtATime, so that the sweeper does not repeat
// the steps that run in the background at the same moment.
func TestRemovalsAreCompletedByOneGoroutineAtATime(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		var (
			s              *sqlstore.Store
			sweeping       atomic.Bool
			reads, locking atomic.Int64
		)
		s = opened(t, db, clock, func(_ context.Context, statement string) func(error) {
			if sweeping.Load() && strings.HasSuffix(statement, " LIMIT 20000") {
				reads.Add(1)
				if s.CompletesRemovals() {
					locking.Add(1)
				}
			}
			return nil
		})
		addClient(t, s, clock.Now())
		families(t, db, clock.Now(), "openid", manyFamilies)
		if err := db.Exec(`INSERT INTO latchkey_removal (kind, subject, target, at, issued_until, done) VALUES ('session', 'ada', 's', 1, 9000000000000, 0)`); err != nil {
			t.Fatal(err)
		}
		sweeping.Store(true)
		if _, err := s.Sweep(ctx, clock.Now()); err != nil {
			t.Fatal(err)
		}
		if reads.Load() < 2 || locking.Load() != reads.Load() {
			t.Errorf("%d of %d reads of keys were alone", locking.Load(), reads.Load())
		}
		pending, err := s.Removals(ctx)
		if err != nil || len(pending) > 0 || s.CompletesRemovals() {
			t.Errorf("the removals are not complete: %v, %v", pending, err)
		}
	})
}
