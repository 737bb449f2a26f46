package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxBatch is how many jobs may share one commit.
const maxBatch = 256

// job is one write that somebody waits for.
type job struct {
	run func(Conn) error
	err error
}

// batch is the jobs that share a commit, and what their callers wait for.
type batch struct {
	jobs []*job
	done chan struct{}
}

// serial is the engine of a database that has one writer.
type serial struct {
	*writer
	write, read *sql.DB
	reads       sync.Map // SQL text → *sql.Stmt
}

// NewSerialEngine makes the engine of a database where one writes at a time,
// and several read beside it. write has one connection.
func NewSerialEngine(ctx context.Context, write, read *sql.DB) (Engine, error) {
	w, err := newWriter(ctx, write)
	if err != nil {
		return nil, err
	}
	return &serial{writer: w, write: write, read: read}, nil
}

func (e *serial) QueryRow(ctx context.Context, query string, args ...any) Row {
	stmt, err := e.prepared(ctx, query)
	if err != nil {
		return failedRow{err}
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (e *serial) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	rows, err := e.read.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller's
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (e *serial) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, known := e.reads.Load(query); known {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := e.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, raced := e.reads.LoadOrStore(query, stmt); raced {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	return stmt, nil
}

// Stats tells what the engine does.
func (e *serial) Stats() EngineStats {
	pool := e.read.Stats()
	return EngineStats{
		Commits: e.commits.Stats(e.waiting()),
		Pool:    PoolStats{pool.MaxOpenConnections, pool.InUse, pool.Idle, uint64(pool.WaitCount), pool.WaitDuration},
	}
}

// Close ends the engine: what was queued is committed first.
func (e *serial) Close() error {
	e.close()
	return errors.Join(e.read.Close(), e.write.Close())
}

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// writer is the one goroutine that writes. It takes what is queued, runs it in
// one transaction, and answers after the commit: the more callers, the fewer
// commits for each. It never waits for a batch to fill.
type writer struct {
	conn    *sql.Conn
	tx      sharedTx
	commits Batches
	mu      sync.Mutex
	queued  *sync.Cond
	batches []*batch // the last one still takes jobs
	closed  bool
	stopped chan struct{}
}

// sharedTx runs the statements of the jobs of a batch.
type sharedTx struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	inserts [maxInsert + 1]string // by the number of their rows
	tokens  []oauth.AccessToken   // to be written before the commit
}

var errClosed = errors.New("the database is closed")

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, stopped: make(chan struct{})}
	w.queued = sync.NewCond(&w.mu)
	w.tx = sharedTx{conn: conn, stmts: make(map[string]*sql.Stmt)}
	go w.loop()
	return w, nil
}

// Do queues the job and waits for its answer. Once queued it is not given up:
// a caller never has to wonder whether it was done.
func (w *writer) Do(ctx context.Context, run func(Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{run: run}
	b, err := w.queue(j)
	if err != nil {
		return err
	}
	<-b.done
	return j.err
}

func (w *writer) queue(j *job) (*batch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errClosed
	}
	n := len(w.batches)
	if n == 0 || len(w.batches[n-1].jobs) == maxBatch {
		w.batches = append(w.batches, &batch{done: make(chan struct{})})
		n++
	}
	b := w.batches[n-1]
	b.jobs = append(b.jobs, j)
	w.queued.Signal()
	return b, nil
}

// next waits for a batch; nil means that the writer was closed and all is
// done.
func (w *writer) next() *batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.batches) == 0 {
		if w.closed {
			return nil
		}
		w.queued.Wait()
	}
	b := w.batches[0]
	w.batches = slices.Delete(w.batches, 0, 1)
	return b
}

// waiting is how many jobs are queued.
func (w *writer) waiting() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.batches {
		n += len(b.jobs)
	}
	return n
}

func (w *writer) close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	w.queued.Signal()
	w.mu.Unlock()
	<-w.stopped
	for _, stmt := range w.tx.stmts {
		_ = stmt.Close()
	}
	_ = w.conn.Close()
}

func (w *writer) loop() {
	defer close(w.stopped)
	for b := w.next(); b != nil; b = w.next() {
		begun := time.Now()
		w.commit(b.jobs)
		w.commits.Count(len(b.jobs), time.Since(begun))
		close(b.done)
		// Those who can run now may join the next batch.
		runtime.Gosched()
	}
}

// commit runs the batch in one transaction. If a job fails, nothing of the
// batch is kept, and each job gets a transaction of its own, so that one
// cannot spoil another: jobs can therefore run twice. If the database takes no
// transaction now, that is everybody's answer: each would only wait as long
// again for the same, and all who are queued behind it too.
func (w *writer) commit(batch []*job) {
	refused, err := w.attempt(batch)
	if err == nil {
		return
	}
	if refused || len(batch) == 1 {
		for _, j := range batch {
			j.err = err
		}
		return
	}
	for i, j := range batch {
		if !refused {
			refused, err = w.attempt(batch[i : i+1])
		}
		if err != nil {
			j.err = err
		}
	}
}

// attempt makes one transaction, and tells whether it was the database that
// refused it, and no job that failed. An expected error of a job is its answer
// and no failure: such a job has written nothing that matters.
func (w *writer) attempt(batch []*job) (refused bool, err error) {
	if err := w.tx.exec(`BEGIN IMMEDIATE`); err != nil {
		return true, err
	}
	defer func() {
		if err != nil {
			// After a failed commit there may be nothing left to roll back. If
			// there was and it failed, the next BEGIN says so.
			_ = w.tx.exec(`ROLLBACK`)
		}
	}()
	w.tx.tokens = w.tx.tokens[:0]
	for _, j := range batch {
		if j.err = j.run(&w.tx); j.err != nil && !Expected(j.err) {
			return false, j.err
		}
	}
	if err := w.tx.insertAccess(); err != nil {
		return false, err
	}
	err = w.tx.exec(`COMMIT`)
	return err != nil, err
}

func (t *sharedTx) collect(token oauth.AccessToken) { t.tokens = append(t.tokens, token) }

// maxInsert is how many access tokens one statement writes at most.
const maxInsert = 64

// accessInsert is the statement that writes n access tokens. It numbers no
// parameters, because SQLite looks the names of numbered ones up one by one.
func (t *sharedTx) accessInsert(n int) string {
	if t.inserts[n] == "" {
		t.inserts[n] = accessInsert + strings.Repeat(" (?,?,?,?,?,?,?,?),", n-1) + " (?,?,?,?,?,?,?,?)"
	}
	return t.inserts[n]
}

// insertAccess writes what was collected with as few statements as may be.
func (t *sharedTx) insertAccess() error {
	for some := range slices.Chunk(t.tokens, maxInsert) {
		args := make([]any, 0, len(some)*8)
		for i := range some {
			token := &some[i]
			args = append(args, token.ID[:], token.Hash[:], token.ClientID, token.Subject, blob(token.FamilyID[:]),
				token.Scope.String(), ms(token.IssuedAt), ms(token.ExpiresAt))
		}
		if err := t.exec(t.accessInsert(len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}

// stmt prepares a statement once.
func (t *sharedTx) stmt(query string) (*sql.Stmt, error) {
	if stmt, known := t.stmts[query]; known {
		return stmt, nil
	}
	stmt, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	t.stmts[query] = stmt
	return stmt, nil
}

func (t *sharedTx) exec(query string, args ...any) error {
	_, err := t.Count(query, args...)
	return err
}

// Count runs a statement and tells how many rows it changed.
func (t *sharedTx) Count(query string, args ...any) (int64, error) {
	stmt, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Row runs a statement that gives at most one row.
func (t *sharedTx) Row(query string, args ...any) Row {
	stmt, err := t.stmt(query)
	if err != nil {
		return failedRow{err}
	}
	return stmt.QueryRowContext(context.Background(), args...)
}
