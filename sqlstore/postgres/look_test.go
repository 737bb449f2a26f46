package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// as creates a role with rights, and returns the URL of the database for that role.
func as(t *testing.T, url, role, rights string) string {
	t.Helper()
	conn := connected(t, url)
	do(t, conn, `DROP ROLE IF EXISTS `+role+`; CREATE ROLE `+role+` LOGIN;`+rights)
	t.Cleanup(func() { do(t, connected(t, url), `DROP OWNED BY `+role+`; DROP ROLE `+role) })
	return strings.Replace(url, "latchkey@", role+"@", 1)
}

// TestOpenChangesNothingInADatabaseThatIsNotMigrated, and a role that must not create
// tables gets an error that names the right.
func TestOpenChangesNothingInADatabaseThatIsNotMigrated(t *testing.T) {
	url := database(t)
	for _, url := range []string{url, as(t, url, "guest", "")} {
		_, err := postgres.Open(ctx, url, postgres.Options{})
		if !errors.Is(err, postgres.ErrPending) || !strings.Contains(err.Error(), "run latchkey migrate") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if tables := asked(t, url, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace`); len(tables) > 0 {
		t.Errorf("Open created %v", tables)
	}
	_, err := postgres.Migrate(ctx, strings.Replace(url, "latchkey@", "guest@", 1))
	if err == nil || !strings.Contains(err.Error(), "GRANT CREATE ON SCHEMA public TO guest") {
		t.Errorf("migrating without the right: %v", err)
	}
}

// TestAWrongSearchPathIsReported: one that leads to no schema, or to another one.
func TestAWrongSearchPathIsReported(t *testing.T) {
	url := database(t)
	open(t, url, nil)
	do(t, connected(t, url), `CREATE SCHEMA attic; CREATE SCHEMA closed`)
	lost := as(t, url, "lost", `GRANT USAGE ON SCHEMA attic TO lost`)
	for path, want := range map[string]string{
		"nope":   "the search_path of the role lost is nope, and contains no schema that the role is allowed to use",
		"closed": "the search_path of the role lost is closed, and contains no schema that the role is allowed to use",
		"attic":  "if they are in the schema public, name it in the search_path of the role lost, which is attic",
	} {
		do(t, connected(t, url), `ALTER ROLE lost SET search_path = `+path)
		if _, err := postgres.Open(ctx, lost, postgres.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("search_path %s: %v", path, err)
		}
	}
}
