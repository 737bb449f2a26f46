package testdb

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// migrated returns the content of a SQLite file with all tables and no rows. Only the
// first call runs the migrations, which take a tenth of a second with the race detector.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "latchkey-sqlite-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "latchkey.db")
	if _, err := sqlite.Migrate(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // the path of the new file
})

// SQLiteFile creates a file as sqlite.Open does: with all tables and no rows.
func SQLiteFile(t testing.TB, path string) {
	t.Helper()
	content, err := migrated()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
