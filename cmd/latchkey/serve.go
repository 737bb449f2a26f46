package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/ops"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) serve() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Run the server", Args: flagsOnly}
	c.config.addFlags(cmd.Flags(), "serve")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		p, err := c.start(cmd.Context(), "")
		if err != nil {
			return err
		}
		mux := http.NewServeMux()
		mux.Handle("/", p.server)
		mux.Handle("/admin/", p.server.Admin())
		sites, also := []site{{listener: p.listener, handler: p.traces.Handler(mux)}}, ""
		if c.config.OpsAddr != "" {
			inside, err := c.opsSite(cmd.Context(), p)
			if err != nil {
				return errors.Join(err, p.listener.Close(), p.store.Close())
			}
			sites, also = append(sites, inside), ", metrics on http://"+hostPort(inside.listener, c.config.OpsAddr)
		}
		return c.run(cmd.Context(), p, sites, func() {
			_, _ = fmt.Fprintf(c.out, "Latchkey is ready: issuer %s, back office %s/admin/%s, listening on %s\n", p.issuer, origin(p.issuer), also, c.url(p.listener, c.config.Addr))
		})
	})
	return cmd
}

// provider is a started server and what it stands on.
type instance struct {
	server   *latchkey.Server
	store    *sqlstore.Store
	listener net.Listener
	issuer   string
	logger   *slog.Logger
	metrics  *ops.Metrics // nil without --ops-addr
	traces   *ops.Traces  // nil if traces are not enabled
}

// start opens the listener, the database and the server.
func (c *command) start(ctx context.Context, consumerURL string) (_ *instance, err error) {
	p := &instance{logger: newLogger()}
	if c.config.OpsAddr != "" {
		p.metrics = ops.NewMetrics(buildVersion())
	}
	public, err := listen(ctx, c.config.Addr, "--addr", p.logger)
	if err != nil {
		return nil, err
	}
	p.listener = public
	defer func() {
		if err != nil {
			_ = p.listener.Close()
		}
	}()
	if err := c.secure(p); err != nil {
		return nil, err
	}
	p.issuer = c.issuer(hostPort(p.listener, c.config.Addr))
	var trace sqlstore.Trace
	if p.traces, err = ops.NewTraces(ctx, os.Getenv, buildVersion(), p.logger); err != nil {
		p.logger.WarnContext(ctx, "no traces are sent", "error", err.Error())
	} else if p.traces != nil {
		trace = p.traces.RoundTrip
	}
	if p.store, err = c.openStore(ctx, c.config.Migrate || consumerURL != "", p.logger, trace); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = p.store.Close()
		}
	}()
	public.LimitToOpenFiles(ctx, p.store.Stats().Engine.Pool.Most)
	key, err := c.masterKey(ctx, p.store)
	if err != nil {
		return nil, err
	}
	o, err := c.options(p, key, consumerURL)
	if err != nil {
		return nil, err
	}
	if p.server, err = latchkey.New(ctx, o); err != nil {
		return nil, err
	}
	p.takeIssuer(ctx)
	return p, nil
}

// takeIssuer notes the issuer in the database, and warns if servers there go
// by another. It is no error: a server can be given a new name.
func (p *instance) takeIssuer(ctx context.Context) {
	switch before, err := p.store.TakeIssuer(ctx, p.issuer); {
	case err != nil:
		p.logger.WarnContext(ctx, "cannot tell whether other servers on this database have the same issuer", "error", err.Error())
	case before != "" && before != p.issuer:
		p.logger.WarnContext(ctx, "the server that started before on this database has another issuer: tokens of the one are not good at the other. Give all the same --issuer; if this is its new name, start the others with it too",
			"issuer", p.issuer, "other_issuer", before)
	}
}

// options returns the options of the server: the settings, and what the process
// adds to them.
func (c *command) options(p *instance, key []byte, consumerURL string) (latchkey.Options, error) {
	var err error
	o := c.config.Options
	o.Issuer, o.Store, o.MasterKey, o.Logger, o.ConsumerURL = p.issuer, p.store, key, p.logger, consumerURL
	if o.OutboundAuthorities, err = c.config.outboundAuthorities(); err != nil {
		return o, err
	}
	if o.SendMail, err = c.config.mailer(); err != nil {
		return o, err
	}
	o.InsecureCatchMails = consumerURL != "" && o.SendMail == nil
	if c.config.TemplatesFolder != "" {
		o.Templates = os.DirFS(c.config.TemplatesFolder)
	}
	p.observe(&o, c.config.RequestLog)
	return o, nil
}

// observe lets everybody see what they are to see of a request.
func (p *instance) observe(o *latchkey.Options, log bool) {
	var watchers []func(context.Context, latchkey.Request)
	if p.metrics != nil {
		o.OnEvent = p.metrics.Event
		watchers = append(watchers, p.metrics.Request)
	}
	if log {
		watchers = append(watchers, ops.RequestLog(p.logger))
	}
	if p.traces != nil {
		watchers = append(watchers, p.traces.Request)
	}
	if len(watchers) == 0 {
		return
	}
	o.OnRequest = func(ctx context.Context, r latchkey.Request) {
		for _, watch := range watchers {
			watch(ctx, r)
		}
	}
}

// secure puts TLS on the listener, if it is wanted.
func (c *command) secure(p *instance) error {
	var (
		certificate tls.Certificate
		err         error
	)
	switch {
	case c.config.TLSSelfSigned:
		certificate, err = selfSigned(p.logger)
	case c.config.TLSCert != "":
		certificate, err = tls.LoadX509KeyPair(c.config.TLSCert, c.config.TLSKey)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	p.listener = tls.NewListener(p.listener, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	})
	return nil
}

// url is how a browser on this machine reaches the listener.
func (c *command) url(l net.Listener, addr string) string { return c.urlAt(hostPort(l, addr)) }

func (c *command) urlAt(host string) string {
	if c.config.tls() {
		return "https://" + host
	}
	return "http://" + host
}

// issuer is the one of the settings, or that of a server at that place.
func (c *command) issuer(host string) string {
	return cmp.Or(c.config.Issuer, c.urlAt(host)+"/o")
}

// hostPort names the host as it was given, and the port that was got; without a
// listener, the port that was asked for.
func hostPort(l net.Listener, addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	if l != nil {
		_, port, _ = net.SplitHostPort(l.Addr().String())
	}
	return net.JoinHostPort(host, port)
}

// origin cuts a URL to its origin.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// opsSite opens the listener of --ops-addr. It has no authentication, so a
// listener that other machines can reach is logged.
func (c *command) opsSite(ctx context.Context, p *instance) (site, error) {
	l, err := listen(ctx, c.config.OpsAddr, "--ops-addr", p.logger)
	if err != nil {
		return site{}, err
	}
	if at, tcp := l.Addr().(*net.TCPAddr); tcp && !at.IP.IsLoopback() {
		p.logger.WarnContext(ctx, "other machines can read metrics and profiles without a password; make sure that --ops-addr is not reachable from the internet", "listening", at.String())
	}
	return site{listener: l, handler: ops.NewHandler(p.store, p.metrics, p.logger), cut: true}, nil
}

func listen(ctx context.Context, addr, flag string, logger *slog.Logger) (*ops.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w. Choose another address with %s", addr, err, flag)
	}
	return ops.NewListener(l, logger), nil
}

// site is a handler with the address that it is served at.
type site struct {
	listener net.Listener
	handler  http.Handler
	cut      bool // what is under way there at the end is not waited for
}

// drain is how long requests may go on after the signal to stop.
const drain = 15 * time.Second

// heapGrowth is how much garbage may gather before it is collected, in percent
// of what lives. That is a few megabytes only: by Go's 100 a busy server would
// collect dozens of times a second. $GOGC wins.
const heapGrowth = 400

// run serves until the context ends, lets what is under way finish, and closes
// the database.
func (c *command) run(ctx context.Context, p *instance, sites []site, ready func()) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	failed := make(chan error, len(sites))
	servers := make([]*http.Server, len(sites))
	for i, s := range sites {
		servers[i] = &http.Server{
			Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
			WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
			ErrorLog: slog.NewLogLogger(p.logger.Handler(), slog.LevelDebug),
		}
		go func() { failed <- servers[i].Serve(s.listener) }()
	}
	background, stop := context.WithCancel(ctx)
	var running errgroup.Group
	running.Go(func() error { return p.server.Run(background) })
	ready()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	for i, server := range servers {
		if sites[i].cut {
			err = errors.Join(err, server.Close())
			continue
		}
		err = errors.Join(err, server.Shutdown(stopping))
	}
	stop()
	err = errors.Join(err, running.Wait(), p.store.Close())
	p.traces.Stop(context.WithoutCancel(ctx))
	return err
}

// newLogger writes to standard error: text for people, JSON for programs.
func newLogger() *slog.Logger {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return slog.New(ops.TraceIDs(slog.NewTextHandler(os.Stderr, nil)))
	}
	return slog.New(ops.TraceIDs(slog.NewJSONHandler(os.Stderr, nil)))
}
