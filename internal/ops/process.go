package ops

import (
	"io"
	"net/http"
	"sync/atomic"
)

// Process is the state of this process alone. The zero value serves.
type Process struct{ stopping atomic.Bool }

// Stop makes the process report that it stops.
func (p *Process) Stop() { p.stopping.Store(true) }

// ServeHTTP serves /healthz: 200 until the process stops, and then 503. It does
// not ask the database: if that is unavailable, all processes are in the same
// state, and a load balancer that removed all of them would answer in their place.
func (p *Process) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if p.stopping.Load() {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "stopping\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}
