package postgres_test

import (
	"strconv"
	"testing"
	"time"
)

// unexpired inserts rows that have not expired into all tables that are swept.
// Their IDs are those of a time without partitions. An earlier sweep has read the
// families once, and added the access tokens to their index.
const unexpired = `
CREATE VIEW lasting AS SELECT decode(lpad(to_hex(n), 32, '0'), 'hex') AS i, n, extract(epoch FROM now())::bigint * 1000 AS now, extract(epoch FROM now())::bigint * 1000 + 86400000 AS later
	FROM generate_series(1, 3000) n;
INSERT INTO latchkey_access_token SELECT i, '', 'c', 'ada', i, 'read', now, later FROM lasting;
INSERT INTO latchkey_ticket SELECT i, 'code', '', 'c', 'ada', 's', 'read', now, '', '', '', now, later, 0 FROM lasting;
INSERT INTO latchkey_family SELECT i, 'c', 'ada', 's', 'read', now, '', '', '', 0, 0, 'read', 0, now, later, later, n % 2 * now FROM lasting;
INSERT INTO latchkey_sweep_range SELECT 'latchkey_family_default', i, later FROM lasting WHERE n % 500 = 0;
INSERT INTO latchkey_access_run SELECT 1, '', i, later, 3000, later FROM lasting WHERE n = 3000;
INSERT INTO latchkey_revoked_jwt SELECT i, later FROM lasting;
INSERT INTO latchkey_session SELECT n, '', 'ada', now, now, now, later, later, '', '', later FROM lasting;
INSERT INTO latchkey_session_client SELECT n, 'c', 'ada', later, 0, 0, 0 FROM lasting;
INSERT INTO latchkey_attempt SELECT n, 1, 0, later FROM lasting;
DROP VIEW lasting;
`

// TestASweepReadsOnlyWhatMayHaveExpired: of 21,000 rows that have not expired, a
// sweep reads a handful, whatever statistics the planner has.
func TestASweepReadsOnlyWhatMayHaveExpired(t *testing.T) {
	for _, planned := range []string{"when the tables were empty", "as they are"} {
		url := migrated(t)
		conn, s := connected(t, url), stocked(t, url)
		if planned == "as they are" {
			do(t, conn, unexpired)
			do(t, conn, "ANALYZE")
		}
		sweep := func() {
			for range 10 {
				if deleted, err := s.Sweep(ctx, time.Now()); deleted != 0 || err != nil {
					t.Fatalf("%d rows were deleted: %v", deleted, err)
				}
			}
		}
		sweep()
		if planned != "as they are" {
			do(t, conn, unexpired)
		}
		before := sweptRowsRead(t, url)
		sweep()
		_ = s.Close()
		// A connection reports how many rows it has read when it ends.
		for len(asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND datname = current_database()`)) > 0 {
		}
		if n := sweptRowsRead(t, url) - before; n > 200 {
			t.Errorf("planned %s, a sweep reads %d rows", planned, n/10)
		}
	}
}

func sweptRowsRead(t *testing.T, url string) int {
	t.Helper()
	text := asked(t, url, `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::text FROM pg_stat_user_tables
		WHERE relname ~ '^latchkey_(access_token|ticket|family)_|^latchkey_(revoked_jwt|session|session_client|attempt)$'`)[0]
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
