package ops

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// readinessTimeout is how long /readyz waits for the database: less than the
// usual timeout of a load balancer.
const readinessTimeout = 2 * time.Second

// checkedStore is the part of a store that a readiness check calls.
type checkedStore interface {
	Writable(ctx context.Context) error
	SigningKeys(ctx context.Context) ([]oauth.SigningKey, error)
}

// readinessCheck serves /readyz.
type readinessCheck struct {
	process *Process
	store   checkedStore
	running singleflight.Group
	last    *lastReadiness // may be nil
}

// readiness is the answer of /readyz.
type readiness struct {
	Database    string `json:"database"`
	SigningKeys string `json:"signing_keys"`
}

const (
	checkOK    = "ok"
	notChecked = "not checked"
)

// ServeHTTP answers 200 if this process can serve, and 503 with the reason if
// not. A database that hangs can block a check for longer than readinessTimeout.
// So only one check runs at a time, and later callers wait for its result.
func (c *readinessCheck) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.process.stopping.Load() {
		c.process.ServeHTTP(w, r)
		return
	}
	checked := c.running.DoChan("", func() (any, error) {
		defer crash.Log(nil)
		return c.check(context.WithoutCancel(r.Context())), nil
	})
	timeout := time.NewTimer(readinessTimeout)
	defer timeout.Stop()
	var found readiness
	select {
	case result := <-checked:
		found = result.Val.(readiness)
	case <-timeout.C:
		found = readiness{Database: "does not answer", SigningKeys: notChecked}
	}
	w.Header().Set("Content-Type", "application/json")
	ready := found == (readiness{checkOK, checkOK})
	c.last.set(ready)
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(found)
}

func (c *readinessCheck) check(ctx context.Context) readiness {
	if err := c.store.Writable(ctx); err != nil {
		return readiness{"cannot write: " + err.Error(), notChecked}
	}
	switch keys, err := c.store.SigningKeys(ctx); {
	case err != nil:
		return readiness{checkOK, err.Error()}
	case len(keys) == 0:
		return readiness{checkOK, "there are no signing keys"}
	}
	return readiness{checkOK, checkOK}
}

// lastReadiness is the last answer of /readyz. The metrics report it without a
// check of their own.
type lastReadiness struct {
	last atomic.Pointer[readinessAnswer]
}

type readinessAnswer struct {
	at    time.Time
	ready bool
}

// readinessLifetime is how long an answer counts. Load balancers ask more
// often.
const readinessLifetime = 30 * time.Second

func (l *lastReadiness) set(ready bool) {
	if l != nil {
		l.last.Store(&readinessAnswer{time.Now(), ready})
	}
}

// recentlyUnready reports whether the last answer was negative and still counts.
func (l *lastReadiness) recentlyUnready() bool {
	answer := l.last.Load()
	return answer != nil && !answer.ready && time.Since(answer.at) < readinessLifetime
}
