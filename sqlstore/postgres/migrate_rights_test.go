package postgres_test

import (
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// TestAStepSetsTheOwnerAndTheRightsOfItsTables in the transaction of the step: a process that is
// killed after any step leaves no table that the servers cannot use. The steps run as another
// role than the owner of the first tables, without the code that calls them.
func TestAStepSetsTheOwnerAndTheRightsOfItsTables(t *testing.T) {
	url := database(t)
	owner := as(t, url, "owner", `GRANT CREATE ON SCHEMA public TO owner`)
	as(t, url, "app", "")
	as(t, url, "reader", "")
	step := func(url string) {
		t.Helper()
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		provider, err := migrations.NewProvider("postgres", db)
		if err == nil {
			_, err = provider.UpByOne(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	step(owner)
	do(t, connected(t, owner), `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader`)
	const tables = `SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace`
	before := len(asked(t, url, tables))
	newest, err := migrations.Newest("postgres")
	if err != nil {
		t.Fatal(err)
	}
	for version := int64(2); version <= newest; version++ {
		step(url)
		for _, fault := range asked(t, url, tables+` AND NOT (relowner = 'owner'::regrole AND has_table_privilege('app', oid, 'SELECT') AND has_table_privilege('app', oid, 'INSERT')
			AND has_table_privilege('app', oid, 'UPDATE') AND has_table_privilege('app', oid, 'DELETE') AND NOT has_table_privilege('app', oid, 'TRUNCATE')
			AND has_table_privilege('reader', oid, 'SELECT') AND NOT has_table_privilege('reader', oid, 'INSERT'))`) {
			t.Errorf("after step %d, %s has another owner or other rights than the tables before it", version, fault)
		}
	}
	if len(asked(t, url, tables)) == before {
		t.Error("no step has added a table")
	}
}
