package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/ops"
)

// site is a listener with its handler.
type site struct {
	listener net.Listener
	handler  http.Handler
	// connState is for http.Server.ConnState.
	connState func(net.Conn, http.ConnState)
	abort     bool // do not wait for running requests when the server stops
}

// server returns the HTTP server of the site.
func (s site) server(logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: bodylimit.Handler(s.handler), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: httpErrors(logger), ConnState: s.connState,
	}
}

// shutdownTimeout is how long running requests may take after the signal to
// stop.
const shutdownTimeout = 15 * time.Second

// gcPercent is the value of GOGC if the environment does not set it. The live
// heap is only a few megabytes, so with Go's default of 100 a busy server would
// collect garbage dozens of times per second. Hashing a password needs 19 MB:
// with a value of 400, each login would start a collection, during which other requests wait.
const gcPercent = 800

// freeBuffersOfMigrations returns memory to the system. To read the migrations, goose
// uses 16 MB of buffers, and keeps them in a sync.Pool, which is empty after two
// collections. Until then, the garbage collector would let the heap grow to 80 MB.
func freeBuffersOfMigrations() {
	runtime.GC()
	debug.FreeOSMemory()
}

// run serves until the context ends. Then it waits for running requests and
// closes the database.
func (c *command) run(ctx context.Context, p *instance, sites []site, ready func()) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	freeBuffersOfMigrations()
	failed := make(chan error, len(sites))
	servers := make([]*http.Server, len(sites))
	for i, s := range sites {
		servers[i] = s.server(p.logger)
		go func() {
			defer crash.Log(p.logger)
			failed <- servers[i].Serve(s.listener)
		}()
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx)) // it works until the last request is done
	var group errgroup.Group
	group.Go(func() error {
		defer crash.Log(p.logger)
		return p.server.Run(background)
	})
	ready()
	notifySystemd(stateReady, p.logger)
	var err error
	select {
	case <-ctx.Done():
		err = c.pause(p, failed)
	case err = <-failed:
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	for i, server := range servers {
		if sites[i].abort {
			err = errors.Join(err, server.Close())
			continue
		}
		err = errors.Join(err, server.Shutdown(stopping))
	}
	stop()
	err = errors.Join(err, group.Wait(), p.store.Close())
	p.hasher.Close()
	p.traces.Stop(context.WithoutCancel(ctx))
	return err
}

// pause reports that the process is stopping, and continues to serve for the
// configured time, so that load balancers notice.
func (c *command) pause(p *instance, failed chan error) error {
	p.process.Stop()
	notifySystemd(stateStopping, p.logger)
	if c.config.ShutdownDelay <= 0 {
		return nil
	}
	p.logger.Info("stopping; requests are still served, until load balancers stop sending them", "delay", c.config.ShutdownDelay.String())
	select {
	case err := <-failed:
		return err
	case <-time.After(c.config.ShutdownDelay):
		return nil
	}
}

// opsSite opens the listener of --ops-addr. It has no authentication, so a
// listener that other machines can reach is logged.
func (c *command) opsSite(ctx context.Context, p *instance) (site, error) {
	l, err := c.listen(ctx, c.config.OpsAddr, "--ops-addr", p.logger)
	if err != nil {
		return site{}, err
	}
	if at, tcp := l.Addr().(*net.TCPAddr); tcp && !at.IP.IsLoopback() {
		p.logger.WarnContext(ctx, "other machines can read metrics and profiles without a password; make sure that --ops-addr is not reachable from the internet", "listening", at.String())
	}
	return site{listener: l, handler: ops.NewHandler(&p.process, p.store, p.metrics, p.logger), abort: true}, nil
}

// addTLS adds TLS to the listener if it is configured.
func (c *command) addTLS(ctx context.Context, p *instance) error {
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	switch {
	case c.config.TLSSelfSigned:
		certificate, err := selfSigned(p.logger)
		if err != nil {
			return err
		}
		config.Certificates = []tls.Certificate{certificate}
	case c.config.TLSCert != "":
		var err error
		if p.certificate, err = loadCertificate(c.config.TLSCert, c.config.TLSKey, p.logger); err != nil {
			return err
		}
		config.GetCertificate = p.certificate.get
		go func() {
			defer crash.Log(p.logger)
			p.certificate.watch(ctx)
		}()
	default:
		return nil
	}
	p.listener = tls.NewListener(p.listener, config)
	return nil
}

// issuer returns the configured issuer, or else that of a server at host.
func (c *command) issuer(host string) string {
	return cmp.Or(c.config.Issuer, c.urlAt(host)+"/o")
}

// urlAt returns the URL of a server at host, or the host itself if it is a Unix
// socket.
func (c *command) urlAt(host string) string {
	switch {
	case strings.HasPrefix(host, unixPrefix):
		return host
	case c.config.tls():
		return "https://" + host
	}
	return "http://" + host
}

// opsURLAt returns the URL of the ops listener at host, or the host itself if it
// is a Unix socket.
func opsURLAt(host string) string {
	if strings.HasPrefix(host, unixPrefix) {
		return host
	}
	return "http://" + host
}

// hostPort returns the host of addr as a browser on this machine can use it, and
// the port of the listener, or of addr if the listener is nil. A Unix socket is
// returned unchanged.
func hostPort(l net.Listener, addr string) string {
	if strings.HasPrefix(addr, unixPrefix) {
		return addr
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	if l != nil {
		_, port, _ = net.SplitHostPort(l.Addr().String())
	}
	return net.JoinHostPort(host, port)
}

// reachable returns a note if other machines can reach the server.
func (c *command) reachable() string {
	host, _, err := net.SplitHostPort(c.config.Addr)
	if strings.HasPrefix(c.config.Addr, unixPrefix) || err != nil || host != "" && host != "0.0.0.0" && host != "::" {
		return ""
	}
	return " and on all other addresses of this machine"
}

// origin returns the origin of a URL.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
