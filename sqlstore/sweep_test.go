package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// count is how many rows a table has.
func count(t *testing.T, w sqlstore.Whole, table string) (n int64) {
	t.Helper()
	rows, err := w.Query(ctx, `SELECT count(*) FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATableThatCannotBeSweptKeepsNoOtherFromIt(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h := make(t)
			s, err := h.store()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			furnish(t, h, nil)
			for _, statement := range []string{
				`UPDATE latchkey_revoked_jwt SET expires_at = 1`, `UPDATE latchkey_session SET expires_at = 1`, `UPDATE latchkey_attempt SET until = 1`,
				`ALTER TABLE latchkey_access_token RENAME TO lost`,
			} {
				if err := h.exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			if deleted, err := s.Sweep(ctx, time.Now()); err == nil || deleted < 60 {
				t.Errorf("%d rows are deleted, and of the table that is gone is said %v", deleted, err)
			}
			for _, table := range []string{"latchkey_revoked_jwt", "latchkey_session", "latchkey_attempt"} {
				if n := count(t, h, table); n != 0 {
					t.Errorf("%s has %d rows", table, n)
				}
			}
		})
	}
}

// hands are a clock that a test moves.
type hands struct{ ms atomic.Int64 }

func newHands() *hands {
	h := new(hands)
	h.ms.Store(time.Now().UnixMilli())
	return h
}

func (h *hands) Now() time.Time       { return time.UnixMilli(h.ms.Load()) }
func (h *hands) pass(d time.Duration) { h.ms.Add(d.Milliseconds()) }

// opened is a Store of the house until the test ends.
func opened(t *testing.T, h house, clock *hands, trace sqlstore.Trace) *sqlstore.Store {
	t.Helper()
	s, err := h.at(clock.Now, trace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// gets reports whether the holder has the lease now.
func gets(t *testing.T, s *sqlstore.Store, holder string) bool {
	t.Helper()
	held, err := s.Lease(ctx, holder)
	if err != nil {
		t.Error(err)
	}
	return held
}

func TestOfManyWhoWantALeaseOneGetsIt(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h, clock := make(t), newHands()
			stores := []*sqlstore.Store{opened(t, h, clock, nil), opened(t, h, clock, nil)}
			var (
				all sync.WaitGroup
				won atomic.Int64
			)
			for i := range 16 {
				all.Go(func() {
					if gets(t, stores[i%2], fmt.Sprint(i)) {
						won.Add(1)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 {
				t.Errorf("%d have the lease", won.Load())
			}
		})
	}
}

func TestALeaseThatIsRenewedIsKeptAndOneThatRanOutIsNot(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h, clock := make(t), newHands()
			s := opened(t, h, clock, nil)
			for i, step := range []struct {
				after  time.Duration
				holder string
				held   bool
			}{
				{0, "one", true},
				{0, "two", false},
				{sqlstore.SweepLease - time.Millisecond, "two", false},
				{0, "one", true}, // renewed
				{sqlstore.SweepLease - time.Millisecond, "two", false},
				{time.Millisecond, "two", true}, // it ran out
				{0, "one", false},
				{sqlstore.SweepLease, "one", true},
			} {
				clock.pass(step.after)
				if held := gets(t, s, step.holder); held != step.held {
					t.Errorf("step %d: %s has it: %v", i, step.holder, held)
				}
			}
		})
	}
}

func TestWhoseClockIsAheadOfTheDatabasesSweepsNothing(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h, clock := make(t), newHands()
			s := opened(t, h, clock, nil)
			furnish(t, h, map[string]int{"latchkey_revoked_jwt": 10})
			if err := h.exec(`UPDATE latchkey_revoked_jwt SET expires_at = 1`); err != nil {
				t.Fatal(err)
			}
			theirs := newHands()
			s.DatabaseClock = func(context.Context) (time.Time, error) { return theirs.Now(), nil }
			theirs.ms.Store(clock.ms.Load())
			clock.pass(time.Hour)
			if err := s.SweepAs(ctx, "one"); err == nil || !strings.Contains(err.Error(), "is 1h0m0s ahead of that of the database") {
				t.Errorf("an hour ahead: %v", err)
			}
			if n := count(t, h, "latchkey_revoked_jwt"); n != 10 || !gets(t, s, "two") {
				t.Errorf("an hour ahead %d rows are left, or the lease is taken", n)
			}
			theirs.pass(2 * time.Hour)
			if err := s.SweepAs(ctx, "two"); err != nil || count(t, h, "latchkey_revoked_jwt") != 0 {
				t.Errorf("an hour behind: %v", err)
			}
		})
	}
}

// sweepSlowly sweeps four steps of revoked tokens that are over, and calls
// meanwhile before each of them. It tells how many of them are left.
func sweepSlowly(t *testing.T, h house, clock *hands, meanwhile func()) (left int64, err error) {
	t.Helper()
	furnish(t, h, map[string]int{"latchkey_revoked_jwt": 1900})
	if err := h.exec(`UPDATE latchkey_revoked_jwt SET expires_at = 1`); err != nil {
		t.Fatal(err)
	}
	s := opened(t, h, clock, func(_ context.Context, statement string) func(error) {
		if strings.Contains(statement, "FROM latchkey_revoked_jwt") {
			meanwhile()
		}
		return nil
	})
	err = s.SweepAs(ctx, "one")
	return count(t, h, "latchkey_revoked_jwt"), err
}

func TestALongSweepKeepsItsLease(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h, clock := make(t), newHands()
			other := opened(t, h, clock, nil)
			steps := 0
			left, err := sweepSlowly(t, h, clock, func() {
				steps++
				clock.pass(sqlstore.SweepLease * 3 / 4)
				if err := other.SweepAs(ctx, "two"); err != nil {
					t.Error(err)
				}
				if gets(t, other, "two") {
					t.Errorf("step %d: another has the lease", steps)
				}
			})
			if err != nil || left != 0 || steps < 4 {
				t.Errorf("%d rows are left after %d steps: %v", left, steps, err)
			}
			if other.Stats().Sweeps.Done != 0 {
				t.Error("two sweep at once")
			}
		})
	}
}

func TestASweepThatHasLostItsLeaseStops(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h, clock := make(t), newHands()
			other := opened(t, h, clock, nil)
			steps := 0
			left, err := sweepSlowly(t, h, clock, func() {
				if steps++; steps == 2 { // it was stopped for so long
					clock.pass(sqlstore.SweepLease)
					if !gets(t, other, "two") {
						t.Error("nobody else gets the lease")
					}
				}
			})
			if err == nil || !strings.Contains(err.Error(), "went to another process") {
				t.Errorf("the sweep says %v", err)
			}
			if left != 900 || steps != 2 {
				t.Errorf("%d rows are left after %d steps", left, steps)
			}
		})
	}
}
