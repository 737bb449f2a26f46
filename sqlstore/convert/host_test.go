package convert_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// hostSteps are the migrations of a host program. It has tables whose names
// Latchkey used before 0.1.0.
func hostSteps(n int) fstest.MapFS {
	files := make(fstest.MapFS)
	for i, table := range []string{"session", "account", "client", "subject", "code", "family", "lease"}[:n] {
		files[fmt.Sprintf("%05d_%s.sql", i+1, table)] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE " + table + " (shoe_size INTEGER);\n")}
	}
	return files
}

// migrateHost runs the first migrations of the host program, with goose's own
// table of versions.
func (db *database) migrateHost(n int) {
	db.t.Helper()
	dialect := goose.DialectPostgres
	if db.engine == "sqlite" {
		dialect = goose.DialectSQLite3
	}
	provider, err := goose.NewProvider(dialect, db.DB, hostSteps(n))
	if err == nil {
		_, err = provider.Up(db.t.Context())
	}
	if err != nil {
		db.t.Fatal(err)
	}
}

// TestAHostProgramUsesGooseInTheSameDatabase at any version, before Latchkey and
// after it, and has tables of its own that are named like ours were.
func TestAHostProgramUsesGooseInTheSameDatabase(t *testing.T) {
	for _, first := range []int{0, 1, 2, 4, 5, 7} {
		onEach(t, false, func(t *testing.T, db *database) {
			db.migrateHost(max(first, 1)) // goose needs one
			for _, table := range []string{"session", "account", "client"}[:min(first, 3)] {
				db.exec(`INSERT INTO ` + table + ` VALUES (42)`)
			}
			s, err := db.open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			db.migrateHost(7)
			tables := db.texts(db.tables)
			for _, table := range []string{"session", "lease", "latchkey_session", "latchkey_lease", "goose_db_version", migrations.VersionTable} {
				if !slices.Contains(tables, table) {
					t.Errorf("with the host at version %d there is no table %s", first, table)
				}
			}
			if n := db.texts(`SELECT CAST(count(*) AS TEXT) FROM goose_db_version`)[0]; n != "8" {
				t.Errorf("the host has %s versions, want 8", n)
			}
			for _, table := range []string{"session", "account", "client"}[:min(first, 3)] {
				if size := db.texts(`SELECT CAST(shoe_size AS TEXT) FROM ` + table); !slices.Equal(size, []string{"42"}) {
					t.Errorf("the host's table %s holds %v", table, size)
				}
			}
		})
	}
}

// TestMigrationsInGoThatAHostRegisteredAreNotRun on Latchkey's tables.
func TestMigrationsInGoThatAHostRegisteredAreNotRun(t *testing.T) {
	goose.ResetGlobalMigrations()
	t.Cleanup(goose.ResetGlobalMigrations)
	goose.AddNamedMigrationContext("00002_of_the_host.go", func(context.Context, *sql.Tx) error { return errors.New("a migration of the host was run") }, nil)
	onEach(t, false, func(t *testing.T, db *database) {
		if ran := db.mustMigrate(); !slices.Equal(ran, andLater(db.engine, "00001_first")) {
			t.Errorf("migrating ran %v", ran)
		}
	})
}

// TestAConversionLeavesTheHostsVersions in goose_db_version, and drops that table
// if all of its rows are Latchkey's.
func TestAConversionLeavesTheHostsVersions(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		kept   bool
	}{
		"only ours":           {"", false},
		"a later version too": {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (7, TRUE)`, true},
		"a version twice":     {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, TRUE)`, true},
		"a version less":      {`DELETE FROM goose_db_version WHERE version_id = 2`, true},
	} {
		onEach(t, true, func(t *testing.T, db *database) {
			if c.change != "" {
				db.exec(c.change)
			}
			const versions = `SELECT CAST(version_id AS TEXT) FROM goose_db_version ORDER BY id`
			before := db.texts(versions)
			db.mustMigrate()
			if kept := slices.Contains(db.texts(db.tables), "goose_db_version"); kept != c.kept {
				t.Errorf("%s: goose_db_version is kept: %v", name, kept)
			}
			if c.kept && !slices.Equal(db.texts(versions), before) {
				t.Errorf("%s: the versions %v became %v", name, before, db.texts(versions))
			}
		})
	}
}

// TestARoleThatOnlyUsesTheTablesMayUseTheNewOnes after a conversion by the owner
// of the tables.
func TestARoleThatOnlyUsesTheTablesMayUseTheNewOnes(t *testing.T) {
	db := onPostgres(t, true)
	db.exec(`CREATE ROLE app LOGIN`)
	t.Cleanup(func() { _, _ = db.ExecContext(context.WithoutCancel(t.Context()), `DROP OWNED BY app; DROP ROLE app`) })
	db.exec(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app`)
	app := strings.Replace(db.address, "latchkey@", "app@", 1)
	_, err := postgres.Open(t.Context(), app, postgres.Options{})
	if !errors.Is(err, postgres.ErrPending) || !strings.Contains(err.Error(), "Stop all servers, run latchkey migrate") {
		t.Errorf("before the conversion: %v", err)
	}
	db.mustMigrate()
	s, err := postgres.Open(t.Context(), app, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, table := range db.texts(db.tables) {
		for _, right := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			if may := db.texts(`SELECT has_table_privilege('app', '` + table + `', '` + right + `')::text`)[0]; may != "true" {
				t.Errorf("the role must not %s in %s", right, table)
			}
		}
	}
}

// andLater returns the names of a first step and of those that follow it.
func andLater(engine, first string) []string {
	names := []string{first}
	later, err := migrations.Steps(engine, 1)
	if err != nil {
		panic(err)
	}
	for _, step := range later {
		names = append(names, step.Name)
	}
	return names
}
