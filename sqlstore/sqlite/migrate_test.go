package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// TestFailedStepChangesNothing: the statements of a step before the one that fails are rolled back, and
// the step runs again when its cause is removed.
func TestFailedStepChangesNothing(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	provider, err := migrations.NewProvider("sqlite", db)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	state := func() (version int64, tables int) {
		t.Helper()
		version, err := provider.GetDBVersion(t.Context())
		if err == nil {
			err = db.QueryRowContext(t.Context(), `SELECT count(*) FROM sqlite_schema WHERE name = 'latchkey_webhook_failure'`).Scan(&tables)
		}
		if err != nil {
			t.Fatal(err)
		}
		return version, tables
	}
	if _, err := provider.UpTo(t.Context(), 19); err != nil {
		t.Fatal(err)
	}
	exec(`CREATE TABLE latchkey_webhook_failure_failed (n INTEGER)`) // the name of the index that step 20 creates last
	if ran, err := migrations.Ran(provider.UpTo(t.Context(), 20)); err == nil || len(ran) != 0 {
		t.Errorf("ran %v, %v", ran, err)
	}
	if version, tables := state(); version != 19 || tables != 0 {
		t.Errorf("after the failure: version %d, and %d tables", version, tables)
	}
	exec(`DROP TABLE latchkey_webhook_failure_failed`)
	if ran, err := migrations.Ran(provider.UpTo(t.Context(), 20)); err != nil || len(ran) != 1 || ran[0] != "00020_webhook_failures" {
		t.Errorf("ran %v, %v", ran, err)
	}
	if version, tables := state(); version != 20 || tables != 1 {
		t.Errorf("after the step: version %d, and %d tables", version, tables)
	}
}
