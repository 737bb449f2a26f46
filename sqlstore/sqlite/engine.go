package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// engine is a database with one connection for writing, and several others for
// reading.
type engine struct {
	pools
	watch   *sql.Conn // see changes; may be nil
	writer  *writer
	commits *sqlstore.Group[*job]
	readers *readers
}

// newEngine returns the engine of two pools. It takes one connection for writing.
func newEngine(ctx context.Context, p pools, watch *sql.Conn) (*engine, error) {
	conn, err := p.writer(ctx)
	if err != nil {
		return nil, err
	}
	e := &engine{pools: p, watch: watch, writer: &writer{connection: newConnection(conn)}, readers: newReaders(p)}
	e.commits = sqlstore.NewGroup(sqlstore.GroupOptions[*job]{Workers: 1, Send: e.writer.commit, Patience: oauth.MaxStoreWait, Abandon: (*job).Abandon})
	return e, nil
}

// Do queues a job for the next transaction, and waits until that is durable.
func (e *engine) Do(ctx context.Context, run func(sqlstore.Conn) error) error {
	j := &job{run: run}
	err := e.commits.Do(ctx, j, oauth.StoreWaitLeft(ctx))
	if errors.Is(err, sqlstore.ErrNoResult) {
		return errHeld
	}
	if err != nil {
		return err
	}
	return j.err
}

// errHeld is sqlstore.ErrNoResult with the most frequent cause.
var errHeld = fmt.Errorf("%w. Another connection to the SQLite file may hold its write lock: keep the transactions of your program short, and run no other program that writes to the file for long", sqlstore.ErrNoResult)

// Batcher is nil: a statement of SQLite changes one table.
func (*engine) Batcher() sqlstore.Batcher { return nil }

// QueryRow reads one row.
func (e *engine) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	return readRow{e.readers, ctx, query, args}
}

// readRow is a row that is read when it is scanned.
type readRow struct {
	readers *readers
	ctx     context.Context //nolint:containedctx // it lives no longer than the call
	query   string
	args    []any
}

func (r readRow) Scan(dest ...any) (err error) {
	c, err := r.readers.take(r.ctx)
	if err != nil {
		return err
	}
	defer r.readers.put(c)
	if unusable := c.use(func() { err = c.scan(r.query, r.args, dest) }); unusable != nil {
		return unusable
	}
	return err
}

// Query reads rows.
func (e *engine) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	c, err := e.readers.take(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller's
	if err != nil {
		e.readers.put(c)
		return nil, err
	}
	return rows{found, sync.OnceFunc(func() { e.readers.put(c) })}, nil
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

// Stats returns what the engine does.
func (e *engine) Stats() sqlstore.EngineStats {
	pool, idle := e.read.Stats(), e.readers.count()
	stats := sqlstore.PoolStats{Max: pool.MaxOpenConnections, InUse: pool.InUse - idle, Idle: pool.Idle + idle}
	if e.shared { // the other connections are those of the host program
		stats = sqlstore.PoolStats{Max: cap(e.readers.free), InUse: len(e.readers.free), Idle: idle}
	}
	stats.Waits, stats.Waited = e.readers.waits.Load(), time.Duration(e.readers.waited.Load())
	return sqlstore.EngineStats{Commits: e.commits.Stats(), Pool: stats}
}

// Close commits what is queued, and closes all connections and, unless they are
// shared, the pools.
func (e *engine) Close() error {
	e.release()
	if e.shared {
		return nil
	}
	return errors.Join(e.read.Close(), e.write.Close())
}

// release commits what is queued, and closes all connections. One that is in use
// outlives its pool, and while any is open, SQLite leaves its log behind.
func (e *engine) release() {
	if e.watch != nil {
		discard(e.watch)
	}
	e.commits.Close()
	e.writer.connection.close()
	e.readers.close()
}
