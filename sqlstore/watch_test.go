package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// quiet is an Engine with nothing in its tables, that falls silent, or fails.
type quiet struct {
	Engine
	silent atomic.Pointer[chan struct{}] // until it is closed no call is answered
	fault  atomic.Pointer[error]
}

func (q *quiet) QueryRow(_ context.Context, query string, _ ...any) Row { return quietRow{q, query} }
func (q *quiet) Close() error                                           { return nil }

func (q *quiet) Do(context.Context, func(Conn) error) error {
	if err := q.fault.Load(); err != nil {
		return *err
	}
	return nil
}

type quietRow struct {
	*quiet
	query string
}

func (r quietRow) Scan(dest ...any) error {
	if silent := r.silent.Load(); silent != nil {
		<-*silent
	}
	if err := r.fault.Load(); err != nil {
		return *err
	}
	if n, is := dest[0].(*int64); is {
		*n = 1
		return nil
	}
	return sql.ErrNoRows
}

// errBusy is what a database says that is there.
var errBusy = errors.New("busy")

func newQuiet(t *testing.T) (*Store, *quiet) {
	t.Helper()
	q := new(quiet)
	s, err := New(t.Context(), Config{
		Engine: q, Duplicate: func(error) bool { return false }, Fatal: func(error) bool { return false }, Away: func(err error) bool { return !errors.Is(err, errBusy) },
		Changed: func(context.Context) (bool, error) { return true, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, q
}

// TestWhatWasRememberedCountsNoLongerThanASecond when the database falls
// silent: another process may have changed it.
func TestWhatWasRememberedCountsNoLongerThanASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newQuiet(t)
		defer func() { _ = s.Close() }()
		time.Sleep(10 * time.Second)
		if s.Version() != 2 {
			t.Fatalf("nothing changed, and it counts %d", s.Version())
		}
		silent := make(chan struct{})
		q.silent.Store(&silent)
		for range 20 {
			before := s.Version()
			time.Sleep(time.Second)
			if s.Version() == before {
				t.Fatal("for a second it took what it knew for true")
			}
		}
		close(silent)
		time.Sleep(time.Second)
		before := s.Version()
		time.Sleep(10 * time.Second)
		if s.Version() != before {
			t.Error("it still distrusts what it knows, though the database answers")
		}
	})
}

// stoodStill checks what a Store says of its outages since then.
func stoodStill(t *testing.T, s *Store, since time.Time, want time.Duration, lasts bool) {
	t.Helper()
	if got, now := s.Outage(since); got != want || now != lasts {
		t.Errorf("outages of %v, one lasts: %v, want %v, %v", got, now, want, lasts)
	}
}

// fails makes the calls of the Store fail, or nil, succeed.
func (q *quiet) fails(err error) {
	if q.fault.Store(nil); err != nil {
		q.fault.Store(&err)
	}
}

// TestAnOutageIsFromTheCallThatFailedToTheOneThatDidNot, and counts for whom it
// found waiting.
func TestAnOutageIsFromTheCallThatFailedToTheOneThatDidNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newQuiet(t)
		defer func() { _ = s.Close() }()
		call := func(err error) {
			t.Helper()
			q.fails(err)
			if got := s.Ping(t.Context()); errors.Is(got, oauth.ErrUnavailable) != (err != nil) {
				t.Errorf("%v became %v", err, got)
			}
		}
		away, begun := errors.New("away"), time.Now()
		call(nil)
		stoodStill(t, s, begun, 0, false)
		time.Sleep(lookEvery / 2) // not when it looks for changes
		call(away)
		noticed := time.Now()
		time.Sleep(20 * time.Second)
		call(away)
		stoodStill(t, s, begun, 20*time.Second, true)
		call(nil)
		time.Sleep(longestCall)
		stoodStill(t, s, begun, 20*time.Second, false)
		stoodStill(t, s, noticed, 20*time.Second, false)
		stoodStill(t, s, noticed.Add(longestCall), 15*time.Second, false)
		stoodStill(t, s, noticed.Add(longestCall+1), 0, false)
		between := time.Now()
		call(away)
		time.Sleep(5 * time.Second)
		call(nil)
		stoodStill(t, s, begun, 25*time.Second, false)
		stoodStill(t, s, between, 5*time.Second, false)
		time.Sleep(time.Hour)
		call(nil)
		stoodStill(t, s, begun, 25*time.Second, false)
		for range 2 * mostOutages {
			call(away)
			call(nil)
		}
		if stoodStill(t, s, begun, 0, false); len(s.outages.past) != mostOutages {
			t.Errorf("%d outages are remembered", len(s.outages.past))
		}
	})
}

// TestNobodyFromOutsideMakesAnOutage: who hangs up, and a database that has too
// much to do, show nothing of whether it can be reached.
func TestNobodyFromOutsideMakesAnOutage(t *testing.T) {
	s, q := newQuiet(t)
	defer func() { _ = s.Close() }()
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	for _, c := range []struct {
		ctx context.Context //nolint:containedctx // the caller's
		err error
	}{{gone, context.Canceled}, {gone, errors.New("away")}, {t.Context(), errBusy}} {
		q.fails(c.err)
		for name, err := range map[string]error{"read": s.Ping(c.ctx), "write": s.Writable(c.ctx)} {
			if !errors.Is(err, oauth.ErrUnavailable) {
				t.Errorf("a %s that fails with %v says %v", name, c.err, err)
			}
		}
		q.fails(nil)
		stoodStill(t, s, time.Time{}, 0, false)
	}
	if n := s.unavailable.Load(); n != 2 {
		t.Errorf("%d calls count as unavailable, want those of the caller who waited", n)
	}
}

// TestWhoWaitsInVainWhileOthersAreAnsweredIsNoOutage: the database is there, and
// has too much to do, or somebody holds a lock.
func TestWhoWaitsInVainWhileOthersAreAnsweredIsNoOutage(t *testing.T) {
	for name, answered := range map[string]bool{"others are answered": true, "nobody is": false} {
		t.Run(name, func(t *testing.T) {
			s, q := newQuiet(t)
			defer func() { _ = s.Close() }()
			call := s.begin(t.Context(), "", writes)
			if answered {
				_ = s.Ping(t.Context()) // with no rows
			}
			if err := call.end(fmt.Errorf("timeout: %w", context.DeadlineExceeded)); !errors.Is(err, oauth.ErrUnavailable) {
				t.Error(err)
			}
			q.fails(nil)
			if _, lasts := s.Outage(time.Time{}); lasts == answered {
				t.Errorf("an outage: %v", lasts)
			}
		})
	}
}

// TestAServerThatOnlyReadsEndsNoOutageOfWrites: a repeated refresh is one.
func TestAServerThatOnlyReadsEndsNoOutageOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newQuiet(t)
		defer func() { _ = s.Close() }()
		time.Sleep(lookEvery / 2) // not when it looks for changes
		begun := time.Now()
		for _, call := range []func(context.Context) error{s.Ping, s.Writable} { // it is away, and then it only reads
			q.fails(errors.New("away"))
			_ = call(t.Context())
		}
		q.fails(nil)
		time.Sleep(sweepEvery / 2) // and is watched
		_ = s.Ping(t.Context())
		stoodStill(t, s, begun, sweepEvery/2, true)
		if err := s.Writable(t.Context()); err != nil {
			t.Error(err)
		}
		stoodStill(t, s, begun, sweepEvery/2, false)
	})
}
