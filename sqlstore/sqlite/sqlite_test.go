package sqlite_test

import (
	"context"
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
