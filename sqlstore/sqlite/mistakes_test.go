package sqlite_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// Errors explain a path that is not a file, and a pool that is nil.
func TestMistakesInTheDatabaseAreExplained(t *testing.T) {
	folder := t.TempDir()
	_, isFolder := sqlite.Open(t.Context(), folder, sqlite.Options{})
	_, missing := sqlite.Open(t.Context(), filepath.Join(folder, "none", "latchkey.db"), sqlite.Options{})
	_, isNil := sqlite.Use(t.Context(), nil, sqlite.Options{})
	for want, err := range map[string]error{
		"is a folder. Add the name of the file, such as " + filepath.Join(folder, "latchkey.db"): isFolder,
		"none does not exist. Create it, or correct the path":                                    missing,
		"the database is nil": isNil,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for name, want := range map[string]string{
		"":                                       "the path is empty",
		":memory:":                               "it is in memory",
		"file::memory:?cache=shared":             "it is in memory",
		"file:x.db?mode=rwc":                     "it is a data source name",
		filepath.Join(folder, "x.db?mode=ro"):    "it is a data source name",
		filepath.Join(folder, "what? a name.db"): "",
	} {
		store, err := sqlite.Open(t.Context(), name, sqlite.Options{})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
		if err == nil {
			_ = store.Close()
		}
	}
	if _, err := os.Stat(":memory:"); err == nil {
		t.Error("there is a file :memory:")
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "none", "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Use(t.Context(), db, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "Check the path in the data source name") {
		t.Errorf("got %v", err)
	}
	_ = db.Close()
	if !errors.Is(missing, fs.ErrNotExist) {
		t.Errorf("got %v", missing)
	}
}
