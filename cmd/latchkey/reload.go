package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
)

// onHangup returns a channel to which SIGHUP goes from now on. Without one, SIGHUP
// kills the process, also while it starts.
func onHangup() (signals chan os.Signal) {
	signals = make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals
}

// reloadOn reloads certificates, templates and the log level after each signal,
// until the context ends.
func (c *command) reloadOn(ctx context.Context, signals chan os.Signal, flags *pflag.FlagSet, p *instance) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		}
		if p.certificate != nil {
			p.certificate.reload(ctx)
		}
		if p.places != nil {
			p.places.reload(ctx)
		}
		failed := false
		report := func(what string, err error) {
			if err != nil {
				failed = true
				p.logger.WarnContext(ctx, what, "error", c.config.text(err))
			}
		}
		report("cannot load the changed templates; the previous ones are still used", p.server.ReloadTemplates())
		report("cannot read the log level; the previous one is still used", c.reloadLogLevel(flags, p))
		if !failed { // watchedFiles logs the result for certificates and places
			p.logger.InfoContext(ctx, "reloaded templates and the log level")
		}
	}
}

// reloadLogLevel reads the log level from the environment and the configuration
// file again. A flag is still in effect.
func (c *command) reloadLogLevel(flags *pflag.FlagSet, p *instance) error {
	if flags.Changed("log-level") {
		return nil
	}
	later := newConfig()
	if err := later.load(flags, c.configFile, os.Environ()); err != nil {
		return err
	}
	level, err := later.logLevel()
	if err == nil {
		p.level.Set(level)
	}
	return err
}
