package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestASweepReadsNoTableAsAWhole: SQLite finds the rows of every statement of a
// sweep by an index, however many rows that have not expired there are.
func TestASweepReadsNoTableAsAWhole(t *testing.T) {
	write, read, _, err := databases(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := newEngine(t.Context(), pools{write: write, read: read}, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := &notes{known: make(map[string]bool)}
	s, err := sqlstore.New(t.Context(), sqlstore.Config{
		Engine: listening{engine, seen}, Duplicate: duplicate, Permanent: permanent, Unreachable: unreachable,
		Changed: func(context.Context) (bool, error) { return false, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, statement := range []string{ // rows of every table have expired, so that all statements run
		`INSERT INTO latchkey_access_token VALUES (x'01', x'', '', '', x'', '', 1, 1, '')`,
		`INSERT INTO latchkey_ticket VALUES (x'01', '', x'', '', '', '', '', 0, '', '', '', 1, 1, 0)`,
		`INSERT INTO latchkey_family VALUES (x'01', '', '', '', '', 0, '', x'', x'', 0, 0, '', 0, 1, 1, 1, 1, '', ''), (x'0001', '', '', '', '', 0, '', x'', x'', 0, 0, '', 0, 1, 1, 1, 0, '', '')`,
		`INSERT INTO latchkey_revoked_jwt VALUES (x'01', 1)`,
		`INSERT INTO latchkey_session VALUES ('1', x'', '', 1, 1, 1, 1, 1, '', '', 1, '', 0)`,
		`INSERT INTO latchkey_session_client VALUES ('1', '', '', 1, 1, 0, 0)`,
		`INSERT INTO latchkey_attempt VALUES ('1', 1, 0, 1)`,
	} {
		err := engine.Do(t.Context(), func(c sqlstore.Conn) error {
			_, err := c.Count(statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen.known = make(map[string]bool)
	if deleted, err := s.Sweep(t.Context(), time.Now()); deleted != 8 || err != nil {
		t.Fatalf("%d rows were deleted: %v", deleted, err)
	}
	changes := 0
	for statement := range seen.known {
		for _, step := range plan(t, read, statement) {
			few := step == "SCAN latchkey_removal" || step == "SCAN latchkey_access_recent" || strings.HasPrefix(step, "SCAN latchkey_access_run ") // one for 10,000 tokens
			if strings.HasPrefix(step, "SCAN latchkey_") && !few {
				t.Errorf("%s, for\n%s", step, statement)
			}
		}
		if !strings.HasPrefix(statement, "SELECT") {
			changes++
		}
	}
	if changes < 8 {
		t.Errorf("only %d statements changed something", changes)
	}
}

// plan returns the steps in which SQLite runs a statement.
func plan(t *testing.T, db *sql.DB, statement string) (steps []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+statement, 1, 2, 3)
	if err != nil {
		t.Fatalf("%v, for\n%s", err, statement)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var (
			id, parent, unused int
			step               string
		)
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
