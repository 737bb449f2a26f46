package latchkey_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestForgottenRunIsReported: by one warning, when a request is served half a minute after
// New, and in the Store for "latchkey check". The same holds if Run has ended early.
func TestForgottenRunIsReported(t *testing.T) {
	start := time.Now()
	var passed atomic.Int64
	clock := func() time.Time { return start.Add(time.Duration(passed.Load())) }
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var warnings atomic.Int32
	server, err := latchkey.New(t.Context(), latchkey.Options{
		Issuer: "https://id.example/o", Store: db, MasterKey: make([]byte, 32), NewKey: testkeys.NewSource(),
		Clock: clock, Logger: slog.New(slog.NewTextHandler(writerFunc(func(line []byte) (int, error) {
			if strings.Contains(string(line), "Server.Run is not running") {
				warnings.Add(1)
			}
			return len(line), nil
		}), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	request := func(after time.Duration, warned int32, idle int) {
		t.Helper()
		passed.Add(int64(after))
		server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/o/.well-known/jwks.json", nil))
		if n := warnings.Swap(0); n != warned {
			t.Errorf("%d warnings, want %d", n, warned)
		}
		if n, err := db.IdleServers(t.Context()); n != idle || err != nil {
			t.Errorf("%d idle servers, want %d: %v", n, idle, err)
		}
	}
	request(0, 0, 0)
	request(30*time.Second-time.Nanosecond, 0, 0)
	request(time.Nanosecond, 1, 1)
	request(time.Hour, 0, 1) // it is recorded again
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- server.Run(ctx) }()
	for idle := 1; idle > 0; { // until Run has recorded the server
		if idle, err = db.IdleServers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	request(time.Hour, 0, 0)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	request(0, 0, 0)
	request(30*time.Second, 1, 1)
}

// writerFunc is a function as an io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
