package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// engine is a database with one connection for writing, and several others for
// reading.
type engine struct {
	write, read *sql.DB
	watch       *sql.Conn // see changes; may be nil
	writer      *writer
	commits     *sqlstore.Group[*job]
	readers     *readers
	statements  sync.Map // of read, by their SQL: *sql.Stmt
}

// newEngine returns the engine of two pools; that for writing has one
// connection. The engine closes them.
func newEngine(ctx context.Context, write, read *sql.DB, watch *sql.Conn) (*engine, error) {
	conn, err := write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	e := &engine{write: write, read: read, watch: watch, writer: &writer{conn: conn, statements: make(map[string]*sql.Stmt)}, readers: newReaders(read, watch)}
	e.commits = sqlstore.NewGroup(sqlstore.GroupOptions[*job]{Workers: 1, Send: e.writer.commit, Patience: oauth.MaxStoreWait, Abandon: (*job).Abandon})
	return e, nil
}

// Do queues a job for the next transaction, and waits until that is durable.
func (e *engine) Do(ctx context.Context, run func(sqlstore.Conn) error) error {
	j := &job{run: run}
	if err := e.commits.Do(ctx, j, oauth.StoreWaitLeft(ctx)); err != nil {
		return err
	}
	return j.err
}

// Batcher is nil: a statement of SQLite changes one table.
func (*engine) Batcher() sqlstore.Batcher { return nil }

// QueryRow reads one row.
func (e *engine) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	if err := e.readers.acquire(oauth.StoreWaitLeft(ctx)); err != nil {
		return failedRow{err}
	}
	statement, err := e.prepared(ctx, query)
	if err != nil {
		e.readers.release()
		return failedRow{err}
	}
	return row{statement.QueryRowContext(ctx, args...), e.readers}
}

// row is one row of a read, which must be scanned.
type row struct {
	*sql.Row
	readers *readers
}

func (r row) Scan(dest ...any) error {
	defer r.readers.release()
	return r.Row.Scan(dest...)
}

// Query reads rows.
func (e *engine) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	if err := e.readers.acquire(oauth.StoreWaitLeft(ctx)); err != nil {
		return nil, err
	}
	found, err := e.read.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller's
	if err != nil {
		e.readers.release()
		return nil, err
	}
	return rows{found, sync.OnceFunc(e.readers.release)}, nil
}

// rows are the rows of a read.
type rows struct {
	*sql.Rows
	release func()
}

func (r rows) Close() error {
	defer r.release()
	return r.Rows.Close()
}

func (e *engine) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement, known := e.statements.Load(query); known {
		return statement.(*sql.Stmt), nil
	}
	statement, err := e.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, raced := e.statements.LoadOrStore(query, statement); raced {
		_ = statement.Close()
		return other.(*sql.Stmt), nil
	}
	return statement, nil
}

// failedRow is a row whose query failed.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// Stats returns what the engine does.
func (e *engine) Stats() sqlstore.EngineStats {
	pool := e.read.Stats()
	return sqlstore.EngineStats{
		Commits: e.commits.Stats(),
		Pool: sqlstore.PoolStats{
			Max: pool.MaxOpenConnections, InUse: pool.InUse, Idle: pool.Idle, Waits: e.readers.waits.Load(), Waited: time.Duration(e.readers.waited.Load()),
		},
	}
}

// Close commits what is queued, and closes all connections. One that is in use
// outlives its pool, and while any is open, SQLite leaves its log behind.
func (e *engine) Close() error {
	if e.watch != nil {
		_ = e.watch.Close() // it may be closed already
	}
	e.commits.Close()
	e.writer.close()
	return errors.Join(e.read.Close(), e.write.Close())
}
