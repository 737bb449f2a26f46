// Package sqlstore is the SQL of a Store, once, for every engine. It links no
// driver: sqlstore/sqlite opens it on SQLite.
//
// Read store.go and writer.go first: reads go to a pool, writes to one
// committer that lets concurrent writes share a commit. Then codes.go,
// families.go and access.go hold the verbs of the protocol.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config is what an engine gives to make a Store.
type Config struct {
	// Write has one connection, Read as many as may read at once.
	Write, Read *sql.DB
	// Changed reports whether another process has committed since the last
	// call; it is asked twice a second.
	Changed func(context.Context) (bool, error)
	// Fatal reports whether a driver's error says that a statement was wrong,
	// rather than that the database cannot do it now.
	Fatal func(error) bool

	Clock  func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil logs nothing
}

// Store implements oauth.Store, oauth.AdminStore and account.Store.
type Store struct {
	Config
	writer     *writer
	reads      sync.Map // SQL text → *sql.Stmt
	version    atomic.Uint64
	committed  atomic.Int64 // the config_version row as last seen
	roundTrips atomic.Uint64
	rows       atomic.Uint64
	stop       context.CancelFunc
	background sync.WaitGroup
}

// New makes a Store of open and migrated databases. Close ends it.
func New(ctx context.Context, c Config) (*Store, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{Config: c}
	var err error
	if s.writer, err = newWriter(ctx, c.Write); err != nil {
		return nil, err
	}
	s.version.Store(1)
	if err := s.refresh(ctx); err != nil {
		s.writer.close()
		return nil, err
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() { s.watch(watching) })
	s.background.Go(func() { s.runSweeper(watching) })
	return s, nil
}

// Close ends the Store: what was queued is committed first.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	s.writer.close()
	return errors.Join(s.Read.Close(), s.Write.Close())
}

// RoundTrips counts the calls to the database so far, one for each read and
// for each write that had to be waited for.
func (s *Store) RoundTrips() uint64 { return s.roundTrips.Load() }

// Rows counts the rows written so far by the verbs of the protocol.
func (s *Store) Rows() uint64 { return s.rows.Load() }

// Version changes whenever a client or a signing key has changed.
func (s *Store) Version() uint64 { return s.version.Load() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.row(ctx, `SELECT 1`).Scan(&one)
}

// watch follows the changes that other processes make.
func (s *Store) watch(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := s.Changed(ctx)
		if err == nil && changed {
			err = s.refresh(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "cannot follow the changes of other processes", "error", err.Error())
		}
	}
}

// refresh counts Version up if the row says that something changed.
func (s *Store) refresh(ctx context.Context) error {
	var committed int64
	if err := s.row(ctx, `SELECT version FROM config_version WHERE id = 1`).Scan(&committed); err != nil {
		return err
	}
	if s.committed.Swap(committed) != committed {
		s.version.Add(1)
	}
	return nil
}

// row reads one row. The request's context is not given to the driver: a read
// by key is over before anybody could cancel it, and cancelling costs a
// goroutine each time.
func (s *Store) row(ctx context.Context, query string, args ...any) scanner {
	s.roundTrips.Add(1)
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return scanner{err: s.failure(err)}
	}
	return scanner{row: stmt.QueryRowContext(context.WithoutCancel(ctx), args...), s: s}
}

func (s *Store) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, known := s.reads.Load(query); known {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.Read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, raced := s.reads.LoadOrStore(query, stmt); raced {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	return stmt, nil
}

// scanner is a row, or the reason why there is none.
type scanner struct {
	row *sql.Row
	s   *Store
	err error
}

func (r scanner) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.s.failure(r.row.Scan(dest...))
}

// write runs a job in a transaction that it may share with others, and waits
// until it is durable.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	s.roundTrips.Add(1)
	return s.failure(s.writer.do(ctx, &job{run: run}))
}

// failure turns a driver's error into one that a caller knows.
func (s *Store) failure(err error) error {
	switch {
	case err == nil, expected(err):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return errNotFound
	case s.Fatal(err):
		return err
	}
	return unavailable{err}
}

// expected reports whether the error is an answer and not a failure.
func expected(err error) bool {
	return errors.Is(err, oauth.ErrNotFound) || errors.Is(err, oauth.ErrConflict)
}

// both is a sentinel of both packages that this Store serves.
type both struct{ oauth, account error }

func (b both) Error() string   { return b.oauth.Error() }
func (b both) Unwrap() []error { return []error{b.oauth, b.account} }

var (
	errNotFound error = both{oauth.ErrNotFound, account.ErrNotFound}
	errConflict error = both{oauth.ErrConflict, account.ErrConflict}
)

// unavailable is a failure that may pass.
type unavailable struct{ err error }

func (u unavailable) Error() string { return "storage unavailable: " + u.err.Error() }
func (u unavailable) Unwrap() []error {
	return []error{oauth.ErrUnavailable, account.ErrUnavailable, u.err}
}
