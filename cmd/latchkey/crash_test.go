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

// TestNothingAcknowledgedIsLostWhenTheServerIsKilled kills the server with
// SIGKILL after a random number of requests and starts it again, 20 times, or 200
// times with "make soak".
// Everything that was acknowledged exists, revoked tokens stay revoked, and no
// code or refresh token works twice.
func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	app := runJSON(t, data, "app", "add", "--name", "Load", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--skip-authorization")
	user := runJSON(t, data, "user", "add", "ada", "--generate")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // moments, not secrets
	client := url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	note := newNotebook(make(chan struct{}, 1))
	s := serve(t, data, "--addr", fixedAddress(t))
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	session := logIn(t, s.issuer, user["password"].(string))
	kills := 20
	if soak {
		kills = 200
	}
	for range kills {
		stop := make(chan struct{})
		var load sync.WaitGroup
		before := note.amount()
		note.keepBusy(&load, 6, s.issuer, client, session, stop)
		await(t, note.changed, "an operation of each kind succeeds", func() bool { return note.amount().exceeds(before, 1) })
		awaitMoment(t, random, note)
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
}
