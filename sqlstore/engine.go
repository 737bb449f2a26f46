package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Engine runs SQL. No call waits longer than oauth.StoreWaitLeft returns for its
// context when the call begins. The end of the context itself has no effect on QueryRow
// and on a write that has begun. Arguments are int64, string and []byte. Rows are scanned into
// pointers to these types, to int, and into sql.Scanner. A row that does not
// exist is sql.ErrNoRows. Calls are concurrent.
type Engine interface {
	// QueryRow and Query read outside of any transaction. QueryRow does not pass the
	// context to the driver: a read by key finishes before it could be canceled, and a
	// context that can be canceled costs a goroutine each time.
	QueryRow(ctx context.Context, query string, args ...any) Row
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// Do runs a job in a transaction that it may share with others, and returns when
	// the transaction is durable. If the job returns an error that is not Expected,
	// nothing that it wrote is kept. An Expected error is the answer of the job,
	// which must not have written anything. A job may run more than once.
	Do(ctx context.Context, job func(Conn) error) error
	// Batcher runs an operation of the protocol as one statement. It is nil if a
	// statement of this database can change only one table; then each operation is
	// a job.
	Batcher() Batcher
	// Stats returns what the engine has done so far, and its present state.
	Stats() EngineStats
	// Close commits what is queued, and closes the connections of the engine.
	Close() error
}

// Batcher runs statements that can change several tables. Statements of
// concurrent callers are sent in one round trip.
type Batcher interface {
	// Run runs one statement in a transaction that it may share with others, and
	// scans the row that it returns, if any. It returns when the transaction is
	// durable.
	Run(ctx context.Context, query string, args []any, dest ...any) (found bool, err error)
	// Insert is Run for a row that depends on no other row. The query inserts many
	// rows: each of its arguments is an array, with the values of one column for
	// this row and for the rows of other callers.
	Insert(ctx context.Context, query string, row []any) error
	// Lookup finds a row by its key, together with the rows that other callers look
	// up by the same query. $1 of the query is the array of their keys, and its
	// first column is the position of a row's key in that array, counted from 1.
	Lookup(ctx context.Context, query string, key []byte, dest ...any) (found bool, err error)
}

// Row is one row, or the reason why it is missing. Scan is that of sql.Row.
type Row interface{ Scan(dest ...any) error }

// Rows are the rows of a query.
type Rows interface {
	Row
	// Next, Err and Close are those of sql.Rows.
	Next() bool
	Err() error
	Close() error
}

// Conn runs the statements of one transaction.
type Conn interface {
	// Count runs a statement and returns how many rows it changed.
	Count(query string, args ...any) (int64, error)
	// Row runs a statement that returns at most one row.
	Row(query string, args ...any) Row
	// Insert inserts a row by a statement that ends with VALUES. It may do so
	// later, together with the rows of other jobs, but before the commit.
	Insert(into string, row []any) error
}

// Values returns a row of numbered parameters: ($1, $2).
func Values(columns int) string { return valuesFrom(1, columns) }

// valuesFrom returns a row of parameters that are numbered from first: ($6, $7).
func valuesFrom(first, columns int) string {
	numbers := make([]string, columns)
	for i := range numbers {
		numbers[i] = "$" + strconv.Itoa(first+i)
	}
	return "(" + strings.Join(numbers, ", ") + ")"
}

// tx is the transaction of a job.
type tx struct {
	Conn
	batched  bool             // the Engine has a Batcher: it is that of PostgreSQL
	now      func() time.Time // the clock of the Store
	removals []removal        // that the job inserted
}

// Exec runs a statement.
func (t *tx) Exec(query string, args ...any) error {
	_, err := t.Count(query, args...)
	return err
}

// Row runs a statement that returns at most one row; none is errNotFound.
func (t *tx) Row(query string, args ...any) Row { return foundRow{t.Conn.Row(query, args...)} }

type foundRow struct{ row Row }

func (r foundRow) Scan(dest ...any) error {
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return errNotFound
	}
	return err
}

// lock returns the clause that locks the rows of a query until the commit. An
// engine without a Batcher runs one transaction at a time, and needs none.
func (t *tx) lock(strength string) string {
	if !t.batched {
		return ""
	}
	return " FOR " + strength
}

// in returns the condition that a column is one of the texts of a parameter, which textList returns.
// So one statement changes many rows, and each of them is found by its key.
func (t *tx) in(column, parameter string) string { return inList(t.batched, column, parameter) }

func inList(batched bool, column, parameter string) string {
	if !batched {
		return column + ` IN (SELECT value FROM json_each(` + parameter + `))`
	}
	return column + ` = ANY(ARRAY(SELECT pg_catalog.json_array_elements_text(` + parameter + `::text::json)))`
}

// textList returns texts as a JSON array. It omits a text with a zero byte: PostgreSQL stores no
// such text, and rejects it.
func textList(texts []string) (string, error) {
	stored := make([]string, 0, len(texts)) // not nil, which is null
	for _, text := range texts {
		if !strings.ContainsRune(text, 0) {
			stored = append(stored, text)
		}
	}
	list, err := json.Marshal(stored)
	return string(list), err
}
