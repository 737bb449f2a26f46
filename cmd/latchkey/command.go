package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// command holds what all commands share.
type command struct {
	streams
	config     *config
	configFile string
	running    *cobra.Command // set by withConfig
	suggesting sync.Mutex     // of suggest
	json       bool           // --json
	server     string         // --server; see addServerFlag
	creates    bool           // whether withStore creates a SQLite database
	rehearsal  []byte         // the master key of a new database while rehearse is running, or nil
	// storedIssuer is the issuer of the server that started last on the database. withProviders sets it.
	storedIssuer string
	// definitions is the result of defined.
	definitions *provider.Definitions
	// notedUnused is set after noteUnused.
	notedUnused bool
	passed      map[string]net.Listener // sockets that systemd passed, by the flag of the address that they replace
}

// addGlobalFlags adds the flags that every command has.
func (c *command) addGlobalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	c.config.addFlags(flags, "all")
	flags.StringVar(&c.configFile, "config", os.Getenv(envPrefix+"CONFIG"), "YAML file with settings")
}

// addJSONFlag adds --json to a command that prints something.
func (c *command) addJSONFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

// withConfig returns a function that loads the configuration and then calls run.
// An error of run is a failure, unless it is a usageError or a settingsError.
func (c *command) withConfig(run func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c.running = cmd
		if err := checkEmptyFlags(cmd); err != nil {
			return err
		}
		if err := c.readConfig(cmd); err != nil {
			return settingsError{err}
		}
		c.creates = slices.Contains(creatingVerbs, cmd.Name())
		err := run(cmd, args)
		var wrongUsage usageError
		if err == nil || errors.As(err, &wrongUsage) || errors.As(err, &settingsError{}) {
			return err
		}
		return failure{err}
	}
}

// neverEmpty are flags without which a command uses a default, such as another database, or selects
// everything. Their empty value is probably that of a variable that is not set.
var neverEmpty = []string{"config", "data", "db", "issuer", "addr", "server", "app", "user", "subject", "person", "from", "to", "until", "before", "actor", "target", "event", "category", "error-id", "address"}

// checkEmptyFlags returns an error for a flag that was given with an empty value, but needs one.
func checkEmptyFlags(cmd *cobra.Command) error {
	for _, name := range neverEmpty {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed && flag.Value.Type() == "string" && flag.Value.String() == "" {
			return usageError{"--" + name + " is empty. Add a value, or omit the flag"}
		}
	}
	return nil
}

// readConfig sets all settings. The error reports all settings that are wrong, and for the
// commands that start or check a server, also those with which it could not start.
func (c *command) readConfig(cmd *cobra.Command) error {
	err := errors.Join(c.config.load(cmd.Flags(), c.configFile, os.Environ()), c.config.finish(cmd.Name() == "demo"))
	if c.config.overridden != "" {
		c.warn("%s is ignored, because --data is given. The database is %s. To use another one, add --db.", c.config.overridden, c.config.path())
	}
	if err == nil || cmd.HasParent() && cmd.Parent().HasParent() || !slices.Contains([]string{"serve", "check"}, cmd.Name()) {
		return err
	}
	for _, fault := range settings.Split(c.settingFaults(cmd.Context())) {
		if !c.config.follows(fault) {
			err = errors.Join(err, fault)
		}
	}
	return err
}

// creatingVerbs are the names of the commands that create a SQLite database. All others
// fail if the file does not exist: the path is probably mistyped, and an empty list would be
// misleading.
var creatingVerbs = []string{"add", "import"}

// usageError is an error in the usage of a command.
type usageError struct{ string }

func (e usageError) Error() string { return e.string }

// withStore opens the database and calls run. Servers can use the database at
// the same time. Only the commands in creatingVerbs create a SQLite database: they call run twice,
// first with a database that is not kept.
func (c *command) withStore(ctx context.Context, run func(*sqlstore.Store) error) (err error) {
	if c.creates && errors.Is(c.config.checkDatabaseExists(), errNoDatabase) {
		if err := c.rehearse(ctx, run); err != nil {
			return err
		}
	}
	return c.withAnyStore(ctx, func(store *sqlstore.Store) error {
		if err := c.warnOfIssuer(ctx, store); err != nil {
			return err
		}
		return run(store)
	})
}

// rehearse calls run with an empty database that is then deleted, and without output. So a command that
// fails on its input does not create a database.
func (c *command) rehearse(ctx context.Context, run func(*sqlstore.Store) error) (err error) {
	folder, err := os.MkdirTemp("", "latchkey-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	store, err := sqlite.Open(ctx, filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var read bytes.Buffer // is read again by the second run
	own := c.streams
	c.rehearsal = make([]byte, masterKeyLength)
	_, _ = rand.Read(c.rehearsal) // never fails (crypto/rand)
	c.streams = streams{io.TeeReader(own.in, &read), io.Discard, io.Discard}
	err = run(store)
	c.streams, c.rehearsal = streams{io.MultiReader(&read, own.in), own.out, own.err}, nil
	c.notedUnused, c.definitions = false, nil
	return err
}

// warnOfIssuer warns if the settings are probably those of another server than that of the
// database.
func (c *command) warnOfIssuer(ctx context.Context, store *sqlstore.Store) error {
	issuer, err := store.Issuer(ctx)
	if err == nil && issuer != "" && c.config.Issuer != "" && c.config.Issuer != issuer {
		c.warn("the settings have the issuer %s, but the server that started last on this database has %s. If this is the wrong database, use the --config, --data or --db of the server.", c.config.Issuer, issuer)
	}
	return err
}

// withAnyStore is withStore without a check whether the settings belong to the database.
func (c *command) withAnyStore(ctx context.Context, run func(*sqlstore.Store) error) (err error) {
	if !c.creates {
		if err := c.config.checkDatabaseExists(); err != nil {
			return err
		}
	}
	created := errors.Is(c.config.checkDatabaseExists(), errNoDatabase)
	store, err := c.openStore(ctx, false, nil, nil)
	if err != nil {
		return err
	}
	if created {
		c.noteUnused("The new database " + c.config.path() + " was created.")
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return run(store)
}

// noteUnused prints a note about a database that no server has used, because a person may have
// named the wrong one. It is not part of the output, so that it is also printed with --json.
func (c *command) noteUnused(what string) {
	if !c.notedUnused {
		line(c.err, "%s No server has used it yet. If the server or your program uses another database, repeat the command with its --data or --db.", what)
	}
	c.notedUnused = true
}

// openStore opens the database. A SQLite database is always migrated. A
// PostgreSQL database is migrated only if migrate is set, because servers may be
// using it.
func (c *command) openStore(ctx context.Context, migrate bool, logger *slog.Logger, trace sqlstore.Trace) (*sqlstore.Store, error) {
	if c.config.postgres() { // it needs no data folder
		return postgres.Open(ctx, c.config.DB, postgres.Options{Migrate: migrate, Logger: logger, Trace: trace})
	}
	if err := c.config.makeDatabaseFolder(); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, c.config.path(), sqlite.Options{Logger: logger, Trace: trace})
}

// accounts returns the accounts in a store. Emails about the changes that a command
// makes wait in the database until a server sends them.
func (c *command) accounts(store *sqlstore.Store) *account.Accounts {
	config := account.Config{Store: store}
	if c.config.SMTPHost != "" {
		config.Mails = store
	}
	return account.New(config)
}

// print prints value as JSON if --json is given, and calls text if not. Tabs that
// text writes separate the columns of a table.
func (c *command) print(value any, text func(w io.Writer)) error {
	if c.json {
		return writeJSON(c.out, value)
	}
	w := tabwriter.NewWriter(terminal{c.out}, 0, 4, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// formatTime formats a time for people.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// count formats a number of things, such as "1 row" or "2 rows".
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// flagsOnly rejects arguments that are not flags. The error does not quote them,
// because an argument may be a URL with a password.
func flagsOnly(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{cmd.CommandPath() + " accepts only flags, but there is an argument that does not belong to a flag" + separateSwitch(cmd, args)}
	}
	return nil
}

// requireSubcommand is the function of a command that only groups other commands.
func requireSubcommand(cmd *cobra.Command, _ []string) error {
	return usageError{"a command is missing after " + cmd.CommandPath()}
}

// secretLine reads a secret from standard input: other users can read the
// command line. what names the secret.
func (c *command) secretLine(what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(c.in, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("there is no %s on standard input", what)
	}
	return line, nil
}
