package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

func open(t testing.TB, path string, clock func() time.Time) *sqlstore.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestStoreKeepsItsPromises(t *testing.T) {
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		return open(t, filepath.Join(t.TempDir(), "with ?odd# name%.db"), clock)
	})
}

func TestAClosedDatabaseIsOneFile(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		store, err := sqlite.Open(context.Background(), filepath.Join(dir, "l.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 1 || files[0].Name() != "l.db" {
			t.Errorf("there are %v", files)
		}
	}
}
