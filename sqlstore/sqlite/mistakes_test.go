package sqlite_test

import (
	"errors"
	"io/fs"
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
	if !errors.Is(missing, fs.ErrNotExist) {
		t.Errorf("got %v", missing)
	}
}
