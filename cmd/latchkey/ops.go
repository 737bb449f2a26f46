package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/pprof"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// ops is what those see who run the server, on a listener of its own: it must
// not be reachable from outside.
type ops struct {
	store    *sqlstore.Store
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newOps(store *sqlstore.Store) *ops {
	o := &ops{store: store, registry: prometheus.NewRegistry()}
	o.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "latchkey_http_request_duration_seconds", Help: "Requests by route, method and status, and how long they took.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})
	o.registry.MustRegister(
		o.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		counter("latchkey_store_round_trips_total", "Calls to the database.", store.RoundTrips),
		counter("latchkey_store_rows_written_total", "Rows written by the verbs of the protocol.", store.Rows),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "latchkey_build_info", Help: "1; the version is a label.", ConstLabels: prometheus.Labels{"version": buildVersion()}},
			func() float64 { return 1 }),
	)
	return o
}

func counter(name, help string, value func() uint64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

// handler serves /livez, /readyz, /metrics and /debug/pprof/.
func (o *ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", o.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}))
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

// measured counts requests and times them. Labels are routes, never addresses:
// strangers must not be able to make new ones.
func (o *ops) measured(base string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		seen := &seenWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		o.requests.WithLabelValues(route(base, r.URL.Path), method(r.Method), strconv.Itoa(seen.status)).Observe(time.Since(begun).Seconds())
	})
}

// seenWriter remembers the status.
type seenWriter struct {
	http.ResponseWriter
	status int
}

func (w *seenWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// routes are the endpoints that are told apart.
var routes = map[string]bool{
	"authorize": true, "token": true, "revoke_token": true, "introspect": true, "userinfo": true, "login": true, "logout": true,
	"check_session": true, "account": true, "authorized_tokens": true, "signup": true, "reset": true, "verify": true,
}

func route(base, path string) string {
	switch {
	case strings.HasPrefix(path, "/admin/"):
		return "admin"
	case strings.Contains(path, "/.well-known/"):
		return "metadata"
	case strings.HasPrefix(path, base+"/static/"):
		return "static"
	}
	if name, found := strings.CutPrefix(path, base+"/"); found {
		if name = strings.TrimSuffix(name, "/"); routes[name] {
			return name
		}
	}
	return "other"
}

func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions:
		return name
	}
	return "other"
}

// observed adds the listener of --ops-addr, and measures the server.
func (c *command) observed(ctx context.Context, p *provider, server http.Handler) ([]site, error) {
	l, err := listen(ctx, c.config.OpsAddr, "--ops-addr")
	if err != nil {
		return nil, err
	}
	issuer, err := url.Parse(p.issuer)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	o := newOps(p.store)
	return []site{{p.listener, o.measured(issuer.EscapedPath(), server)}, {l, o.handler()}}, nil
}
