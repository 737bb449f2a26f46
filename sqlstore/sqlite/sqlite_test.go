package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
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
		path := filepath.Join(t.TempDir(), "with ?odd# name%.db")
		testdb.SQLiteFile(t, path)
		return open(t, path, clock)
	})
}

// TestAFullDiskIsReportedAtOnce, and no file is created there. It runs in a process of its own,
// because the limit is that of a process, and "go test" lets each one write a list of the files
// that it opens.
func TestAFullDiskIsReportedAtOnce(t *testing.T) {
	const own = "LATCHKEY_TEST_FULL_DISK"
	if os.Getenv(own) == "" {
		alone := exec.Command(os.Args[0], "-test.run=^TestAFullDiskIsReportedAtOnce$", "-test.v") //nolint:gosec // this program
		alone.Env = append(os.Environ(), own+"=1")
		if out, err := alone.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestAFullDiskIsReportedAtOnce") {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	dir := t.TempDir()
	there := filepath.Join(dir, "there.db")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "new.db"), there} {
		var err error
		synctest.Test(t, func(t *testing.T) { // here time passes only while something waits
			start := time.Now()
			fullDisk(t, func() {
				var store *sqlstore.Store
				if store, err = sqlite.Open(context.Background(), path, sqlite.Options{}); err == nil {
					_ = store.Close()
				}
			})
			if waited := time.Since(start); waited > 0 {
				t.Errorf("opening %s waited for %s before it failed", path, waited)
			}
		})
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("opening %s: %v", path, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0].Name() != "there.db" {
		t.Errorf("the folder contains %v", files)
	}
	open(t, filepath.Join(dir, "new.db"), nil)
	open(t, there, nil)
}

// fullDisk runs a function while no file of this process can grow.
func fullDisk(t *testing.T, run func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	none := was
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &none); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}()
	run()
}

func TestClosingRemovesTheLog(t *testing.T) {
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
			t.Errorf("the folder contains %v", files)
		}
	}
}

// TestARowThatCannotBeScannedIsAFault, and not an outage.
func TestARowThatCannotBeScannedIsAFault(t *testing.T) {
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
	for _, statement := range []string{`UPDATE latchkey_client SET settings = '{'`, `UPDATE latchkey_access_token SET hash = x'00'`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	_, one := s.Client(ctx, "c")
	_, _, other := s.AccessToken(ctx, token.ID)
	_, _, listed := s.Clients(ctx, oauth.ClientFilter{}, paging.Page{})
	for name, err := range map[string]error{"settings that are not JSON": one, "a hash that is too short": other, "settings in a list": listed} {
		if err == nil || errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stats := s.Stats(); stats.Unreachable || stats.Faults != 3 {
		t.Errorf("unreachable: %v, and %d faults", stats.Unreachable, stats.Faults)
	}
}
