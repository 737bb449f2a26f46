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
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options configure a database. The zero value is valid.
type Options struct {
	Clock  func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil logs nothing
	Trace  sqlstore.Trace   // may be nil
}

// dataSource matches data source names, and databases that are not files.
var dataSource = regexp.MustCompile(`(?i)^file:|:memory:|\?[a-z_]+=`)

// CheckPath returns an error if the path of a database is empty, a data source name such as
// "file:shop.db?mode=ro", or ":memory:". Otherwise, a file with that name would be created.
func CheckPath(path string) error {
	switch {
	case path == "":
		return errors.New("the path is empty. Set it to the path of a file, such as latchkey.db")
	case strings.Contains(path, ":memory:"):
		return errors.New("it is in memory. Use package memstore, or the path of a file")
	case dataSource.MatchString(path):
		return errors.New("it is a data source name. Use the path of a file, without file: and parameters")
	}
	return nil
}

// Open opens the database file at path, creates it if it does not exist, and
// brings its tables up to date. An acknowledged write is on disk
// (synchronous=FULL). Only the owner can read the file. It must not be on a
// network file system. A data source name and ":memory:" are errors, see CheckPath.
func Open(ctx context.Context, path string, o Options) (*sqlstore.Store, error) {
	write, read, _, err := databases(ctx, path)
	if err != nil {
		return nil, err
	}
	version, err := tablesVersion(ctx, path, read)
	if err != nil {
		return nil, errors.Join(err, write.Close(), read.Close())
	}
	read.SetMaxOpenConns(usualReaders())
	read.SetMaxIdleConns(usualReaders())
	store, err := newStore(ctx, pools{write: write, read: read, readers: usualReaders() - 1}, version, o)
	if err != nil {
		return nil, errors.Join(err, write.Close(), read.Close())
	}
	return store, nil
}

// usualReaders returns how many connections read.
func usualReaders() int { return max(4, 2*runtime.GOMAXPROCS(0)) }

// newStore returns a Store on a database whose tables are up to date. If it fails, it
// does not close the pools.
func newStore(ctx context.Context, p pools, version sqlstore.TablesVersion, o Options) (*sqlstore.Store, error) {
	watch, err := p.reader(ctx)
	if err != nil {
		return nil, err
	}
	engine, err := newEngine(ctx, p, watch)
	if err != nil {
		discard(watch)
		return nil, err
	}
	changes := &changes{conn: watch}
	store, err := sqlstore.New(ctx, sqlstore.Config{
		Engine: engine, Changed: changes.since, Duplicate: duplicate, Permanent: permanent, Unreachable: unreachable,
		Tables: version, Trace: o.Trace, Clock: o.Clock, Logger: o.Logger,
		OneFile: true, SizesQuery: `SELECT '', page_count * page_size FROM pragma_page_count, pragma_page_size`,
	})
	if err != nil {
		engine.release()
		return nil, err
	}
	return store, nil
}

// databases opens the file twice: for writing, with one connection, and for
// reading. It brings the tables up to date, and returns the names of the steps.
func databases(ctx context.Context, path string) (write, read *sql.DB, ran []string, err error) {
	if err := CheckPath(path); err != nil {
		return nil, nil, nil, fmt.Errorf("sqlite: the database %q cannot be opened: %w", path, err)
	}
	if err := checkSpace(path); err != nil {
		return nil, nil, nil, fmt.Errorf("database %s cannot be created: %w", path, err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, nil, nil, fmt.Errorf("database %s is a folder. Add the name of the file, such as %s", path, filepath.Join(path, "latchkey.db"))
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("database %s cannot be opened: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return nil, nil, nil, err
	}
	// A log of 16 MB is rarely checkpointed, and is soon overwritten from its
	// beginning: to sync overwritten pages costs half as much as to sync new ones.
	write, err = sql.Open("sqlite", source(path, oauth.MaxStoreWait, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)"))
	if err != nil {
		return nil, nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if ran, err = migrate(ctx, write); err != nil {
		return nil, nil, ran, errors.Join(fmt.Errorf("database %s: %w", path, err), write.Close())
	}
	read, err = sql.Open("sqlite", source(path, readPatience, "_pragma=query_only(1)"))
	if err != nil {
		return nil, nil, nil, errors.Join(err, write.Close())
	}
	return write, read, ran, nil
}

// neededSpace is the size of a new database and its log, in bytes.
const neededSpace = 512 << 10

// checkSpace checks that there is enough space for a database that does not exist
// yet, so that nothing is created on a full disk.
func checkSpace(path string) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it, or the target of a link, reports more
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return &folderError{filepath.Dir(path)}
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-space-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	_, err = file.Write(make([]byte, neededSpace))
	return err
}

// A folderError reports that a folder does not exist. It wraps fs.ErrNotExist.
type folderError struct{ folder string }

func (e *folderError) Error() string {
	return fmt.Sprintf("the folder %s does not exist. Create it, or correct the path", e.folder)
}

func (*folderError) Unwrap() error { return fs.ErrNotExist }

// readPatience is how long a read waits for a lock. Other processes hold locks
// against reading only for moments.
const readPatience = 2 * time.Second

// source returns the data source name of a file, for connections that wait for a
// lock for the given time.
func source(path string, patience time.Duration, pragmas string) string {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return fmt.Sprintf("file:%s?_pragma=busy_timeout(%d)&_pragma=cache_size(-16000)&%s", escaped, patience.Milliseconds(), pragmas)
}

// changes watches SQLite's data_version, which changes when another connection
// has committed.
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

// unreachable reports whether the file cannot be read or written, because of the
// disk, or because another process locks it for too long.
func unreachable(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return errors.Is(err, sqlstore.ErrNoResult)
	}
	return e.Code()&0xff != sqlite3.SQLITE_INTERRUPT
}

// duplicate reports whether a row with the same key exists.
func duplicate(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
}

// permanent reports whether the error is a wrong statement, a violated constraint
// or a row that cannot be scanned. A later call would fail in the same way.
func permanent(err error) bool {
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
