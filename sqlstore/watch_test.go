package sqlstore

import (
	"context"
	"database/sql"
	"errors"
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
		Engine: q, Fatal: func(error) bool { return false }, Away: func(err error) bool { return !errors.Is(err, errBusy) },
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

// outages checks what a Store says of its last outage.
func outages(t *testing.T, s *Store, noticed, ended time.Time) {
	t.Helper()
	if n, e := s.Outage(); !n.Equal(noticed) || !e.Equal(ended) {
		t.Errorf("it was from %v to %v, want %v to %v", n, e, noticed, ended)
	}
}

// fails makes the calls of the Store fail, or nil, succeed.
func (q *quiet) fails(err error) {
	if q.fault.Store(nil); err != nil {
		q.fault.Store(&err)
	}
}

// TestAnOutageIsFromTheCallThatFailedToTheOneThatDidNot, and what fails again
// within a moment belongs to it.
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
		away := errors.New("away")
		call(nil)
		outages(t, s, time.Time{}, time.Time{})
		noticed := time.Now()
		call(away)
		time.Sleep(sweepEvery / 2)
		call(away)
		outages(t, s, noticed, time.Time{})
		call(nil)
		outages(t, s, noticed, time.Now())
		time.Sleep(lull / 2)
		call(away)
		outages(t, s, noticed, time.Time{})
		call(nil)
		ended := time.Now()
		time.Sleep(time.Hour)
		call(nil)
		outages(t, s, noticed, ended)
		call(away)
		outages(t, s, time.Now(), time.Time{})
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
		outages(t, s, time.Time{}, time.Time{})
	}
	if n := s.unavailable.Load(); n != 2 {
		t.Errorf("%d calls count as unavailable, want those of the caller who waited", n)
	}
}

// TestAServerThatOnlyReadsEndsNoOutageOfWrites: a repeated refresh is one.
func TestAServerThatOnlyReadsEndsNoOutageOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newQuiet(t)
		defer func() { _ = s.Close() }()
		noticed := time.Now()
		for _, call := range []func(context.Context) error{s.Ping, s.Writable} { // it is away, and then it only reads
			q.fails(errors.New("away"))
			_ = call(t.Context())
		}
		q.fails(nil)
		time.Sleep(sweepEvery / 2) // and is watched
		_ = s.Ping(t.Context())
		outages(t, s, noticed, time.Time{})
		if err := s.Writable(t.Context()); err != nil {
			t.Error(err)
		}
		outages(t, s, noticed, time.Now())
	})
}
