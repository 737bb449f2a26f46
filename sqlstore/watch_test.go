package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// fakeEngine is an Engine with empty tables that can stop answering, or fail.
type fakeEngine struct {
	Engine
	silent atomic.Pointer[chan struct{}] // no call is answered until it is closed
	fault  atomic.Pointer[error]
	looks  atomic.Int64 // for new tokens that belong in the index
}

func (q *fakeEngine) QueryRow(_ context.Context, query string, _ ...any) Row {
	return fakeRow{q, query}
}

func (q *fakeEngine) Query(_ context.Context, query string, _ ...any) (Rows, error) {
	if strings.Contains(query, "FROM latchkey_access_recent") {
		q.looks.Add(1)
	}
	return nil, errBusy
}

func (q *fakeEngine) Batcher() Batcher { return nil }
func (q *fakeEngine) Close() error     { return nil }

func (q *fakeEngine) Do(context.Context, func(Conn) error) error {
	if err := q.fault.Load(); err != nil {
		return *err
	}
	return nil
}

type fakeRow struct {
	*fakeEngine
	query string
}

func (r fakeRow) Scan(dest ...any) error {
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

// errBusy is the error of a database that can be reached.
var errBusy = errors.New("busy")

func newFake(t *testing.T) (*Store, *fakeEngine) {
	t.Helper()
	q := new(fakeEngine)
	s, err := New(t.Context(), Config{
		Engine: q, Duplicate: func(error) bool { return false }, Permanent: func(error) bool { return false }, Unreachable: func(err error) bool { return !errors.Is(err, errBusy) },
		Changed: func(context.Context) (bool, error) { return true, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, q
}

// TestVersionChangesEverySecondWhileTheDatabaseDoesNotAnswer, because another
// process may have changed what is cached.
func TestVersionChangesEverySecondWhileTheDatabaseDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newFake(t)
		defer func() { _ = s.Close() }()
		time.Sleep(10 * time.Second)
		if s.Version() != 2 {
			t.Fatalf("nothing has changed, and the version is %d", s.Version())
		}
		silent := make(chan struct{})
		q.silent.Store(&silent)
		for range 20 {
			before := s.Version()
			time.Sleep(time.Second)
			if s.Version() == before {
				t.Fatal("the version did not change for a second")
			}
		}
		close(silent)
		time.Sleep(time.Second)
		before := s.Version()
		time.Sleep(10 * time.Second)
		if s.Version() != before {
			t.Error("the version changes although the database answers")
		}
	})
}

// TestOnlyAProcessThatStoresManyRowsIndexesTokensBetweenSweeps: one that stores few reads nothing.
func TestOnlyAProcessThatStoresManyRowsIndexesTokensBetweenSweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newFake(t)
		defer func() { _ = s.Close() }()
		for _, c := range []struct {
			rows uint64
			want int64
		}{{0, 0}, {rowsForRuns - 1, 0}, {1, 1}, {0, 0}, {rowsForRuns, 1}, {100 * rowsForRuns, 1}} {
			before := q.looks.Load()
			s.rows.Add(c.rows)
			time.Sleep(2 * recentAge)
			if n := q.looks.Load() - before; n != c.want {
				t.Errorf("after %d rows, the process looks for new tokens %d times", c.rows, n)
			}
		}
	})
}

// wantUnreachable compares what a Store reports about its database.
func wantUnreachable(t *testing.T, s *Store, want bool) {
	t.Helper()
	if got := s.reachability.lost(); got != want {
		t.Errorf("unreachable: %v, want %v", got, want)
	}
}

// fail makes all calls return an error, or with nil, succeed.
func (q *fakeEngine) fail(err error) {
	if q.fault.Store(nil); err != nil {
		q.fault.Store(&err)
	}
}

func TestDatabaseIsUnreachableFromTheFirstFailureToTheNextSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newFake(t)
		defer func() { _ = s.Close() }()
		time.Sleep(lookEvery / 2) // between two looks for changes
		for _, err := range []error{nil, errors.New("unreachable"), errors.New("unreachable"), nil, errors.New("unreachable"), nil} {
			q.fail(err)
			if got := s.Ping(t.Context()); errors.Is(got, oauth.ErrUnavailable) != (err != nil) {
				t.Errorf("%v became %v", err, got)
			}
			wantUnreachable(t, s, err != nil)
		}
	})
}

// A caller that gives up and a busy database do not make the database
// unreachable.
func TestClientsCannotMakeTheDatabaseUnreachable(t *testing.T) {
	s, q := newFake(t)
	defer func() { _ = s.Close() }()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx context.Context //nolint:containedctx // the caller's
		err error
	}{{gone, context.Canceled}, {gone, errors.New("unreachable")}, {t.Context(), errBusy}} {
		q.fail(c.err)
		for name, err := range map[string]error{"read": s.Ping(c.ctx), "write": s.Writable(c.ctx)} {
			if !errors.Is(err, oauth.ErrUnavailable) {
				t.Errorf("a %s that fails with %v returns %v", name, c.err, err)
			}
		}
		q.fail(nil)
		wantUnreachable(t, s, false)
	}
	if n := s.unavailable.Load(); n != 2 {
		t.Errorf("%d calls count as unavailable, want those of the caller that waited", n)
	}
}

// If other callers are answered, the database is busy, or another transaction
// holds a lock.
func TestTimeoutOfOneCallerDoesNotMakeTheDatabaseUnreachable(t *testing.T) {
	for name, answered := range map[string]bool{"others are answered": true, "nobody is answered": false} {
		t.Run(name, func(t *testing.T) {
			s, q := newFake(t)
			defer func() { _ = s.Close() }()
			call := s.begin(t.Context(), "", writes)
			if answered {
				_ = s.Ping(t.Context()) // it fails to find a row
			}
			if err := call.end(fmt.Errorf("timeout: %w", context.DeadlineExceeded)); !errors.Is(err, oauth.ErrUnavailable) {
				t.Error(err)
			}
			q.fail(nil)
			wantUnreachable(t, s, !answered)
		})
	}
}

func TestSuccessfulReadDoesNotShowThatWritesSucceed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := newFake(t)
		defer func() { _ = s.Close() }()
		time.Sleep(lookEvery / 2)                                                // between two looks for changes
		for _, call := range []func(context.Context) error{s.Ping, s.Writable} { // first unreachable, then read-only
			q.fail(errors.New("unreachable"))
			_ = call(t.Context())
		}
		q.fail(nil)
		time.Sleep(sweepEvery / 2) // in this time the changes are read
		_ = s.Ping(t.Context())
		wantUnreachable(t, s, true)
		if err := s.Writable(t.Context()); err != nil {
			t.Error(err)
		}
		wantUnreachable(t, s, false)
	})
}

// TestVersionDoesNotRelyOnAnOldLook checks that a process that was stopped serves nothing
// from a cache until it has read it again.
func TestVersionDoesNotRelyOnAnOldLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{begun: time.Now()} // without its watcher
		for range 3 {
			before := s.Version()
			time.Sleep(lookEvery + lookPatience)
			if s.Version() != before {
				t.Error("the version changed although the last look is not old")
			}
			time.Sleep(maxLookAge)
			changed := s.Version()
			if changed == before {
				t.Error("the version did not change although the last look is old")
			}
			if s.Version() != changed {
				t.Error("the version changes with each call")
			}
		}
	})
}
