package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/internal/rowtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// many is the table that rowtest.Crowd reads. The ids are of the last minute.
const many = `CREATE TABLE many AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000), time(now) AS (SELECT unixepoch() * 1000)
	SELECT n, unhex(printf('%012x%020x', now - 60000 + n, n)) AS i, unhex(printf('%064x', n)) AS f, x'' AS e, now, CASE n % 2 WHEN 0 THEN 'ada' ELSE 'u' || n END AS person FROM c, time;`

// pages returns how many pages the Store has read.
func pages(t *testing.T, s *sqlstore.Store) int {
	t.Helper()
	n, err := sqlite.PagesRead(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestEachCallReadsABoundedNumberOfPages counts pages, because SQLite does not
// count rows. The bounds are those for rows: a row found by its key is a few pages,
// but a page has many rows if a table is scanned.
func TestEachCallReadsABoundedNumberOfPages(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "l.db"), time.Now().Truncate(time.Millisecond)
	s := open(t, path, nil)
	rowtest.Stock(t, s, now)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), many+rowtest.Crowd+"DROP TABLE many"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if _, err := s.Sweep(context.Background(), now.Add(2*time.Minute)); err != nil { // which reads the new rows once
		t.Fatal(err)
	}
	calls := rowtest.Calls(now)
	rowtest.MissingCalls(t, calls)
	for _, call := range calls {
		before := pages(t, s)
		if err := call.Run(s); err != nil {
			t.Fatalf("%s %s: %v", call.Method, call.Name, err)
		}
		if n := pages(t, s) - before; n > call.Rows {
			t.Errorf("%s %s reads %d pages, want at most %d", call.Method, call.Name, n, call.Rows)
		}
	}
}
