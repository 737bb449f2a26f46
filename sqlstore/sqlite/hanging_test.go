package sqlite

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// TestNoCallOfABlockedDatabaseWaitsTooLong blocks all writes, as another process
// does that has begun to write, and all reads, as long-running reads do.
func TestNoCallOfABlockedDatabaseWaitsTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), `UPDATE latchkey_config_version SET version = version`); err != nil {
		t.Fatal(err)
	}
	readers := s.Engine.(*engine).readers
	for range cap(readers.free) {
		if err := readers.acquire(oauth.MaxStoreWait); err != nil {
			t.Fatal(err)
		}
	}
	for method, err := range storetest.RunHanging(t, s) {
		if !errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%s failed with %v, which is not ErrUnavailable", method, err)
		}
	}
	if waits := s.Stats().Engine.Pool.Waits; waits == 0 {
		t.Error("the reads that waited were not counted")
	}
	for range cap(readers.free) {
		readers.release()
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestACallerDoesNotWaitForADiskThatHangs: a result that arrives after its caller
// gave up is dropped.
func TestACallerDoesNotWaitForADiskThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the time passes only when the transaction waits for the disk
		hangs := make(chan struct{})
		db := sql.OpenDB(&ledger{refuse: func(statement string, _ []string) error {
			if statement == "COMMIT" {
				<-hangs
			}
			return nil
		}})
		e, err := newEngine(t.Context(), pools{write: db, read: db}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx := oauth.WithStoreWait(t.Context())
		oauth.AddStoreWait(ctx, oauth.MaxStoreWait-time.Millisecond)
		if err := e.Do(ctx, func(sqlstore.Conn) error { return nil }); !errors.Is(err, sqlstore.ErrNoResult) || !unreachable(err) {
			t.Errorf("got %v", err)
		}
		close(hangs)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}
