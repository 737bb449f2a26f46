package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// searchPaths opens n connections of a pool and returns the search_path of each.
func searchPaths(t *testing.T, pool *pgxpool.Pool, n int) (paths []string) {
	t.Helper()
	var open []*pgxpool.Conn // until the end, so that each connection is another one
	defer func() {
		for _, conn := range open {
			conn.Release()
		}
	}()
	for range n {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
		var path string
		if err := conn.QueryRow(ctx, `SHOW search_path`).Scan(&path); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// TestEveryNewConnectionSearchesOnlyTheSchemaOfTheTables, and afterwards the
// temporary tables, whatever search_path the URL has. Statements that name the
// schema of a function do not need it; it protects the others.
func TestEveryNewConnectionSearchesOnlyTheSchemaOfTheTables(t *testing.T) {
	url := migrated(t)
	open(t, url, nil)
	do(t, connected(t, url), `CREATE SCHEMA other`)
	for _, setting := range []string{"", "&search_path=public", "&search_path=other,public"} {
		pool, err := postgres.Connect(ctx, url+setting+"&pool_max_conns=3")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		for range 2 {
			if paths := strings.Join(searchPaths(t, pool, 3), "; "); paths != strings.Repeat("public, pg_temp; ", 2)+"public, pg_temp" {
				t.Errorf("%q: the search_path of the connections is %s", setting, paths)
			}
			pool.Reset() // the next connections are new
		}
	}
}

// TestConnectionsOfAPoolerKeepTheirSearchPath, because others use them too.
func TestConnectionsOfAPoolerKeepTheirSearchPath(t *testing.T) {
	url := migrated(t)
	open(t, url, nil)
	before := asked(t, url, `SHOW search_path`)
	pool, err := postgres.Connect(ctx, server.PoolerFor(t)(url)+"&default_query_exec_mode=exec")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	for _, path := range searchPaths(t, pool, 2) {
		if path != before[0] {
			t.Errorf("the search_path is %s, want %s", path, before[0])
		}
	}
}

// TestStatementsAreNotCompiled checks that statements are compiled only if the URL
// contains the setting for it.
func TestStatementsAreNotCompiled(t *testing.T) {
	url := migrated(t)
	for setting, want := range map[string]string{"": "off", "&jit=on": "on"} {
		pool, err := postgres.Connect(ctx, url+setting)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		var jit string
		if err := pool.QueryRow(ctx, `SHOW jit`).Scan(&jit); err != nil || jit != want {
			t.Errorf("with the settings %q, jit is %s, want %s: %v", setting, jit, want, err)
		}
	}
}
