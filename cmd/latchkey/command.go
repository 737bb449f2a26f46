package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// command is what all commands share.
type command struct {
	streams
	config     *config
	configFile string
	json       bool
}

// common adds the flags that every command takes.
func (c *command) common(root *cobra.Command) {
	flags := root.PersistentFlags()
	c.config.addFlags(flags, "all")
	flags.StringVar(&c.configFile, "config", os.Getenv(envPrefix+"CONFIG"), "YAML file with settings")
}

// answers adds --json.
func (c *command) answers(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.json, "json", false, "answer in JSON")
	return cmd
}

// does runs a command whose usage was right: what fails now is a failure.
func (c *command) does(run func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := c.config.load(cmd.Flags(), c.configFile, os.Environ()); err != nil {
			return err
		}
		if err := c.config.finish(cmd.Name() == "demo"); err != nil {
			return err
		}
		for _, name := range []string{"from", "to"} { // of a copy
			if flag := cmd.Flags().Lookup(name); flag != nil {
				if err := checkDatabase("--"+name, flag.Value.String()); err != nil {
					return err
				}
			}
		}
		err := run(cmd, args)
		var wrong usage
		if err == nil || errors.As(err, &wrong) {
			return err
		}
		return failure{err}
	}
}

// usage is an error in how a command was used.
type usage struct{ string }

func (u usage) Error() string { return u.string }

// withStore opens the database for a command. It brings the tables up to date
// and works beside a running server.
func (c *command) withStore(ctx context.Context, run func(*sqlstore.Store) error) (err error) {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return run(store)
}

func (c *command) open(ctx context.Context) (*sqlstore.Store, error) {
	return c.openStore(ctx, false, nil, nil)
}

// openStore opens the database. A SQLite file is always brought up to date, a
// PostgreSQL only if that is wanted: other processes may be using it.
func (c *command) openStore(ctx context.Context, migrate bool, logger *slog.Logger, trace sqlstore.Trace) (*sqlstore.Store, error) {
	if err := os.MkdirAll(c.config.Data, 0o700); err != nil {
		return nil, err
	}
	if c.config.postgres() {
		return postgres.Open(ctx, c.config.DB, postgres.Options{Migrate: migrate, Logger: logger, Trace: trace})
	}
	return sqlite.Open(ctx, c.config.path(), sqlite.Options{Logger: logger, Trace: trace})
}

func accounts(store *sqlstore.Store) *account.Accounts {
	return account.New(account.Config{Store: store})
}

// answer writes JSON, or lets text write for people.
func (c *command) answer(value any, text func(w io.Writer)) error {
	if c.json {
		return writeJSON(c.out, value)
	}
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	text(w)
	return w.Flush()
}

func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// flagsOnly refuses words that belong to no flag, without saying them: one may
// be a URL with a password.
func flagsOnly(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage{cmd.CommandPath() + " takes flags only, and a word here belongs to none"}
	}
	return nil
}

// secretLine reads one line that must not stand on the command line.
func (c *command) secretLine(what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(c.in, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("no %s on standard input", what)
	}
	return line, nil
}

// day writes a moment for people.
func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// field writes a line of a listing.
func field(w io.Writer, values ...any) {
	for i, v := range values {
		if i > 0 {
			_, _ = fmt.Fprint(w, "\t")
		}
		_, _ = fmt.Fprint(w, v)
	}
	_, _ = fmt.Fprintln(w)
}
