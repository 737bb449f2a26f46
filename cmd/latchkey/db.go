package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// db returns the commands for databases.
func (c *command) db() *cobra.Command {
	cmd := &cobra.Command{Use: "db", Short: "Copy or back up the database", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.dbCopy(), c.dbBackup())
	return cmd
}

func (c *command) dbCopy() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "copy --from DATABASE --to DATABASE", Short: "Copy all data to another database", Args: flagsOnly,
		Long: `Copy all data to another database: from SQLite to PostgreSQL, from PostgreSQL
to SQLite, or between two databases of the same kind. All tokens, consents, sessions
and keys stay valid. Only the tables of Latchkey are copied. If a program keeps tables
of its own in the same database, the output names them. Copy them yourself.

Stop all servers first. While a server uses one of the databases, the command refuses
to copy, and changes neither. At the end, it compares the number of rows and a checksum of every table. If
they differ, because another program wrote to one of the databases, the exit status
is 1.

The old database is not changed. If its tables belong to an older release, run
latchkey migrate on it first. The new database must be empty. Its tables, and the
folder of a SQLite file, are created. After an interruption, run the same command
again to continue the copy. No server can start on the new database before the
copy is complete.

Other users of the machine can see a password in a URL, but not in PGPASSWORD or
~/.pgpass. The master key is not in the database. Copy it as well.`,
	}
	cmd.Flags().StringVar(&from, "from", "", "old database: a path, sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME, or host=HOST dbname=NAME …")
	cmd.Flags().StringVar(&to, "to", "", "new database, in the same form")
	_, _ = cmd.MarkFlagRequired("from"), cmd.MarkFlagRequired("to") // both flags exist
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) (err error) {
		for _, flag := range []struct{ name, database string }{{"--from", from}, {"--to", to}} {
			if problem := checkDatabase(flag.database); problem != "" {
				return settingsError{errors.New(flag.name + problem)}
			}
		}
		if c.sameDatabase(from, to) {
			return settingsError{errors.New("--from and --to are the same database")}
		}
		source, err := c.openForCopy(cmd.Context(), from, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, source.Close()) }()
		// Opening the target creates its tables, so the source is checked before.
		if err := copy.CheckSource(cmd.Context(), source); err != nil {
			return err
		}
		target, err := c.openForCopy(cmd.Context(), to, true)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, target.Close()) }()
		return c.copy(cmd.Context(), source, target, c.masterKeyPlace(from))
	})
	return c.addJSONFlag(cmd)
}

// withDatabase returns the configuration with another database.
func (c *command) withDatabase(db string) *config {
	other := *c.config
	other.DB = db
	return &other
}

// sameDatabase reports whether two names are of the same database. Two URLs of one
// PostgreSQL database can differ in the schema, so only equal ones count.
func (c *command) sameDatabase(from, to string) bool {
	a, b := c.withDatabase(from), c.withDatabase(to)
	if a.postgres() || b.postgres() {
		return from == to
	}
	first, err := os.Stat(a.path())
	if err != nil {
		return false
	}
	second, err := os.Stat(b.path())
	return err == nil && os.SameFile(first, second)
}

// openForCopy opens a database. Only the target of a copy is created or changed.
func (c *command) openForCopy(ctx context.Context, name string, isTarget bool) (copy.Database, error) {
	config := c.withDatabase(name)
	switch {
	case config.postgres() && isTarget:
		return postgres.CopyTarget(ctx, name)
	case config.postgres():
		return postgres.CopySource(ctx, name)
	}
	path, err := filepath.Abs(config.path())
	if err != nil {
		return nil, err
	}
	if isTarget {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		return sqlite.CopyTarget(ctx, path)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database %s", path)
	}
	return sqlite.CopySource(ctx, path)
}

// copyOutput is the JSON form of the result of a copy.
type copyOutput struct {
	From      string            `json:"from"`
	To        string            `json:"to"`
	Equal     bool              `json:"equal"`
	Resumed   bool              `json:"resumed"`
	Rows      int64             `json:"rows"`
	Seconds   float64           `json:"seconds"`
	MasterKey string            `json:"master_key"`
	Tables    []copy.Comparison `json:"tables"`
	NotCopied []string          `json:"not_copied"` // the tables of the host program
}

func (c *command) copy(ctx context.Context, from, to copy.Database, masterKey string) error {
	start := time.Now()
	others, err := from.OtherTables(ctx)
	if err != nil {
		return err
	}
	bar := newProgress(c.err)
	tables, resumed, err := copy.Run(ctx, from, to, copy.Options{Progress: bar.showCopy})
	bar.end()
	if ctx.Err() != nil {
		return errors.New("interrupted. Run the same command again to continue")
	}
	if err != nil && !errors.Is(err, copy.ErrDiffers) {
		return err
	}
	output := copyOutput{
		From: from.Name(), To: to.Name(), Equal: err == nil, Resumed: resumed,
		Seconds: time.Since(start).Round(time.Millisecond).Seconds(), MasterKey: masterKey, Tables: tables, NotCopied: append([]string{}, others...),
	}
	var different []string
	for _, t := range tables {
		output.Rows += t.Rows
		if !t.Equal() {
			different = append(different, t.Table)
		}
	}
	if printErr := c.print(output, output.print); printErr != nil {
		return printErr
	}
	if err != nil {
		return fmt.Errorf("%w in %s. Something wrote to one of the databases during the copy. Stop it, empty %s, and copy again", err, strings.Join(different, ", "), to.Name())
	}
	return nil
}

func (a copyOutput) print(w io.Writer) {
	row(w, "TABLE", "ROWS", "CHECKSUM", "")
	for _, t := range a.Tables {
		if t.Equal() {
			row(w, t.Table, t.Rows, t.Checksum[:16], "equal")
		} else {
			row(w, t.Table, t.Rows, t.Checksum[:16], fmt.Sprintf("DIFFERENT: the copy has %d rows and checksum %s", t.TargetRows, t.TargetChecksum[:16]))
		}
	}
	if !a.Equal {
		return
	}
	row(w)
	row(w, fmt.Sprintf("Copied %s from %s to %s, and compared them.", count(a.Rows, "row"), a.From, a.To))
	if n := len(a.NotCopied); n > 0 {
		row(w, fmt.Sprintf("Not copied, because Latchkey did not create them: %s (%s). Copy them yourself before you delete the old database.", count(int64(n), "table"), someOf(a.NotCopied)))
	}
	row(w, "Copy the master key too: "+a.MasterKey+".")
	row(w, "Without it, no server can start on the new database.")
}

// masterKeyPlace returns where the master key of a database is. The master key of
// a SQLite database is usually in the same folder, whatever --data is here.
func (c *command) masterKeyPlace(db string) string {
	firstOf := func(paths ...string) string {
		for _, path := range paths {
			if _, err := os.Stat(path); err == nil {
				return "copy " + path + " to --data of the new server, or set LATCHKEY_MASTER_KEY_FILE to its path"
			}
		}
		return ""
	}
	config := c.withDatabase(db)
	if path, err := filepath.Abs(config.path()); err == nil && !config.postgres() {
		if found := firstOf(filepath.Join(filepath.Dir(path), "master.key")); found != "" {
			return found
		}
	}
	if c.config.EncodedMasterKey != "" {
		if variable := envPrefix + "MASTER_KEY_FILE"; c.config.sources["master_key"] == variable {
			return firstOf(os.Getenv(variable))
		}
		return "it is in LATCHKEY_MASTER_KEY on this machine"
	}
	if found := firstOf(c.masterKeyPaths()...); found != "" {
		return found
	}
	return "this command did not find it; it is master.key in --data of the server, or the key file of your own program"
}
