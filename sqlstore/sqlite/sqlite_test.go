package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
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

// TestARowThatCannotBeReadIsAFault: waiting does not mend it, and the database
// is there.
func TestARowThatCannotBeReadIsAFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	s := stocked(t, path)
	token := access(time.Now())
	if err := s.Issue(ctx, token); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{`UPDATE client SET settings = '{'`, `UPDATE access_token SET hash = x'00'`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	_, one := s.Client(ctx, "c")
	_, _, other := s.AccessToken(ctx, token.ID)
	_, _, listed := s.Clients(ctx, oauth.ClientFilter{}, oauth.Page{})
	for name, err := range map[string]error{"settings that are no JSON": one, "a hash that is too short": other, "settings in a list": listed} {
		if err == nil || errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, away := s.Outage(time.Time{}); away || s.Stats().Faults != 3 {
		t.Errorf("an outage: %v, and %d faults", away, s.Stats().Faults)
	}
}
