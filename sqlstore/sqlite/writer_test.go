package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// ledger is a database that notes its statements, and fails some of them.
type ledger struct {
	ran    []string
	refuse func(statement string, before []string) error
}

func (l *ledger) Connect(context.Context) (driver.Conn, error) { return l, nil }
func (l *ledger) Driver() driver.Driver                        { return nil }
func (l *ledger) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (l *ledger) Close() error                                 { return nil }
func (l *ledger) Prepare(query string) (driver.Stmt, error)    { return entry{l, query}, nil }

type entry struct {
	ledger    *ledger
	statement string
}

func (entry) Close() error                               { return nil }
func (entry) NumInput() int                              { return -1 }
func (entry) Query([]driver.Value) (driver.Rows, error)  { return nil, io.EOF }
func (entry) Exec([]driver.Value) (driver.Result, error) { return nil, io.EOF }
func (entry) QueryContext(context.Context, []driver.NamedValue) (driver.Rows, error) {
	return nil, io.EOF
}

func (e entry) ExecContext(context.Context, []driver.NamedValue) (driver.Result, error) {
	err := e.ledger.refuse(e.statement, e.ledger.ran)
	e.ledger.ran = append(e.ledger.ran, e.statement)
	return driver.RowsAffected(1), err
}

// together runs a statement for each of three callers whose jobs share a batch. It
// returns the result of each, and the statements that the database was sent.
func together(t *testing.T, refuse func(statement string, before []string) error) (answers [3]error, asked string) {
	t.Helper()
	l := &ledger{refuse: func(string, []string) error { return nil }}
	db := sql.OpenDB(l)
	e, err := newEngine(t.Context(), pools{write: db, read: db}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	var all sync.WaitGroup
	begun, queued := make(chan struct{}), make(chan struct{})
	all.Go(func() {
		err := e.Do(t.Context(), func(sqlstore.Conn) error {
			close(begun)
			<-queued
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	for i, statement := range []string{"one", "two", "three"} {
		all.Go(func() {
			answers[i] = e.Do(t.Context(), func(c sqlstore.Conn) error {
				_, err := c.Count(statement)
				return err
			})
		})
		for e.Stats().Commits.Queued <= i {
			runtime.Gosched()
		}
	}
	first := 2 // BEGIN and COMMIT of the job that the others waited for
	l.refuse = func(statement string, before []string) error {
		if len(before) < first {
			return nil
		}
		return refuse(statement, before[first:])
	}
	close(queued)
	all.Wait()
	asked = strings.Join(l.ran[first:], ", ")
	return answers, strings.ReplaceAll(asked, " IMMEDIATE", "")
}

// TestATransactionThatTheDatabaseRefusesIsNotRepeatedForEachCaller: if another
// process holds the lock, each attempt waits for seconds.
func TestATransactionThatTheDatabaseRefusesIsNotRepeatedForEachCaller(t *testing.T) {
	down, wrong := errors.New("locked"), errors.New("wrong")
	for name, test := range map[string]struct {
		refuse  func(statement string, before []string) error
		asked   string
		answers [3]error
	}{
		"BEGIN fails": {
			func(string, []string) error { return down },
			"BEGIN",
			[3]error{down, down, down},
		},
		"COMMIT fails, and everything is rolled back": {
			func(statement string, _ []string) error {
				if statement == "COMMIT" {
					return down
				}
				return nil
			},
			"BEGIN, one, two, three, COMMIT, ROLLBACK",
			[3]error{down, down, down},
		},
		"a job that fails does not affect the others": {
			func(statement string, _ []string) error {
				if statement == "two" {
					return wrong
				}
				return nil
			},
			"BEGIN, one, two, ROLLBACK, BEGIN, one, COMMIT, BEGIN, two, ROLLBACK, BEGIN, three, COMMIT",
			[3]error{nil, wrong, nil},
		},
		"an expected error of a job is not a failure": {
			func(statement string, _ []string) error {
				if statement == "two" {
					return oauth.ErrConflict
				}
				return nil
			},
			"BEGIN, one, two, three, COMMIT",
			[3]error{nil, oauth.ErrConflict, nil},
		},
		"a job fails, and then BEGIN fails": {
			func(statement string, before []string) error {
				switch {
				case statement == "three":
					return wrong
				case slices.Contains(before, "COMMIT"):
					return down
				}
				return nil
			},
			"BEGIN, one, two, three, ROLLBACK, BEGIN, one, COMMIT, BEGIN",
			[3]error{nil, down, down},
		},
	} {
		t.Run(name, func(t *testing.T) {
			answers, asked := together(t, test.refuse)
			if asked != test.asked {
				t.Errorf("it was sent %s\nwant %s", asked, test.asked)
			}
			for i, err := range answers {
				if !errors.Is(err, test.answers[i]) {
					t.Errorf("the error of caller %d is %v, want %v", i, err, test.answers[i])
				}
			}
		})
	}
}
