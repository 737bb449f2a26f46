package sqlite

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// job is one write that a caller waits for.
type job struct {
	sqlstore.Waiting
	run func(sqlstore.Conn) error
	err error
}

// writer runs the jobs of a batch on the one connection that writes.
type writer struct {
	connection *connection
	pending    []pending           // rows to insert before the commit
	texts      [maxRows + 1]string // of the last insert, by the number of rows
	into       string              // what the texts insert into
}

// pending is a row that is inserted before the commit.
type pending struct {
	into string
	row  []any
}

// commit runs a batch in one transaction. If a job fails, the batch is rolled back,
// and each job gets its own transaction, so that one job does not affect another. A
// job can therefore run twice. If the database fails to begin or to commit a
// transaction, its error is returned to all jobs: otherwise each of them would wait
// just as long for the same error, and so would the jobs that are queued behind
// them.
func (w *writer) commit(batch []*job) {
	if err := w.connection.use(func() { w.commitInUse(batch) }); err != nil {
		for _, j := range batch {
			j.err = err
		}
	}
}

func (w *writer) commitInUse(batch []*job) {
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

// attempt runs one transaction. It reports whether the database refused the
// transaction, as opposed to a job that failed. An error of a job that is expected
// is its answer: such a job has written nothing.
func (w *writer) attempt(batch []*job) (refused bool, err error) {
	if err := w.exec(`BEGIN IMMEDIATE`); err != nil {
		return true, err
	}
	defer func() {
		if err != nil {
			// After a failed commit there may be nothing to roll back. If there
			// was and this fails, the next BEGIN reports it.
			_ = w.exec(`ROLLBACK`)
		}
	}()
	w.pending = w.pending[:0]
	for _, j := range batch {
		if !j.Serve(func() { j.err = j.run(w) }) {
			continue
		}
		if j.err != nil && !sqlstore.Expected(j.err) {
			return false, j.err
		}
	}
	if err := w.insertPending(); err != nil {
		return false, err
	}
	err = w.exec(`COMMIT`)
	return err != nil, err
}

// Insert inserts a row before the commit.
func (w *writer) Insert(into string, row []any) error {
	w.pending = append(w.pending, pending{into, row})
	return nil
}

// maxRows is how many rows one statement inserts at most.
const maxRows = 64

// insertPending inserts the pending rows with as few statements as possible.
func (w *writer) insertPending() error {
	for rest := w.pending; len(rest) > 0; {
		into := rest[0].into
		n := slices.IndexFunc(rest, func(p pending) bool { return p.into != into })
		if n < 0 {
			n = len(rest)
		}
		n = min(n, maxRows)
		args := make([]any, 0, n*len(rest[0].row))
		for _, p := range rest[:n] {
			args = append(args, p.row...)
		}
		if err := w.exec(w.insertText(into, n, len(rest[0].row)), args...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// insertText is the statement that inserts n rows.
func (w *writer) insertText(into string, n, columns int) string {
	if w.into != into {
		w.into, w.texts = into, [maxRows + 1]string{}
	}
	if w.texts[n] == "" {
		row := "(?" + strings.Repeat(",?", columns-1) + ")"
		w.texts[n] = into + " " + row + strings.Repeat(","+row, n-1)
	}
	return w.texts[n]
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.connection.count(query, args)
	return err
}

// Count runs a statement and returns how many rows it changed.
func (w *writer) Count(query string, args ...any) (int64, error) {
	return w.connection.count(query, args)
}

// Row runs a statement that returns at most one row.
func (w *writer) Row(query string, args ...any) sqlstore.Row {
	return row{w.connection, query, args}
}
