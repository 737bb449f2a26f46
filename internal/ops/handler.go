package ops

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
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

// A route is an endpoint and its handler.
type route struct {
	endpoint.Endpoint
	serve http.Handler
}

// newHandler returns the handler of all routes.
func newHandler(readiness *readinessCheck, m *Metrics) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes(readiness, readiness.process, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})) {
		mux.Handle(r.Methods+" "+r.Path, r.serve)
	}
	return mux
}

// routes returns all routes. It does not contain /debug/pprof/cmdline: the command line
// may contain the password of the database.
func routes(ready, process, metrics http.Handler) []route {
	get := func(path, purpose string, serve http.Handler) route {
		return route{endpoint.Endpoint{Methods: "GET", Path: path, Purpose: purpose, Authentication: endpoint.None}, serve}
	}
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }
	return []route{
		get("/livez", "returns `ok` while the process is running", http.HandlerFunc(ok)),
		get("/healthz", "returns 200 until SIGTERM, and then 503. The public listener serves it too", process),
		get("/readyz", "returns 200 if the process and its database can serve", ready),
		get("/metrics", "[metrics](metrics.md) for Prometheus", metrics),
		get("/debug/pprof/", "profiles (net/http/pprof)", http.HandlerFunc(pprof.Index)),
		get("/debug/pprof/profile", "CPU profile", http.HandlerFunc(pprof.Profile)),
		get("/debug/pprof/trace", "execution trace", http.HandlerFunc(pprof.Trace)),
		get("/debug/pprof/symbol", "names of functions, for tools", http.HandlerFunc(pprof.Symbol)),
	}
}

// Endpoints returns all endpoints, for the reference.
func Endpoints() (all []endpoint.Endpoint) {
	for _, r := range routes(nil, nil, nil) {
		all = append(all, r.Endpoint)
	}
	return all
}
