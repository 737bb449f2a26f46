package postgres_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore/internal/rowtest"
)

// manyRows is the table that rowtest.Crowd reads. The ids are of the last minute.
const manyRows = `CREATE TABLE many AS SELECT n, decode(lpad(to_hex(now - 60000 + n), 12, '0') || lpad(to_hex(n), 20, '0'), 'hex') AS i, decode(lpad(to_hex(n), 64, '0'), 'hex') AS f, ''::bytea AS e, now, CASE n % 2 WHEN 0 THEN 'ada' ELSE 'u' || n END AS person
	FROM generate_series(1, 20000) n, (SELECT extract(epoch FROM now())::bigint * 1000 AS now) t;`

// TestEachCallReadsABoundedNumberOfRows counts the rows that PostgreSQL reads, by
// scans of tables and of indexes. The only connection of the Store reports them after
// each call.
func TestEachCallReadsABoundedNumberOfRows(t *testing.T) {
	url, now := migrated(t), time.Now().Truncate(time.Millisecond)
	conn, s := connected(t, url), open(t, url, nil)
	rowtest.Stock(t, s, now)
	_ = s.Close()
	do(t, conn, manyRows+rowtest.Crowd+`DROP TABLE many`)
	calls := rowtest.Calls(now)
	rowtest.MissingCalls(t, calls)
	s = open(t, url+"&pool_max_conns=1", nil)
	if _, err := s.Sweep(ctx, now.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	do(t, conn, `ANALYZE`)
	read := func() int {
		t.Helper()
		var void string
		if err := s.Engine.QueryRow(ctx, `SELECT pg_catalog.pg_stat_force_next_flush()::text`).Scan(&void); err != nil {
			t.Fatal(err)
		}
		return allRowsRead(t, url)
	}
	before := read()
	for _, call := range calls {
		if err := call.Run(s); err != nil {
			t.Fatalf("%s %s: %v", call.Method, call.Name, err)
		}
		after := read()
		if n := after - before; n > call.Rows {
			t.Errorf("%s %s reads %d rows, want at most %d", call.Method, call.Name, n, call.Rows)
		}
		before = after
	}
}

// allRowsRead does not count the row that the Store reads twice a second, at any time, to follow the changes
// of other processes.
func allRowsRead(t *testing.T, url string) int {
	t.Helper()
	const read = `FROM pg_stat_user_%s WHERE relname LIKE 'latchkey%%' AND relname <> 'latchkey_config_version'`
	text := asked(t, url, `SELECT ((SELECT sum(seq_tup_read) `+fmt.Sprintf(read, "tables")+`) + (SELECT sum(idx_tup_read) `+fmt.Sprintf(read, "indexes")+`))::text`)[0]
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
