package main

import (
	"database/sql"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// kills is how often the server is killed.
const kills = 50

// TestR8_1_R8_2_NothingAcknowledgedIsLost kills the server with SIGKILL at
// random moments under load and starts it again, many times: what was
// acknowledged is there, what was revoked stays so, and no code or refresh
// token is good twice.
func TestR8_1_R8_2_NothingAcknowledgedIsLost(t *testing.T) {
	data := t.TempDir()
	app := runJSON(t, data, "app", "add", "--name", "Load", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--skip-authorization")
	user := runJSON(t, data, "user", "add", "ada", "--generate")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // moments, not secrets
	client := url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	note := newNotebook()
	s := serve(t, data, "--addr", "localhost:0")
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	session := logIn(t, s.issuer, user["password"].(string))
	for range kills {
		stop := make(chan struct{})
		var load sync.WaitGroup
		for worker := range 6 {
			load.Go(func() { note.load(s.issuer, client, session, worker, stop) })
		}
		time.Sleep(time.Duration(20+random.IntN(120)) * time.Millisecond) // the moment is the point of the test
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = s.Wait()
		close(stop)
		load.Wait()
		s = serve(t, data, "--addr", address)
	}
	note.check(t, s.issuer, client)
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.Wait()
	db, err := sql.Open("sqlite", filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("the database: %s %v", verdict, err)
	}
	note.large(t, kills)
}
