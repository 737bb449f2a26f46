package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// Statements that write share a transaction, and lookups by the same query
// become one query.
const (
	batchWorkers = 2
	batchBusy    = 5 * time.Millisecond
)

type batches = sqlstore.Group[*statement]

// engine is a pool of connections. It is its own Batcher.
type engine struct {
	connections
	writes, lookups *batches
	locked          *batches // writes that met a lock
	shared          bool     // the pool is that of the host program
}

// newEngine returns the engine of a pool. This package does not set the connections of a
// shared pool, as with a pooler.
func newEngine(pool *pgxpool.Pool, shared bool) *engine {
	c := connections{pool: pool, pooled: shared || pooled(pool.Config())}
	writer := &committer{connections: c}
	newBatches := func(workers int, send func([]*statement), together func(first, other *statement) bool) *batches {
		return sqlstore.NewGroup(sqlstore.GroupOptions[*statement]{
			Workers: workers, Send: send, Together: together, Busy: batchBusy, Patience: patience, Abandon: (*statement).Abandon,
		})
	}
	return &engine{
		connections: c, shared: shared,
		writes:  newBatches(batchWorkers, writer.commit, nil),
		lookups: newBatches(batchWorkers, finder{c}.find, func(first, other *statement) bool { return first.query == other.query }),
		locked:  newBatches(1, writer.insist, nil),
	}
}

// Batcher is the engine: a statement of PostgreSQL can change several tables.
func (e *engine) Batcher() sqlstore.Batcher { return e }

// Run runs a statement in a transaction that it may share with others.
func (e *engine) Run(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	return e.write(ctx, &statement{query: query, args: args, dest: dest})
}

// Insert inserts a row in a transaction that it may share with others, and by the
// same statement as their rows.
func (e *engine) Insert(ctx context.Context, query string, row []any) error {
	_, err := e.write(ctx, &statement{query: query, args: row, insert: true})
	return err
}

// write sends a statement, and a second time if it met a lock. The second time it
// is sent alongside the other statements, on one connection that all such
// statements share. If too many of them are waiting already, it fails, as it would
// in the end.
func (e *engine) write(ctx context.Context, s *statement) (bool, error) {
	deadline := time.Now().Add(oauth.StoreWaitLeft(ctx))
	if err := e.writes.Do(ctx, s, time.Until(deadline)); err != nil {
		return false, err
	}
	if !s.locked || e.locked.Waiting() >= sqlstore.MaxBatch {
		return s.found, s.err
	}
	if err := e.locked.Do(ctx, s, time.Until(deadline)); err != nil {
		return false, err
	}
	return s.found, s.err
}

// Lookup finds a row by its key, together with the rows of other callers.
func (e *engine) Lookup(ctx context.Context, query string, key []byte, dest ...any) (bool, error) {
	s := &statement{query: query, args: []any{key}, dest: dest}
	if err := e.lookups.Do(ctx, s, oauth.StoreWaitLeft(ctx)); err != nil {
		return false, err
	}
	return s.found, s.err
}

// bounded returns a context that does not end with that of the caller, but when
// the caller stops waiting.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), oauth.StoreWaitLeft(ctx))
}

// QueryRow reads one row.
func (e *engine) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	return row{ctx, e.connections, query, args}
}

// row runs its query when it is scanned.
type row struct {
	ctx   context.Context //nolint:containedctx // it lives no longer than the call
	from  connections
	query string
	args  []any
}

func (r row) Scan(dest ...any) error {
	ctx, cancel := bounded(r.ctx)
	defer cancel()
	return r.from.again(ctx, func() error { return r.from.scanRow(ctx, r.query, r.args, dest) })
}

// now returns the time of the server.
func (e *engine) now(ctx context.Context) (time.Time, error) {
	var ms int64
	err := e.QueryRow(ctx, `SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8`).Scan(&ms)
	return time.UnixMilli(ms), err
}

// Query reads rows.
func (e *engine) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	ctx, cancel := bounded(ctx)
	found, err := e.query(ctx, query, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	return rows{found, cancel}, nil
}

type rows struct {
	pgx.Rows
	cancel context.CancelFunc
}

func (r rows) Close() error {
	r.Rows.Close()
	r.cancel()
	return r.Err()
}

// Do runs a job in its own transaction.
func (e *engine) Do(ctx context.Context, job func(sqlstore.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	begun := time.Now()
	defer func() { e.writes.Count(1, time.Since(begun)) }()
	return e.again(ctx, func() error {
		return pgx.BeginTxFunc(ctx, e.pool, ownTransaction, func(tx pgx.Tx) error { return job(conn{ctx, tx}) })
	})
}

// ownTransaction begins a transaction that delays only its caller, and can wait for
// a lock as long as the caller waits.
var ownTransaction = pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL lock_timeout = 0"}

// conn runs the statements of one transaction.
type conn struct {
	ctx context.Context //nolint:containedctx // it lives no longer than the transaction
	tx  pgx.Tx
}

func (c conn) Count(query string, args ...any) (int64, error) {
	tag, err := c.tx.Exec(c.ctx, query, args...)
	return tag.RowsAffected(), err
}

func (c conn) Row(query string, args ...any) sqlstore.Row {
	return c.tx.QueryRow(c.ctx, query, args...)
}

func (c conn) Insert(into string, row []any) error {
	_, err := c.tx.Exec(c.ctx, into+" "+sqlstore.Values(len(row)), row...)
	return err
}

// Stats returns what the engine does.
func (e *engine) Stats() sqlstore.EngineStats {
	pool := e.pool.Stat()
	commits := e.writes.Stats()
	commits.Queued += e.locked.Waiting()
	return sqlstore.EngineStats{
		Commits: commits, Lookups: e.lookups.Stats(),
		Pool: sqlstore.PoolStats{
			Max: int(pool.MaxConns()), InUse: int(pool.AcquiredConns()), Idle: int(pool.IdleConns()),
			Waits: uint64(pool.EmptyAcquireCount()), Waited: pool.EmptyAcquireWaitTime(),
		},
	}
}

// Close commits what is queued, and closes the pool unless it is shared.
func (e *engine) Close() error {
	e.writes.Close()
	e.locked.Close()
	e.lookups.Close()
	if !e.shared {
		e.pool.Close()
	}
	return nil
}
