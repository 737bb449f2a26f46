// Package sqlite opens a Store on an embedded SQLite database.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options of a database; the zero value works.
type Options struct {
	Clock  func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil logs nothing
	Trace  sqlstore.Trace   // may be nil
}

// Open opens the database file at path, makes it if it is not there, and
// brings its tables up to date. What is acknowledged is on disk
// (synchronous=FULL); the file is for its owner alone. Never put it on a
// network file system.
func Open(ctx context.Context, path string, o Options) (*sqlstore.Store, error) {
	write, read, _, err := databases(ctx, path)
	if err != nil {
		return nil, err
	}
	version, err := tablesVersion(ctx, path, read)
	if err != nil {
		return nil, errors.Join(err, write.Close(), read.Close())
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	watch, err := read.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, write.Close(), read.Close())
	}
	changes := &changes{conn: watch}
	serial, err := sqlstore.NewSerialEngine(ctx, write, read)
	if err != nil {
		return nil, errors.Join(err, watch.Close(), write.Close(), read.Close())
	}
	engine := engine{serial, watch}
	store, err := sqlstore.New(ctx, sqlstore.Config{
		Engine: engine, Changed: changes.since, Duplicate: duplicate, Fatal: fatal, Away: away, Tables: version, Trace: o.Trace, Clock: o.Clock, Logger: o.Logger,
	})
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return store, nil
}

// engine also ends the connection that watches: one that is in use outlives its
// pool, and while any is open SQLite leaves its log behind.
type engine struct {
	sqlstore.Engine
	watch *sql.Conn
}

func (e engine) Close() error {
	_ = e.watch.Close() // it may be closed already
	return e.Engine.Close()
}

// databases opens the file twice: to write, with one connection and the tables
// up to date, and to read. It names the steps that brought them there.
func databases(ctx context.Context, path string) (write, read *sql.DB, ran []string, err error) {
	if err := room(path); err != nil {
		return nil, nil, nil, fmt.Errorf("database %s cannot be made: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := file.Close(); err != nil {
		return nil, nil, nil, err
	}
	// A log of 16 MB is checkpointed seldom, yet soon written over from its
	// beginning: to sync what overwrites costs half of what appends.
	write, err = sql.Open("sqlite", source(path, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)"))
	if err != nil {
		return nil, nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if ran, err = migrate(ctx, write); err != nil {
		return nil, nil, ran, errors.Join(fmt.Errorf("database %s: %w", path, err), write.Close())
	}
	read, err = sql.Open("sqlite", source(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, nil, nil, errors.Join(err, write.Close())
	}
	return write, read, ran, nil
}

// roomFor is what a new database and its log take, in bytes.
const roomFor = 512 << 10

// room tries whether there is enough of it for a database that is not there yet,
// so that nothing is begun on a disk that is full.
func room(path string) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it, or what a link leads to, tells more
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-room-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	_, err = file.Write(make([]byte, roomFor))
	return err
}

func source(path, pragmas string) string {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?_pragma=busy_timeout(5000)&_pragma=cache_size(-16000)&" + pragmas
}

// changes watches SQLite's data_version, which counts up when another
// connection has committed.
type changes struct {
	conn *sql.Conn
	mu   sync.Mutex
	last int64
}

func (c *changes) since(ctx context.Context) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var version int64
	if err := c.conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
		return false, err
	}
	changed := version != c.last
	c.last = version
	return changed, nil
}

// away reports whether the file cannot be read or written: because of the
// disk, or of another process that has it for too long.
func away(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code()&0xff != sqlite3.SQLITE_INTERRUPT
}

// duplicate reports whether a row with the same key exists.
func duplicate(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
}

// fatal reports whether the error is a wrong statement, a broken rule or a row
// that cannot be read, which waiting does not mend.
func fatal(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return strings.Contains(err.Error(), "sql: Scan error") // database/sql has no type for it
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}
