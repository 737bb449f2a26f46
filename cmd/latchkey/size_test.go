package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The limits of the size of the binary, and of the private memory of an idle server, in
// megabytes. Pages of the binary do not count: processes share them, the system can discard
// them at any time, and it decides how many of them it keeps in memory.
const (
	sizeLimit   = 44
	memoryLimit = 14
)

func TestBinaryIsSmallerThan44MB(t *testing.T) {
	info, err := os.Stat(program(t))
	if err != nil {
		t.Fatal(err)
	}
	if size := info.Size() >> 20; size >= sizeLimit {
		t.Errorf("the binary has %d MB", size)
	}
}

// TestIdleServerUsesLessThan14MBOfItsOwn starts a server on an empty database, and on
// one with many valid tokens. "make soak" stores a million.
func TestIdleServerUsesLessThan14MBOfItsOwn(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("skipped: this system has no /proc, so the memory of a process is not known")
	}
	data := t.TempDir()
	if size := idle(t, data); size >= memoryLimit {
		t.Errorf("an idle server uses %d MB", size)
	}
	db, err := sql.Open("sqlite", filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	tokens := 20_000
	if soak {
		tokens = 1_000_000
	}
	now := time.Now().UnixMilli()
	_, err = db.Exec(`WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < $2)
		INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
		SELECT CAST(unhex(printf('%012x', $1 + n)) || randomblob(10) AS BLOB), randomblob(32), 'c', '', x'', 'read', $1, $1 + 3600000 FROM i`, now, tokens)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if size := idle(t, data); size >= memoryLimit {
		t.Errorf("an idle server with %d tokens uses %d MB", tokens, size)
	}
}

// idle returns the private memory of a server that has answered requests and is idle, in
// megabytes.
func idle(t *testing.T, data string) (size int) {
	t.Helper()
	s := serve(t, data, "--addr", "localhost:0", "--issuer", "http://localhost/o")
	for range 20 {
		response, err := http.Get(s.listens + "/o/login/")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	if _, err := fmt.Sscan(rest, &size); err != nil {
		t.Fatal(err)
	}
	_ = s.Process.Kill()
	_ = s.Wait()
	t.Logf("%d kB", size)
	return size >> 10
}
