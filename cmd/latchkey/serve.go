package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/hasher"
	"github.com/seed-e6a88a41/latchkey/internal/ops"
	"github.com/seed-e6a88a41/latchkey/internal/turns"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) serve() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Run the server", Args: flagsOnly}
	c.config.addFlags(cmd.Flags(), "serve")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		hangups := onHangup()
		if err := c.usePassedSockets(); err != nil {
			return err
		}
		p, err := c.start(cmd.Context(), "")
		if err != nil {
			return err
		}
		slog.SetDefault(p.logger) // for packages that use package log
		go func() {
			defer crash.Log(p.logger)
			c.reloadOn(cmd.Context(), hangups, cmd.Flags(), p)
		}()
		mux := http.NewServeMux()
		mux.Handle("GET /healthz", &p.process)
		mux.Handle("/", p.server)
		mux.Handle("/admin/", p.server.Admin())
		sites, metrics := []site{{listener: p.listener, handler: p.traces.Handler(mux), connState: p.connState}}, ""
		if c.config.OpsAddr != "" {
			inside, err := c.opsSite(cmd.Context(), p)
			if err != nil {
				return errors.Join(err, p.listener.Close(), p.store.Close())
			}
			sites, metrics = append(sites, inside), ", metrics on "+opsURLAt(hostPort(inside.listener, c.config.OpsAddr))
		}
		lonely, err := needsAdministrator(cmd.Context(), p.store)
		if err != nil {
			return errors.Join(err, p.listener.Close(), p.store.Close())
		}
		return c.run(cmd.Context(), p, sites, func() {
			where := c.urlAt(hostPort(p.listener, c.config.Addr))
			if c.config.LogFormat == "json" { // there may be a program that reads both streams
				p.logger.InfoContext(cmd.Context(), "Latchkey is ready", "issuer", p.issuer, "listening", where)
			} else {
				_, _ = fmt.Fprintf(c.out, "Latchkey is ready: issuer %s, back office %s/admin/%s, listening on %s\n", p.issuer, origin(p.issuer), metrics, where+c.reachable())
			}
			if lonely {
				c.printSetupLink(cmd.Context(), p)
			}
		})
	})
	return cmd
}

// printSetupLink reports that there is no administrator, and prints a link to create
// one.
func (c *command) printSetupLink(ctx context.Context, p *instance) {
	advice := c.suggest("There is no administrator yet, so nobody can use the back office. Open the setup link within an hour to create one, or run latchkey user add NAME --admin --generate with the settings of this server")
	if c.config.LogFormat == "json" {
		p.logger.WarnContext(ctx, advice, "setup_link", p.server.SetupLink())
		return
	}
	_, _ = fmt.Fprintf(c.out, "%s. The setup link: %s\n", advice, p.server.SetupLink())
}

// instance is a started server with its database and its listener.
type instance struct {
	server   *latchkey.Server
	store    *sqlstore.Store
	listener net.Listener
	// connState is for the http.Server on listener.
	connState func(net.Conn, http.ConnState)
	issuer    string
	logger    *slog.Logger
	level     *slog.LevelVar // of the logger
	process   ops.Process
	// certificate is nil without --tls-cert.
	certificate *certificateFiles
	places      *placesFile // nil without --geoip-database
	hasher      *hasher.Process
	metrics     *ops.Metrics // nil without --ops-addr
	traces      *ops.Traces  // nil if traces are not enabled
}

// start checks the settings, opens the listener and the database, and creates the
// server.
// consumerURL is the consumer of the demo, or empty.
func (c *command) start(ctx context.Context, consumerURL string) (_ *instance, err error) {
	p := &instance{level: new(slog.LevelVar)}
	level, err := c.config.logLevel()
	if err != nil {
		return nil, err
	}
	p.level.Set(level)
	p.logger = c.newLogger(p.level)
	for _, text := range c.config.unknownVariables(os.Environ()) {
		p.logger.WarnContext(ctx, text)
	}
	if err := c.settingFaults(ctx); err != nil {
		return nil, settingsError{err}
	}
	if c.config.OpsAddr != "" {
		p.metrics = ops.NewMetrics(buildVersion())
	}
	public, err := c.listen(ctx, c.config.Addr, "--addr", p.logger)
	if err != nil {
		return nil, err
	}
	p.listener, p.connState = public, public.ConnState
	defer func() {
		if err != nil {
			_ = p.listener.Close()
		}
	}()
	if err := c.addTLS(ctx, p); err != nil {
		return nil, err
	}
	p.issuer = c.issuer(hostPort(p.listener, c.config.Addr))
	var trace sqlstore.Trace
	if p.traces, err = ops.NewTraces(ctx, os.Getenv, buildVersion(), p.logger); err != nil {
		p.logger.WarnContext(ctx, "traces are not sent", "error", err.Error())
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
	public.LimitToOpenFiles(ctx, p.store.Stats().Engine.Pool.Max)
	p.hasher = newHasher(p.logger)
	key, err := c.masterKey(ctx, p.store)
	if err != nil {
		return nil, err
	}
	c.warnOfOpenKey(ctx, p.logger)
	c.addPlaces(ctx, p)
	o, err := c.options(p, key, consumerURL)
	if err != nil {
		return nil, err
	}
	if p.server, err = latchkey.New(ctx, o); err != nil {
		return nil, err
	}
	turns.Passwords.Move()
	return p, c.warnOfScopes(ctx, p)
}

// options returns the options of the server: the settings, and what the process
// adds to them.
func (c *command) options(p *instance, key []byte, consumerURL string) (latchkey.Options, error) {
	o, err := c.settingOptions(p.issuer)
	o.Store, o.MasterKey, o.Logger, o.ConsumerURL = p.store, encodeMasterKey(key), p.logger, consumerURL
	o.InsecureCatchMails = consumerURL != "" && o.SendMail == nil
	o.Node, o.PasswordKey = p.node, p.hasher.Key
	o.Findings = func(ctx context.Context) ([]latchkey.Finding, error) { return c.findings(ctx, p.store) }
	if p.places != nil {
		o.Place = p.places.place
	}
	p.observe(&o, c.config.RequestLog, c.config.EventLog)
	return o, err
}

// node describes this process for the back office.
func (p *instance) node() (n oauth.Node) {
	n.Host, _ = os.Hostname() // only shown
	if p.certificate != nil {
		n.CertificateEnds = p.certificate.current.Load().Leaf.NotAfter
	}
	return n
}

// observe connects metrics, traces, the request log and the event log.
func (p *instance) observe(o *latchkey.Options, log, events bool) {
	var observers []func(context.Context, latchkey.Request)
	if events {
		o.OnEvent = ops.EventLog(p.logger)
	}
	if p.metrics != nil {
		o.OnEvent = both(p.metrics.Event, o.OnEvent)
		observers = append(observers, p.metrics.Request)
	}
	if log {
		observers = append(observers, ops.RequestLog(p.logger))
	}
	if p.traces != nil {
		observers = append(observers, p.traces.Request)
	}
	if len(observers) == 0 {
		return
	}
	o.OnRequest = func(ctx context.Context, r latchkey.Request) {
		for _, observe := range observers {
			observe(ctx, r)
		}
	}
}

// both returns a function that calls both functions. The second can be nil.
func both(first, second func(context.Context, oauth.Event)) func(context.Context, oauth.Event) {
	if second == nil {
		return first
	}
	return func(ctx context.Context, e oauth.Event) {
		first(ctx, e)
		second(ctx, e)
	}
}
