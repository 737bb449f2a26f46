package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func TestATableThatCannotBeSweptDoesNotKeepOthersFromIt(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		s, err := db.Open(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		testdb.Fill(t, db, nil)
		for _, statement := range []string{
			`UPDATE latchkey_revoked_jwt SET expires_at = 1`, `UPDATE latchkey_session SET expires_at = 1, sweep_at = 1`, `UPDATE latchkey_attempt SET until = 1`,
			`ALTER TABLE latchkey_access_token RENAME TO lost`,
		} {
			if err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if deleted, err := s.Sweep(ctx, time.Now()); err == nil || deleted < 60 {
			t.Errorf("%d rows are deleted, and the error about the missing table is %v", deleted, err)
		}
		for _, table := range []string{"latchkey_revoked_jwt", "latchkey_session", "latchkey_attempt"} {
			if n := testdb.Count(t, db, table); n != 0 {
				t.Errorf("%s has %d rows", table, n)
			}
		}
	})
}

// testClock is a clock that a test moves.
type testClock struct{ ms atomic.Int64 }

func newTestClock() *testClock {
	h := new(testClock)
	h.ms.Store(time.Now().UnixMilli())
	return h
}

func (h *testClock) Now() time.Time       { return time.UnixMilli(h.ms.Load()) }
func (h *testClock) pass(d time.Duration) { h.ms.Add(d.Milliseconds()) }

// opened is a Store that is closed when the test ends.
func opened(t *testing.T, db testdb.Database, clock *testClock, trace sqlstore.Trace) *sqlstore.Store {
	t.Helper()
	s, err := db.Open(clock.Now, trace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// takes reports whether the holder has the lease afterwards.
func takes(t *testing.T, s *sqlstore.Store, holder string) bool {
	t.Helper()
	held, err := s.Lease(ctx, holder)
	if err != nil {
		t.Error(err)
	}
	return held
}

func TestOneOfManyProcessesGetsTheLease(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		stores := []*sqlstore.Store{opened(t, db, clock, nil), opened(t, db, clock, nil)}
		var (
			all sync.WaitGroup
			won atomic.Int64
		)
		for i := range 16 {
			all.Go(func() {
				if takes(t, stores[i%2], fmt.Sprint(i)) {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d processes have the lease", won.Load())
		}
	})
}

func TestALeaseIsKeptByRenewalAndLostByExpiry(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
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
			{time.Millisecond, "two", true}, // it has expired
			{0, "one", false},
			{sqlstore.SweepLease, "one", true},
		} {
			clock.pass(step.after)
			if held := takes(t, s, step.holder); held != step.held {
				t.Errorf("step %d: %s has it: %v", i, step.holder, held)
			}
		}
	})
}

func TestAProcessWhoseClockIsAheadDoesNotSweep(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		testdb.Fill(t, db, map[string]int{"latchkey_revoked_jwt": 10})
		if err := db.Exec(`UPDATE latchkey_revoked_jwt SET expires_at = 1`); err != nil {
			t.Fatal(err)
		}
		theirs := newTestClock()
		s.DatabaseClock = func(context.Context) (time.Time, error) { return theirs.Now(), nil }
		theirs.ms.Store(clock.ms.Load())
		clock.pass(time.Hour)
		if err := s.SweepAs(ctx, "one"); err == nil || !strings.Contains(err.Error(), "is 1h0m0s ahead of that of the database") {
			t.Errorf("an hour ahead: %v", err)
		}
		if n := testdb.Count(t, db, "latchkey_revoked_jwt"); n != 10 || !takes(t, s, "two") {
			t.Errorf("an hour ahead %d rows are left, or the lease is taken", n)
		}
		theirs.pass(2 * time.Hour)
		if err := s.SweepAs(ctx, "two"); err != nil || testdb.Count(t, db, "latchkey_revoked_jwt") != 0 {
			t.Errorf("an hour behind: %v", err)
		}
	})
}

// sweepSlowly sweeps expired rows in four steps, and calls a function before each of
// them. It returns how many rows are left.
func sweepSlowly(t *testing.T, db testdb.Database, clock *testClock, before func()) (left int64, err error) {
	t.Helper()
	testdb.Fill(t, db, map[string]int{"latchkey_revoked_jwt": 1900})
	if err := db.Exec(`UPDATE latchkey_revoked_jwt SET expires_at = 1`); err != nil {
		t.Fatal(err)
	}
	s := opened(t, db, clock, func(_ context.Context, statement string) func(error) {
		if strings.Contains(statement, "FROM latchkey_revoked_jwt") {
			before()
		}
		return nil
	})
	err = s.SweepAs(ctx, "one")
	return testdb.Count(t, db, "latchkey_revoked_jwt"), err
}

func TestALongSweepKeepsItsLease(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		other := opened(t, db, clock, nil)
		steps := 0
		left, err := sweepSlowly(t, db, clock, func() {
			steps++
			clock.pass(sqlstore.SweepLease * 3 / 4)
			if err := other.SweepAs(ctx, "two"); err != nil {
				t.Error(err)
			}
			if takes(t, other, "two") {
				t.Errorf("step %d: another process has the lease", steps)
			}
		})
		if err != nil || left != 0 || steps < 4 {
			t.Errorf("%d rows are left after %d steps: %v", left, steps, err)
		}
		if other.Stats().Sweeps.Done != 0 {
			t.Error("two processes sweep at the same time")
		}
	})
}

func TestASweepStopsWhenItsLeaseIsLost(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		other := opened(t, db, clock, nil)
		steps := 0
		left, err := sweepSlowly(t, db, clock, func() {
			if steps++; steps == 2 { // the process was suspended
				clock.pass(sqlstore.SweepLease)
				if !takes(t, other, "two") {
					t.Error("no other process gets the lease")
				}
			}
		})
		if err == nil || !strings.Contains(err.Error(), "went to another process") {
			t.Errorf("the sweep returns %v", err)
		}
		if left != 900 || steps != 2 {
			t.Errorf("%d rows are left after %d steps", left, steps)
		}
	})
}
