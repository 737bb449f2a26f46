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

var record = flag.Bool("record", false, "write down the statements of this release, for the next one to be held to")

// releaseBefore holds the statements that the release before runs.
const releaseBefore = "testdata/statements.sql"

// TestTheTablesSuitTheReleaseBefore: who goes back to it finds all working.
// Each of its statements must be understood; that what it writes suffices
// shows TestAStepOnlyAdds.
//
// At a release, -record writes down what the next is held to.
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
		if err := understood(write, statement); err != nil {
			t.Errorf("the release before fails: %v\n%s", err, statement)
		}
	}
}

func understood(db *sql.DB, statement string) error {
	stmt, err := db.Prepare(statement)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	return nil
}

// statements are those that a Store runs when all of its promises are tested.
func statements(t *testing.T) []string {
	t.Helper()
	seen := &notes{known: make(map[string]bool)}
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		write, read, _, err := databases(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
		if err != nil {
			t.Fatal(err)
		}
		engine, err := sqlstore.NewSerialEngine(t.Context(), write, read)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sqlstore.New(t.Context(), sqlstore.Config{
			Engine: listening{engine, seen}, Duplicate: duplicate, Fatal: fatal, Away: away, Clock: clock,
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

// notes are the statements that were run.
type notes struct {
	mu    sync.Mutex
	known map[string]bool
}

func (n *notes) add(statement string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[statement] = true
}

// listening is an engine whose statements are noted.
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

func (l listeningConn) Row(query string, args ...any) sqlstore.Row {
	l.add(query)
	return l.Conn.Row(query, args...)
}
