package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// pools are the pools from which the connections of an engine come.
type pools struct {
	write, read *sql.DB
	readers     int // the number of connections that read at the same time; 0 means maxReaders
	// shared reports that both are the pool of the host program.
	shared bool
}

// ownSettings are the settings of a connection from a shared pool. A connection that
// writes waits for the disk, even if the connections of the host program do not.
const (
	ownSettings    = `PRAGMA busy_timeout = %d; PRAGMA cache_size = -16000; PRAGMA case_sensitive_like = 0; `
	writerSettings = ownSettings + `PRAGMA query_only = 0; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000`
	readerSettings = ownSettings + `PRAGMA query_only = 1`
)

// writer returns a connection that can write.
func (p pools) writer(ctx context.Context) (*sql.Conn, error) {
	return p.connect(ctx, p.write, fmt.Sprintf(writerSettings, oauth.MaxStoreWait.Milliseconds()))
}

// reader returns a connection that cannot write.
func (p pools) reader(ctx context.Context) (*sql.Conn, error) {
	return p.connect(ctx, p.read, fmt.Sprintf(readerSettings, readPatience.Milliseconds()))
}

// connect returns a connection of a pool, and applies the settings if the pool is
// shared. Those of other pools are in the data source name.
func (p pools) connect(ctx context.Context, pool *sql.DB, settings string) (*sql.Conn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil || !p.shared {
		return conn, err
	}
	if _, err := conn.ExecContext(ctx, settings); err != nil {
		discard(conn)
		return nil, err
	}
	return conn, nil
}

// The connections that a shared pool must allow: for writing, for watching changes, for
// reading, and for the host program.
const leastShared = 4

// Use returns a Store in a database that the host program has opened with the driver
// modernc.org/sqlite, and brings Latchkey's tables there up to date. Their names begin
// with latchkey_, and so does the name of the table in which their version is recorded,
// so the host can have any other tables, and use goose too.
//
//	db, err := sql.Open("sqlite", "file:shop.db?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
//	store, err := sqlite.Use(ctx, db, sqlite.Options{})
//
// Use returns an error that says what to change, unless
//
//   - the database is a file, in which journal_mode is WAL;
//   - synchronous of the host's connections is not OFF. NORMAL is enough: it can lose
//     the last writes of the host in a power failure, but not those of Latchkey;
//   - locking_mode is NORMAL;
//   - the connections do not share a cache (cache=shared), because with one, readers wait
//     for writers;
//   - the pool has no limit (SetMaxOpenConns), or one of at least 4 connections. At most
//     2 + max(4, 2×GOMAXPROCS) of them are in use by the Store until it is closed.
//
// The settings of the host's connections do not change. Set busy_timeout on them,
// because the host waits for Latchkey's writes, which take milliseconds. Latchkey waits
// for those of the host too, for at most oauth.MaxStoreWait, so keep them short.
// Latchkey's writes are never part of a transaction of the host.
//
// Closing the Store closes its connections, but not the pool: close the Store first. The
// file contains hashes of tokens, and encrypted keys. Only the program should be able to
// read it.
func Use(ctx context.Context, db *sql.DB, o Options) (*sqlstore.Store, error) {
	if db == nil {
		return nil, errors.New("sqlite: the database is nil. Open it with sql.Open, and check its error")
	}
	path, err := checkShared(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("sqlite: the database cannot be shared: %w", err)
	}
	if _, err := migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	version, err := tablesVersion(ctx, path, db)
	if err != nil {
		return nil, err
	}
	readers := usualReaders()
	if limit := db.Stats().MaxOpenConnections; limit > 0 {
		readers = min(readers, limit-leastShared+1)
	}
	return newStore(ctx, pools{write: db, read: db, readers: readers, shared: true}, version, o)
}

// checkShared returns the path of a database that can be shared, or all reasons why it
// cannot be shared.
func checkShared(ctx context.Context, db *sql.DB) (path string, err error) {
	if _, ours := db.Driver().(*sqlite.Driver); !ours {
		return "", fmt.Errorf("its driver is %T. Open it with modernc.org/sqlite, without a wrapper", db.Driver())
	}
	if limit := db.Stats().MaxOpenConnections; limit > 0 && limit < leastShared {
		// The following queries could wait forever for a connection.
		return "", fmt.Errorf("the limit of its pool is %d, and at least %d connections are needed. Call SetMaxOpenConns(0), or with a larger number", limit, leastShared)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", unopened(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var journal, locking string
	var synchronous int
	err = conn.QueryRowContext(ctx, `SELECT (SELECT file FROM pragma_database_list WHERE name = 'main'), (SELECT journal_mode FROM pragma_journal_mode),
		(SELECT locking_mode FROM pragma_locking_mode), (SELECT synchronous FROM pragma_synchronous)`).Scan(&path, &journal, &locking, &synchronous)
	if err != nil {
		return "", unopened(err)
	}
	var faults []error
	if path == "" {
		faults = append(faults, errors.New("it is in memory. Use package memstore, or a file"))
	}
	if path != "" && !strings.EqualFold(journal, "wal") {
		faults = append(faults, fmt.Errorf("journal_mode is %s. Add _pragma=journal_mode(WAL) to the data source name", journal))
	}
	if synchronous == 0 {
		faults = append(faults, errors.New("synchronous is OFF, so a power failure can damage it. Add _pragma=synchronous(NORMAL) or (FULL) to the data source name"))
	}
	if !strings.EqualFold(locking, "normal") {
		faults = append(faults, fmt.Errorf("locking_mode is %s. Remove this setting from the data source name", locking))
	}
	if len(faults) == 0 {
		faults = append(faults, checkCache(ctx, db, conn))
	}
	return path, errors.Join(faults...)
}

// unopened adds to the error of a database that SQLite cannot open what the reason can be. A pool
// does not know its data source name.
func unopened(err error) error {
	var sqliteErr *sqlite.Error
	if errors.As(err, &sqliteErr) && sqliteErr.Code()&0xff == sqlite3.SQLITE_CANTOPEN {
		return fmt.Errorf("%w. Check the path in the data source name of sql.Open: its folder must exist and be writable, and without mode=rwc a file must exist", err)
	}
	return err
}

// checkCache returns an error if the connections of a pool share a cache. SQLite does not
// report that, but a connection then sees what another one has not committed.
func checkCache(ctx context.Context, db *sql.DB, conn *sql.Conn) (err error) {
	reader, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	var committed, seen int32
	if err := reader.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&committed); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, committed^1))
	if err == nil {
		err = reader.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&seen)
	}
	_, undone := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	if err = errors.Join(err, undone); err == nil && seen != committed {
		err = errors.New("its connections share a cache, so that readers wait for writers. Remove cache=shared from the data source name")
	}
	return err
}
