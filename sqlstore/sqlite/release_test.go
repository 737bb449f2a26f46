package sqlite

import (
	"context"
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

var record = flag.Bool("record", false, "record the statements of this release, with which the next one is tested")

// releaseBefore is the file with the statements of the previous release.
const releaseBefore = "testdata/statements.sql"

// TestTheTablesSuitTheReleaseBefore: after an upgrade, the previous release still
// works. SQLite must accept each of its statements. TestAStepOnlyAdds shows that
// the rows that it writes are complete.
//
// At a release, -record records the statements with which the next one is tested.
func TestTheTablesSuitTheReleaseBefore(t *testing.T) {
	if *record {
		if err := os.WriteFile(releaseBefore, []byte(strings.Join(statements(t), "\n;\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(releaseBefore)
	if err != nil {
		t.Fatal(err)
	}
	write, read, _, err := databases(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = read.Close(), write.Close() }()
	all := strings.Split(strings.TrimSpace(string(text)), "\n;\n")
	if len(all) < 50 {
		t.Fatalf("only %d statements", len(all))
	}
	for _, statement := range all {
		if err := prepares(write, statement); err != nil {
			t.Errorf("a statement of the previous release fails: %v\n%s", err, statement)
		}
	}
}

func prepares(db *sql.DB, statement string) error {
	stmt, err := db.Prepare(statement)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	return nil
}

// statements returns the statements that a Store runs while its promises are
// tested.
func statements(t *testing.T) []string {
	t.Helper()
	seen := &notes{known: make(map[string]bool)}
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		write, read, _, err := databases(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
		if err != nil {
			t.Fatal(err)
		}
		engine, err := newEngine(t.Context(), pools{write: write, read: read}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sqlstore.New(t.Context(), sqlstore.Config{
			Engine: listening{engine, seen}, Duplicate: duplicate, Permanent: permanent, Unreachable: unreachable, Clock: clock,
			Changed: func(context.Context) (bool, error) { return true, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
	var all []string
	for statement := range seen.known {
		all = append(all, strings.TrimSpace(statement))
	}
	slices.Sort(all)
	return all
}

// notes collect the statements that were run.
type notes struct {
	mu    sync.Mutex
	known map[string]bool
}

func (n *notes) add(statement string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[statement] = true
}

// listening is an engine whose statements are collected.
type listening struct {
	sqlstore.Engine
	*notes
}

func (l listening) QueryRow(ctx context.Context, query string, args ...any) sqlstore.Row {
	l.add(query)
	return l.Engine.QueryRow(ctx, query, args...)
}

func (l listening) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	l.add(query)
	return l.Engine.Query(ctx, query, args...)
}

func (l listening) Do(ctx context.Context, job func(sqlstore.Conn) error) error {
	return l.Engine.Do(ctx, func(c sqlstore.Conn) error { return job(listeningConn{c, l.notes}) })
}

type listeningConn struct {
	sqlstore.Conn
	*notes
}

func (l listeningConn) Count(query string, args ...any) (int64, error) {
	l.add(query)
	return l.Conn.Count(query, args...)
}

func (l listeningConn) Insert(into string, row []any) error {
	l.add(into + " " + sqlstore.Values(len(row)))
	return l.Conn.Insert(into, row)
}

func (l listeningConn) Row(query string, args ...any) sqlstore.Row {
	l.add(query)
	return l.Conn.Row(query, args...)
}
