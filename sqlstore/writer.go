package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxBatch is how many jobs may share one commit.
const maxBatch = 256

// job is one write that somebody waits for. It either runs statements, or is
// an access token to insert, of which many go into one statement.
type job struct {
	run   func(*tx) error
	token oauth.AccessToken // if run is nil
	err   error
}

// batch is the jobs that share a commit, and what their callers wait for.
type batch struct {
	jobs []*job
	done chan struct{}
}

// writer is the one goroutine that writes. It takes what is queued, runs it in
// one transaction, and answers after the commit: the more callers, the fewer
// commits for each. It never waits for a batch to fill.
type writer struct {
	conn    *sql.Conn
	tx      tx
	mu      sync.Mutex
	queued  *sync.Cond
	batches []*batch // the last one still takes jobs
	closed  bool
	stopped chan struct{}
}

// tx runs the statements of a job.
type tx struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	inserts [maxInsert + 1]string // by the number of their rows
	tokens  []*oauth.AccessToken  // to be written before the commit
}

var errClosed = errors.New("the database is closed")

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, stopped: make(chan struct{})}
	w.queued = sync.NewCond(&w.mu)
	w.tx = tx{conn: conn, stmts: make(map[string]*sql.Stmt)}
	go w.loop()
	return w, nil
}

// do queues the job and waits for its answer. Once queued it is not given up:
// a caller never has to wonder whether it was done.
func (w *writer) do(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
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
		w.commit(b.jobs)
		close(b.done)
		// Those who can run now may join the next batch.
		runtime.Gosched()
	}
}

// commit runs the batch in one transaction. If any job fails, nothing of the
// batch is kept, and each job gets a transaction of its own, so that one
// cannot spoil another. Jobs can therefore run twice.
func (w *writer) commit(batch []*job) {
	err := w.attempt(batch)
	if err == nil {
		return
	}
	if len(batch) == 1 {
		batch[0].err = err
		return
	}
	for _, j := range batch {
		j.err = nil
		if err := w.attempt([]*job{j}); err != nil {
			j.err = err
		}
	}
}

// attempt makes one transaction. An expected error of a job is its answer and
// no failure: such a job has written nothing.
func (w *writer) attempt(batch []*job) (err error) {
	if err := w.tx.Exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// After a failed commit there may be nothing left to roll back. If
			// there was and it failed, the next BEGIN says so.
			_ = w.tx.Exec(`ROLLBACK`)
		}
	}()
	w.tx.tokens = w.tx.tokens[:0]
	for _, j := range batch {
		if j.run == nil {
			w.tx.tokens = append(w.tx.tokens, &j.token)
			continue
		}
		if j.err = j.run(&w.tx); j.err != nil && !expected(j.err) {
			return j.err
		}
	}
	if err := w.tx.insertAccess(w.tx.tokens); err != nil {
		return err
	}
	return w.tx.Exec(`COMMIT`)
}

// stmt prepares a statement once.
func (t *tx) stmt(query string) (*sql.Stmt, error) {
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

// Exec runs a statement.
func (t *tx) Exec(query string, args ...any) error {
	_, err := t.Count(query, args...)
	return err
}

// Count runs a statement and tells how many rows it changed.
func (t *tx) Count(query string, args ...any) (int64, error) {
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

// Row runs a statement that gives at most one row; none is errNotFound.
func (t *tx) Row(query string, args ...any) row {
	stmt, err := t.stmt(query)
	if err != nil {
		return row{err: err}
	}
	return row{row: stmt.QueryRowContext(context.Background(), args...)}
}

type row struct {
	row *sql.Row
	err error
}

func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return errNotFound
	}
	return err
}
