package ops

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// NewHandler returns the handler of the ops listener, and adds the figures of
// the store to the metrics. It serves /livez, /healthz, /readyz, /metrics and
// /debug/pprof/, without authentication: it must not be reachable by others.
func NewHandler(process *Process, store *sqlstore.Store, m *Metrics, logger *slog.Logger) http.Handler {
	figures := newStoreMetrics(store, logger)
	m.registry.MustRegister(figures)
	return newHandler(&readinessCheck{process: process, store: store, last: &figures.readiness}, m)
}

// newHandler does not serve /debug/pprof/cmdline: the command line may contain
// the password of the database.
func newHandler(readiness *readinessCheck, m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.Handle("GET /healthz", readiness.process)
	mux.Handle("GET /readyz", readiness)
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return mux
}
