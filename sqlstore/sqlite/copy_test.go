package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// content returns the content of a database file and of its log.
func content(t *testing.T, path string) (all [2][]byte) {
	t.Helper()
	for i, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + suffix)
		if err != nil && (suffix == "" || !os.IsNotExist(err)) {
			t.Fatal(err)
		}
		all[i] = text
	}
	return all
}

func same(a, b [2][]byte) bool { return bytes.Equal(a[0], b[0]) && bytes.Equal(a[1], b[1]) }

// TestASourceIsReadAndNotChanged, even if its server was killed and left a log.
func TestASourceIsReadAndNotChanged(t *testing.T) {
	running, path := filepath.Join(t.TempDir(), "l.db"), filepath.Join(t.TempDir(), "l.db")
	s := stocked(t, running)
	if err := s.Issue(ctx, access(time.Now())); err != nil {
		t.Fatal(err)
	}
	left := content(t, running)
	if len(left[1]) == 0 {
		t.Fatal("there is no log")
	}
	for i, suffix := range []string{"", "-wal"} {
		if err := os.WriteFile(path+suffix, left[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, err := sqlite.CopySource(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := source.Query(ctx, `SELECT count(*) FROM latchkey_access_token`)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err != nil || n != 1 {
		t.Errorf("%d rows: %v", n, err)
	}
	_ = rows.Close()
	if err := source.Write(ctx, nil, "latchkey_attempt", []string{"key"}, [][]any{{"x"}}); err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("it can be written to: %v", err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
	if !same(content(t, path), left) {
		t.Error("it was changed")
	}
}

// TestADatabaseWithOlderTablesIsRefusedAndNotChanged until it is migrated.
func TestADatabaseWithOlderTablesIsRefusedAndNotChanged(t *testing.T) {
	file, err := os.ReadFile("../testdata/before-0.1.0/sqlite.db")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	left := content(t, path)
	if source, err := sqlite.CopySource(ctx, path); err == nil || !strings.Contains(err.Error(), "run latchkey migrate") {
		t.Errorf("%v %v", source, err)
	}
	if target, err := sqlite.CopyTarget(ctx, path); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("as a target: %v %v", target, err)
	}
	if !same(content(t, path), left) {
		t.Error("it was changed")
	}
	s := open(t, path, nil) // as latchkey migrate does
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	source, err := sqlite.CopySource(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
}
