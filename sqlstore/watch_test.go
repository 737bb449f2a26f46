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

func newQuiet(t *testing.T) (*Store, *quiet) {
	t.Helper()
	q := new(quiet)
	s, err := New(t.Context(), Config{
		Engine: q, Fatal: func(error) bool { return false },
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

// TestAnOutageIsFromTheCallThatFailedToTheOneThatDidNot, and what fails again
// within a moment belongs to it.
func TestAnOutageIsFromTheCallThatFailedToTheOneThatDidNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newQuiet(t)
		defer func() { _ = s.Close() }()
		call := func(err error) {
			if q.fault.Store(nil); err != nil {
				q.fault.Store(&err)
			}
			if got := s.Ping(t.Context()); errors.Is(got, oauth.ErrUnavailable) != (err != nil) {
				t.Errorf("%v became %v", err, got)
			}
		}
		away := errors.New("away")
		outage := func(began, ended time.Time) {
			t.Helper()
			if b, e := s.Outage(); !b.Equal(began) || !e.Equal(ended) {
				t.Errorf("it was from %v to %v, want %v to %v", b, e, began, ended)
			}
		}
		call(nil)
		outage(time.Time{}, time.Time{})
		begun := time.Now().Add(-longestCall)
		call(away)
		time.Sleep(time.Minute)
		call(away)
		outage(begun, time.Time{})
		call(nil)
		outage(begun, time.Now())
		time.Sleep(lull / 2)
		call(away)
		outage(begun, time.Time{})
		call(nil)
		ended := time.Now()
		time.Sleep(time.Hour)
		call(nil)
		outage(begun, ended)
		call(away)
		outage(time.Now().Add(-longestCall), time.Time{})
	})
}
