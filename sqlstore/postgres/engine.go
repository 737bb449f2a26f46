package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// engine is a pool of connections.
type engine struct {
	connections
	writes, finds *piper
	held          *piper // the writes that a lock has held up
}

func newEngine(pool *pgxpool.Pool) *engine {
	config := pool.Config()
	c := connections{pool: pool, pooled: pooled(config)}
	writer := &committer{connections: c}
	return &engine{
		connections: c,
		writes:      newPiper(pipeWorkers, false, writer.commit),
		finds:       newPiper(pipeWorkers, true, finder{c}.find),
		held:        newPiper(1, false, writer.insist),
	}
}

// Pipe runs a statement in a transaction that it may share with others.
func (e *engine) Pipe(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	return e.write(ctx, &statement{query: query, args: args, dest: dest})
}

// Add inserts a row in a transaction that it may share with others, and in the
// same statement as their rows.
func (e *engine) Add(ctx context.Context, query string, row []any) error {
	_, err := e.write(ctx, &statement{query: query, args: row, row: true})
	return err
}

// write sends a statement, and a second time if a lock has held it up: then
// beside the others, and on one connection for all of its kind, of which there
// may be few. Where too many wait already it fails, as it would in the end.
func (e *engine) write(ctx context.Context, s *statement) (bool, error) {
	found, err := e.writes.do(ctx, s)
	if !s.held || e.held.waiting() >= pipeBatch {
		return found, err
	}
	return e.held.do(ctx, s)
}

// Find looks a key up, together with the keys of others.
func (e *engine) Find(ctx context.Context, query string, key []byte, dest ...any) (bool, error) {
	return e.finds.do(ctx, &statement{query: query, args: []any{key}, dest: dest})
}

// bounded is a context that no caller can end, but time does.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// QueryRow reads one row.
func (e *engine) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	return row{ctx, e.connections, query, args}
}

// row is one that is asked for when somebody wants to know.
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

// now is the time of the server.
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

// Do runs a job in a transaction of its own.
func (e *engine) Do(ctx context.Context, job func(sqlstore.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	begun := time.Now()
	defer func() { e.writes.sent.Count(1, time.Since(begun)) }()
	return e.again(ctx, func() error {
		return pgx.BeginTxFunc(ctx, e.pool, ofItsOwn, func(tx pgx.Tx) error { return job(conn{ctx, tx}) })
	})
}

// ofItsOwn is a transaction that holds up nobody but its caller, and may wait
// for a lock as long as that.
var ofItsOwn = pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL lock_timeout = 0"}

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

// Stats tells what the engine does.
func (e *engine) Stats() sqlstore.EngineStats {
	pool := e.pool.Stat()
	return sqlstore.EngineStats{
		Commits: e.writes.sent.Stats(e.writes.waiting() + e.held.waiting()), Lookups: e.finds.sent.Stats(e.finds.waiting()),
		Pool: sqlstore.PoolStats{
			Most: int(pool.MaxConns()), InUse: int(pool.AcquiredConns()), Idle: int(pool.IdleConns()),
			Waits: uint64(pool.EmptyAcquireCount()), Waited: pool.EmptyAcquireWaitTime(),
		},
	}
}

// Close ends the engine: what was queued is committed first.
func (e *engine) Close() error {
	e.writes.close()
	e.held.close()
	e.finds.close()
	e.pool.Close()
	return nil
}

// attempts is how often a transaction is tried that lost against another.
const attempts = 6

// again repeats what failed because another transaction was in the way, or
// because nothing of it reached the database: that is always safe. It waits a
// little longer each time, by chance, so that two do not meet again.
func again(ctx context.Context, run func() error) error {
	for attempt := 0; ; attempt++ {
		err := run()
		if err == nil || attempt == attempts-1 || !(lost(err) || pgconn.SafeToRetry(err)) {
			return err
		}
		wait := time.Duration(rand.Int64N(int64(5*time.Millisecond) << attempt)) //nolint:gosec // chance, no secret
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// connections are those to the database.
type connections struct {
	pool   *pgxpool.Pool
	pooled bool // a pooler is in between
}

// again is again for what needs a connection. If the server no longer accepts
// writes, all connections are opened again, perhaps to another server.
func (c connections) again(ctx context.Context, run func() error) error {
	return again(ctx, func() error {
		err := run()
		if code(err) == "25006" {
			c.pool.Reset()
			return moved{err}
		}
		return err
	})
}

// moved is what a server said that takes no writes any more: nothing was kept.
type moved struct{ error }

func (m moved) Unwrap() error     { return m.error }
func (m moved) SafeToRetry() bool { return true }

// lost reports whether a transaction lost against another: a serialization
// failure or a deadlock.
func lost(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

// duplicate reports whether a row with the same key exists.
func duplicate(err error) bool { return code(err) == "23505" }

// lockedOut reports whether a lock was not to be had in time.
func lockedOut(err error) bool { return code(err) == "55P03" }

// refused reports whether nothing of a batch was kept for certain, because of
// one of its statements: it was wrong, or another transaction was in its way.
func refused(err error) bool {
	return lost(err) || lockedOut(err) || (fatal(err) && !unreadable(err))
}

// unreadable reports whether a row was there and could not be read.
func unreadable(err error) bool {
	var e pgx.ScanArgError
	return errors.As(err, &e)
}

// away reports whether an error shows that the server could not be reached, or
// takes no writes.
func away(err error) bool {
	var connecting *pgconn.ConnectError
	switch c := code(err); {
	case c == "53300": // there are too many connections
		return false
	case errors.As(err, &connecting):
		return true
	case c == "25006", c == "53100", c == "57P01", c == "57P02", c == "57P03": // it only reads, is full, ends, or starts
		return true
	case c != "":
		return strings.HasPrefix(c, "08") || strings.HasPrefix(c, "58") // the connection, the system
	}
	return !errors.Is(err, errClosed) && !errors.Is(err, errLate)
}

// fatal reports whether the error is a wrong statement, a wrong value or a
// broken rule, which waiting does not mend.
func fatal(err error) bool {
	var (
		e          *pgconn.PgError
		connecting *pgconn.ConnectError
	)
	if errors.As(err, &connecting) {
		return false // to whatever host
	}
	if !errors.As(err, &e) {
		return strings.Contains(err.Error(), "encode") || unreadable(err)
	}
	if len(e.Code) < 2 {
		return false // what stands in between, and is no PostgreSQL
	}
	switch e.Code[:2] {
	case "08", "25", "40", "53", "55", "57", "58": // the connection, a read-only server, others in the way, resources, an operator
		return false
	}
	return true
}
