package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ops is what those see who run the server, on a listener of its own: it must
// not be reachable from outside.
type ops struct {
	store   readied
	metrics *metrics
	asking  singleflight.Group
	said    *lastReady // nil keeps nothing
}

// lastReady is what /readyz said last, for the metrics, which ask nobody.
type lastReady struct{ said atomic.Pointer[readySaid] }

type readySaid struct {
	at    time.Time
	ready bool
}

// readyHolds is how long that counts: those who ask do so more often.
const readyHolds = 30 * time.Second

func (l *lastReady) note(ready bool) {
	if l != nil {
		l.said.Store(&readySaid{time.Now(), ready})
	}
}

// unready reports whether the last answer was no, and not long ago.
func (l *lastReady) unready() bool {
	said := l.said.Load()
	return said != nil && !said.ready && time.Since(said.at) < readyHolds
}

// readied is what readiness asks of a store.
type readied interface {
	Writable(ctx context.Context) error
	SigningKeys(ctx context.Context) ([]oauth.SigningKey, error)
}

// readyWithin is how long whoever asks waits to hear that a process is ready:
// less than those who ask wait for an answer.
const readyWithin = 2 * time.Second

// handler serves /livez, /readyz, /metrics and /debug/pprof/, but not
// /debug/pprof/cmdline: the password of the database may be in there.
func (o *ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", o.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return mux
}

// ready tells whether this process can serve, and if not, what is missing. A
// database that does not answer holds a check longer than anybody waits for it:
// there is never more than one under way, and whoever comes later waits for
// the same.
func (o *ops) ready(w http.ResponseWriter, r *http.Request) {
	checked := o.asking.DoChan("", func() (any, error) { return o.check(context.WithoutCancel(r.Context())), nil })
	tooLong := time.NewTimer(readyWithin)
	defer tooLong.Stop()
	var found readiness
	select {
	case result := <-checked:
		found = result.Val.(readiness)
	case <-tooLong.C:
		found = readiness{Database: "does not answer", SigningKeys: notAsked}
	}
	w.Header().Set("Content-Type", "application/json")
	ready := found == (readiness{isOK, isOK})
	o.said.note(ready)
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(found)
}

// readiness is what each check says.
type readiness struct {
	Database    string `json:"database"`
	SigningKeys string `json:"signing_keys"`
}

const (
	isOK     = "ok"
	notAsked = "not asked for"
)

func (o *ops) check(ctx context.Context) readiness {
	if err := o.store.Writable(ctx); err != nil {
		return readiness{"cannot write: " + err.Error(), notAsked}
	}
	switch keys, err := o.store.SigningKeys(ctx); {
	case err != nil:
		return readiness{isOK, err.Error()}
	case len(keys) == 0:
		return readiness{isOK, "there are none"}
	}
	return readiness{isOK, isOK}
}

// opsSite is the listener of --ops-addr. Nobody asks who comes to it, so one
// that others can reach is said.
func (c *command) opsSite(ctx context.Context, p *instance) (site, error) {
	l, err := listen(ctx, c.config.OpsAddr, "--ops-addr", p.logger)
	if err != nil {
		return site{}, err
	}
	if at, tcp := l.Addr().(*net.TCPAddr); tcp && !at.IP.IsLoopback() {
		p.logger.WarnContext(ctx, "metrics and profiles can be read from other machines, without a password: keep --ops-addr from the outside", "listening", at.String())
	}
	measured := newStoreMetrics(p.store, p.logger)
	p.metrics.registry.MustRegister(measured)
	o := &ops{store: p.store, metrics: p.metrics, said: &measured.said}
	return site{listener: l, handler: o.handler(), cut: true}, nil
}
