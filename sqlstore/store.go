// Package sqlstore implements a Store in SQL, for all engines. It links no driver:
// sqlstore/sqlite opens a Store on SQLite, and sqlstore/postgres on PostgreSQL.
//
// Reading order: engine.go says what an engine does, group.go how the writes of
// concurrent callers share a commit, and calls.go how a Store calls its engine.
// Then come the operations of the protocol: tickets.go, spend.go, approve.go,
// families.go, revoke.go and access.go.
package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config configures a Store. Engine, Changed, Duplicate, Permanent and Unreachable are
// required. The functions are called concurrently.
type Config struct {
	// Engine runs the SQL. Store.Close closes it.
	Engine Engine
	// Changed reports whether another process may have committed since the last
	// call. It is called twice a second.
	Changed func(context.Context) (bool, error)
	// Duplicate reports whether a driver's error says that a row with the same
	// key exists.
	Duplicate func(error) bool
	// Permanent reports whether a driver's error says that a statement is wrong,
	// as opposed to a database that is unavailable at the moment.
	Permanent func(error) bool
	// Unreachable reports whether an error that is not Permanent shows that the
	// database cannot be reached or takes no writes. This is not the case if the
	// database is merely busy, or if a row is locked.
	Unreachable func(error) bool
	// Partitions manage the partitions of the token tables; nil means that the engine
	// has no partitions.
	Partitions Partitions
	// SizesQuery selects the name and the size in bytes of each table; see
	// oauth.TallyStore.TableSizes. If it is empty, the sizes are not known.
	SizesQuery string
	// OneFile is set if the database is one file.
	OneFile bool
	// Trace may be nil.
	Trace Trace
	// Tables are the versions of the tables.
	Tables TablesVersion
	// Warnings returns why acknowledged writes can be lost, and which other settings
	// are unsafe. Each is a sentence without a period at the end. A nil Warnings
	// means that there are no warnings.
	Warnings func(context.Context) ([]string, error)

	Clock func() time.Time // nil means time.Now
	// DatabaseClock is the clock of the database, if that may be on another
	// machine; nil means that it is the same clock.
	DatabaseClock func(context.Context) (time.Time, error)

	Logger *slog.Logger // nil logs nothing
}

// Trace is called when a round trip begins, with its statement, or with "" for a
// job that may run several. The function that it returns is called when the round
// trip ends; nil means that this round trip is not traced.
type Trace func(ctx context.Context, statement string) (end func(error))

// Store implements latchkey.Store. Open one with package sqlstore/sqlite or
// sqlstore/postgres. Its methods are documented at the interfaces that latchkey.Store
// consists of: oauth.Store, oauth.AdminStore, oauth.WebhookStore, account.Store,
// account.MailStore and audit.Store. It is safe for concurrent use, and deletes expired rows
// by itself.
type Store struct {
	Config
	oauth.IssuerClaim
	batcher    Batcher // of the Engine, or nil
	bound      *boundClients
	version    atomic.Uint64
	committed  atomic.Int64 // the version in latchkey_config_version when it was last read
	begun      time.Time    // when the Store was created
	looked     atomic.Int64 // how long after begun the last look that succeeded began, in nanoseconds
	roundTrips atomic.Uint64
	rows       *writtenRows
	answers    atomic.Uint64 // calls that the database answered
	// Failed calls, by whether a later call could have succeeded.
	unavailable, faults atomic.Uint64
	sweeps              sweeps
	reachability        reachability
	unwatched           atomic.Bool // the changes of other processes cannot be followed
	stop                context.CancelFunc
	background          sync.WaitGroup
	removing            chan struct{} // wakes runRemovals
	finishing           sync.Mutex    // held while finishAll runs
	removalBatch        int           // mostRemovalKeys, except in tests
	searchTime          time.Duration // mostSearchTime, except in tests
	runTokens           int           // runTokens, except in tests
}

// New returns a Store on databases that are open and migrated. Close stops it.
func New(ctx context.Context, c Config) (*Store, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{Config: c, batcher: c.Engine.Batcher(), bound: newBoundClients(), rows: newWrittenRows(), begun: time.Now(), removing: make(chan struct{}, 1), removalBatch: mostRemovalKeys, searchTime: mostSearchTime, runTokens: runTokens}
	s.version.Store(1)
	if err := s.mustBeComplete(ctx); err != nil {
		return nil, err
	}
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	if s.Tables.Newer() {
		s.Logger.InfoContext(ctx, "the tables of the database belong to a newer release; this release works with them", "version", s.Tables.Have, "known", s.Tables.Known)
	}
	s.logWarnings(ctx)
	s.firstPartitions(ctx)
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	for _, work := range []func(context.Context){s.watch, s.runSweeper, s.runRemovals} {
		s.background.Go(func() {
			defer crash.Log(s.Logger)
			work(watching)
		})
	}
	return s, nil
}

// firstPartitions creates the partitions for the current time, and warns of a
// missing right even if there are enough partitions at the moment.
func (s *Store) firstPartitions(ctx context.Context) {
	if s.Partitions == nil {
		return
	}
	missing, err := s.MissingRights(ctx)
	created := s.Partitions.CreateAhead(ctx, s.Clock())
	if missing != "" {
		s.Logger.WarnContext(ctx, "permissions are missing in the database, so expired rows will not be deleted", "error", missing)
		return
	}
	s.warn(ctx, "partitions could not be created; this will be retried", errors.Join(err, created))
}

// MissingRights returns a sentence that names a missing right in the database
// that sweeping needs, and says how to grant it, or "" if none is missing.
func (s *Store) MissingRights(ctx context.Context) (string, error) {
	if s.Partitions == nil {
		return "", nil
	}
	call := s.begin(ctx, "", reads)
	missing, err := s.Partitions.MissingRights(ctx)
	return missing, call.end(err)
}

// logWarnings logs the warnings about the database.
func (s *Store) logWarnings(ctx context.Context) {
	if s.Warnings == nil || !s.Logger.Enabled(ctx, slog.LevelWarn) {
		return
	}
	warnings, err := s.Warnings(ctx)
	s.warn(ctx, "the settings of the database could not be read", err)
	for _, warning := range warnings {
		s.Logger.WarnContext(ctx, warning)
	}
}

// CopyLease is the name of the row in latchkey_lease that marks a database into
// which another one is being copied. Its holder is the name of the source.
const CopyLease = "copy"

// ErrIncompleteCopy is returned for a database that is an incomplete copy.
var ErrIncompleteCopy = errors.New("a copy into this database has begun and has not been completed: run the same latchkey db copy again, which continues where it stopped")

// mustBeComplete returns an error for a database that is an incomplete copy.
func (s *Store) mustBeComplete(ctx context.Context) error {
	var source string
	err := s.row(ctx, `SELECT holder FROM latchkey_lease WHERE name = $1`, CopyLease).Scan(&source)
	switch {
	case err == nil:
		return fmt.Errorf("%w (from %s)", ErrIncompleteCopy, source)
	case Expected(err):
		return nil
	}
	return err
}

// Close commits what is queued, and closes the Store.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	return s.Engine.Close()
}

// RoundTrips returns the number of calls to the database so far: one for each
// read, and one for each write that was waited for. Checks for changes by other
// processes are not counted.
func (s *Store) RoundTrips() uint64 { return s.roundTrips.Load() }

// Rows returns the number of rows that the operations of the protocol have written
// so far.
func (s *Store) Rows() uint64 { return s.rows.Load() }

// Version returns a number that changes whenever a client, a signing key, a definition or a
// login provider changes.
func (s *Store) Version() uint64 {
	if now := time.Since(s.begun); now-time.Duration(s.looked.Load()) > maxLookAge {
		s.version.Add(1)
		s.looked.Store(int64(now))
	}
	return s.version.Load()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.row(ctx, `SELECT 1`).Scan(&one)
}

// Writable reports whether the database takes writes. It writes the time of the
// call.
func (s *Store) Writable(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ('written', '', $1) ON CONFLICT (name) DO UPDATE SET until = excluded.until`, s.Clock().UnixMicro())
	})
}

// warn logs a failure of a background task, if there was one.
func (s *Store) warn(ctx context.Context, text string, err error) {
	if err != nil && ctx.Err() == nil {
		s.Logger.WarnContext(ctx, text, "error", err.Error())
	}
}
