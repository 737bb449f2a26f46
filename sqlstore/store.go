// Package sqlstore is the SQL of a Store, once, for every engine. It links no
// driver: sqlstore/sqlite opens it on SQLite, sqlstore/postgres on PostgreSQL.
//
// Read engine.go and store.go first: what an engine does, and how reads and
// writes go to it; writer.go is the committer of SQLite. Then codes.go,
// families.go and access.go hold the verbs of the protocol, and piped.go those
// of them that an engine can do in one statement.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config is what an engine gives to make a Store.
type Config struct {
	Engine Engine
	// Changed reports whether another process may have committed since the
	// last call; it is asked twice a second.
	Changed func(context.Context) (bool, error)
	// Duplicate reports whether a driver's error says that a row with the same
	// key exists.
	Duplicate func(error) bool
	// Fatal reports whether a driver's error says that a statement was wrong,
	// rather than that the database cannot do it now.
	Fatal func(error) bool
	// Away reports whether an error that is not Fatal shows that the database
	// could not be reached, or takes no writes: and not that it has too much to
	// do, or somebody else in the way.
	Away func(error) bool
	// Partitions are those of the token tables; nil means that they have none.
	Partitions Partitions
	// Trace may be nil.
	Trace Trace
	// Tables are the versions of the tables.
	Tables TablesVersion
	// Doubts tells why what is acknowledged may not survive, each a sentence
	// without its full stop; nil means that there are none.
	Doubts func(context.Context) ([]string, error)

	Clock func() time.Time // nil means time.Now
	// DatabaseClock is that of the database, where it may be on another machine;
	// nil means that it is the same.
	DatabaseClock func(context.Context) (time.Time, error)

	Logger *slog.Logger // nil logs nothing
}

// Trace is told when a round trip begins, with its statement, or with "" for a
// job that may run several. What it gives is called when that is over; nil
// follows this one no further.
type Trace func(ctx context.Context, statement string) (over func(error))

// Store implements oauth.Store, oauth.AdminStore and account.Store.
type Store struct {
	Config
	piper      Piper // the Engine, if it is one
	version    atomic.Uint64
	committed  atomic.Int64 // the config_version row as last seen
	roundTrips atomic.Uint64
	rows       atomic.Uint64
	answers    atomic.Uint64 // calls that the database answered
	// Failed calls, by whether waiting could have mended them.
	unavailable, faults atomic.Uint64
	sweeps              sweeps
	outages             outages
	blind               atomic.Bool // the changes of others cannot be followed
	stop                context.CancelFunc
	background          sync.WaitGroup
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
	s.piper, _ = c.Engine.(Piper)
	s.version.Store(1)
	if err := s.whole(ctx); err != nil {
		return nil, err
	}
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	if s.Tables.Newer() {
		s.Logger.InfoContext(ctx, "the tables of the database are of a newer release; this one works on them", "version", s.Tables.Have, "known", s.Tables.Known)
	}
	s.tellDoubts(ctx)
	s.firstPartitions(ctx)
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() { s.watch(watching) })
	s.background.Go(func() { s.runSweeper(watching) })
	return s, nil
}

// firstPartitions makes those of now, and warns of a right that is missing
// though there may be enough of them yet.
func (s *Store) firstPartitions(ctx context.Context) {
	if s.Partitions == nil {
		return
	}
	lacks, err := s.Lacks(ctx)
	made := s.Partitions.MakeAhead(ctx, s.Clock())
	if lacks != "" {
		s.Logger.WarnContext(ctx, "the rights in the database are too few: soon nothing will be swept", "error", lacks)
		return
	}
	s.warn(ctx, "cannot make partitions; it will be tried again", errors.Join(err, made))
}

// Lacks tells which right in the database is missing to keep the Store swept,
// and how to give it, as a sentence; "" if none is.
func (s *Store) Lacks(ctx context.Context) (string, error) {
	if s.Partitions == nil {
		return "", nil
	}
	call := s.begin(ctx, "", reads)
	lacks, err := s.Partitions.Lacks(ctx)
	return lacks, call.end(err)
}

// tellDoubts logs why what is acknowledged may not survive, where somebody
// reads the log.
func (s *Store) tellDoubts(ctx context.Context) {
	if s.Doubts == nil || !s.Logger.Enabled(ctx, slog.LevelWarn) {
		return
	}
	doubts, err := s.Doubts(ctx)
	s.warn(ctx, "cannot tell whether what is acknowledged survives", err)
	for _, doubt := range doubts {
		s.Logger.WarnContext(ctx, doubt)
	}
}

// whole refuses a database that is half a copy.
func (s *Store) whole(ctx context.Context) error {
	var from string
	err := s.row(ctx, `SELECT holder FROM latchkey_lease WHERE name = $1`, copyLease).Scan(&from)
	switch {
	case err == nil:
		return fmt.Errorf("%w (from %s)", errUnfinished, from)
	case Expected(err):
		return nil
	}
	return err
}

// Close ends the Store: what was queued is committed first.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	return s.Engine.Close()
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

// Writable reports whether the database takes writes, by making one: it notes
// when that was.
func (s *Store) Writable(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ('written', '', $1) ON CONFLICT (name) DO UPDATE SET until = excluded.until`, s.Clock().UnixMicro())
	})
}

// What other processes change is asked for so often, and an answer waited for
// so long: together less than the second within which it is obeyed.
const (
	lookEvery    = 500 * time.Millisecond
	lookPatience = 400 * time.Millisecond
)

var errSilent = errors.New("the database does not answer")

// watch follows the changes that other processes make. While it cannot, what
// was remembered counts no longer: a client may have been disabled since.
func (s *Store) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	seen := make(chan error, 1)
	for blind, looking := false, false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !looking {
			looking = true
			s.background.Go(func() { seen <- s.look(ctx) })
		}
		var err error
		select {
		case <-ctx.Done():
			return
		case err = <-seen:
			looking = false
		case <-time.After(lookPatience):
			err = errSilent
		}
		if err != nil {
			s.version.Add(1)
		}
		switch {
		case err != nil && !blind:
			s.warn(ctx, "cannot follow the changes of other processes", err)
		case err == nil && blind:
			s.Logger.InfoContext(ctx, "the changes of other processes are followed again")
		}
		blind = err != nil
		s.blind.Store(blind)
	}
}

// look asks once whether other processes have changed something.
func (s *Store) look(ctx context.Context) error {
	changed, err := s.Changed(ctx)
	if err == nil && changed {
		err = s.refresh(ctx)
	}
	return err
}

// warn logs what went wrong behind the scenes, if anything did.
func (s *Store) warn(ctx context.Context, text string, err error) {
	if err != nil && ctx.Err() == nil {
		s.Logger.WarnContext(ctx, text, "error", err.Error())
	}
}

// refresh counts Version up if the row says that something changed.
func (s *Store) refresh(ctx context.Context) error {
	var committed int64
	if err := s.row(ctx, `SELECT version FROM latchkey_config_version WHERE id = 1`).Scan(&committed); err != nil {
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
	call := s.begin(ctx, query, reads)
	return scanner{s.Engine.QueryRow(context.WithoutCancel(ctx), query, args...), call}
}

// call is one to the database.
type call struct {
	s      *Store
	ctx    context.Context //nolint:containedctx // it lives no longer than the call
	writes bool
	before uint64      // the answers until then
	over   func(error) // of its trace, or nil
}

// What a call does.
const (
	reads  = false
	writes = true
)

// begin counts a round trip.
func (s *Store) begin(ctx context.Context, statement string, writes bool) call {
	s.roundTrips.Add(1)
	c := call{s: s, ctx: ctx, writes: writes, before: s.answers.Load()}
	if s.Trace != nil {
		c.over = s.Trace(ctx, statement)
	}
	return c
}

// end tells how a call ended, in an error that its caller knows.
func (c call) end(err error) error {
	err = c.s.failure(c, err)
	if c.over != nil {
		c.over(err)
	}
	return err
}

// scanner is a row whose failures a caller knows.
type scanner struct {
	row  Row
	call call
}

func (r scanner) Scan(dest ...any) error { return r.call.end(r.row.Scan(dest...)) }

// each reads rows.
func (s *Store) each(ctx context.Context, query string, args []any, scan func(Rows) error) (err error) {
	call := s.begin(ctx, query, reads)
	rows, err := s.Engine.Query(ctx, query, args...)
	if err != nil {
		return call.end(err)
	}
	defer func() { err = call.end(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// write runs a job in a transaction that it may share with others, and waits
// until it is durable.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	call := s.begin(ctx, "", writes)
	return call.end(s.Engine.Do(ctx, func(c Conn) error { return run(&tx{c}) }))
}

// failure turns a driver's error into one that a caller knows. A caller who
// gave up says nothing of the database; neither does one who waited for too long
// while others were answered.
func (s *Store) failure(c call, err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = errNotFound
	case err != nil && s.Duplicate(err):
		err = errConflict
	}
	switch {
	case err == nil, Expected(err):
		s.answers.Add(1)
		s.outages.answered(s.Clock, c.writes)
		return err
	case s.Fatal(err):
		s.faults.Add(1)
		return err
	case c.ctx.Err() != nil:
		return unavailable{err}
	case errors.Is(err, context.DeadlineExceeded) && s.answers.Load() != c.before:
	case s.Away(err):
		s.outages.failed(s.Clock(), c.writes)
	}
	s.unavailable.Add(1)
	return unavailable{err}
}

// Expected reports whether the error of a job is its answer and no failure.
func Expected(err error) bool {
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
