package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// ops is what those see who run the server, on a listener of its own: it must
// not be reachable from outside.
type ops struct {
	store   *sqlstore.Store
	metrics *metrics
}

// handler serves /livez, /readyz, /metrics and /debug/pprof/.
func (o *ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", o.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	return mux
}

// ready tells whether this process can serve, and if not, what is missing.
func (o *ops) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	checks := map[string]string{"database": "ok", "signing_keys": "ok"}
	status := http.StatusOK
	fail := func(what, why string) { checks[what], status = why, http.StatusServiceUnavailable }
	if err := o.store.Writable(ctx); err != nil {
		fail("database", "cannot write: "+err.Error())
	}
	switch keys, err := o.store.SigningKeys(ctx); {
	case err != nil:
		fail("signing_keys", err.Error())
	case len(keys) == 0:
		fail("signing_keys", "there are none")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(checks)
}

// opsSite is the listener of --ops-addr.
func (c *command) opsSite(ctx context.Context, p *provider) (site, error) {
	l, err := listen(ctx, c.config.OpsAddr, "--ops-addr")
	if err != nil {
		return site{}, err
	}
	p.metrics.registry.MustRegister(newStoreMetrics(p.store, p.logger))
	o := &ops{p.store, p.metrics}
	return site{l, o.handler()}, nil
}
