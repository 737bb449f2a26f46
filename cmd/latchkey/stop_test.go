package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestAServerThatStopsIsUnreadyFirst: load balancers see that the process stops,
// and until they have noticed, requests are served.
func TestAServerThatStopsIsUnreadyFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0", "--shutdown-delay", "1h")
	public := strings.TrimSuffix(s.issuer, "/o")
	paths := []string{public + "/healthz", s.ops + "/healthz", s.ops + "/readyz"}
	_ = awaitReady(t, s)
	for _, path := range paths[:2] {
		if status, body := fetch(t, path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { status, _ := fetch(t, paths[0]); return status == http.StatusServiceUnavailable })
	for _, path := range paths {
		if status, body := fetch(t, path); status != http.StatusServiceUnavailable || !strings.Contains(body, "stopping") {
			t.Errorf("%s, stopping: %d %s", path, status, body)
		}
	}
	if status, _ := fetch(t, s.issuer+"/.well-known/jwks.json"); status != http.StatusOK {
		t.Errorf("a request during the delay: %d", status)
	}
	short := serve(t, t.TempDir(), "--addr", "localhost:0", "--shutdown-delay", "1ms")
	if err := short.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := short.Wait(); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}
