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

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// db is the commands for whole databases.
func (c *command) db() *cobra.Command {
	cmd := &cobra.Command{Use: "db", Short: "Move the database", Args: cobra.NoArgs, RunE: needsCommand}
	cmd.AddCommand(c.dbCopy())
	return cmd
}

func (c *command) dbCopy() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "copy --from DATABASE --to DATABASE", Short: "Copy everything into another database, of the same kind or not", Args: flagsOnly,
		Long: `Copy everything into another database: from SQLite to PostgreSQL, back, or
between two of a kind. All tokens, consents, sessions and keys stay good.

Stop the servers first. What one writes meanwhile is missed, and then found by
the comparison at the end: the number of rows and a checksum of every table, of
both databases. On a difference the status is 1.

Nothing in the old database is changed; if its tables are of an older release,
run latchkey migrate on it first. The new database must be empty; its tables
are made, and so is the folder of a file. A copy that was interrupted goes on
where it stopped when the same command runs again, and until it has ended well
no server starts on it.

A password in a URL can be seen by others on the machine: PGPASSWORD or
~/.pgpass cannot. The master key is not in the database and must travel along.`,
	}
	cmd.Flags().StringVar(&from, "from", "", "the database that is: a path, sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME, or host=HOST dbname=NAME …")
	cmd.Flags().StringVar(&to, "to", "", "the new one, in the same form")
	_, _ = cmd.MarkFlagRequired("from"), cmd.MarkFlagRequired("to") // they are there
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) (err error) {
		source, err := c.whole(cmd.Context(), from, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, source.Close()) }()
		target, err := c.whole(cmd.Context(), to, true)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, target.Close()) }()
		return c.copy(cmd.Context(), source, target, c.masterKeyPlace(from))
	})
	return c.answers(cmd)
}

// at is the config with another database.
func (c *command) at(db string) *config {
	at := *c.config
	at.DB = db
	return &at
}

// whole opens a database for a copy; only a new one is made or changed.
func (c *command) whole(ctx context.Context, name string, made bool) (sqlstore.Whole, error) {
	at := c.at(name)
	if at.postgres() {
		return postgres.Whole(ctx, name, postgres.Options{Migrate: made})
	}
	path, err := filepath.Abs(at.path())
	if err != nil {
		return nil, err
	}
	if made {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		return sqlite.Whole(ctx, path)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database %s", path)
	}
	return sqlite.Source(ctx, path)
}

// copyAnswer is a copy in JSON.
type copyAnswer struct {
	From      string               `json:"from"`
	To        string               `json:"to"`
	Equal     bool                 `json:"equal"`
	Resumed   bool                 `json:"resumed"`
	Rows      int64                `json:"rows"`
	Seconds   float64              `json:"seconds"`
	MasterKey string               `json:"master_key"`
	Tables    []sqlstore.TableCopy `json:"tables"`
}

func (c *command) copy(ctx context.Context, from, to sqlstore.Whole, masterKey string) error {
	begin := time.Now()
	bar := newProgress(c.err)
	tables, resumed, err := sqlstore.Copy(ctx, from, to, bar.showCopy)
	bar.end()
	if ctx.Err() != nil {
		return errors.New("interrupted: the same command goes on where it stopped")
	}
	if err != nil && !errors.Is(err, sqlstore.ErrDiffers) {
		return err
	}
	answer := copyAnswer{
		From: from.Name(), To: to.Name(), Equal: err == nil, Resumed: resumed,
		Seconds: time.Since(begin).Round(time.Millisecond).Seconds(), MasterKey: masterKey, Tables: tables,
	}
	var different []string
	for _, t := range tables {
		answer.Rows += t.Rows
		if !t.Equal() {
			different = append(different, t.Table)
		}
	}
	if wrong := c.answer(answer, answer.print); wrong != nil {
		return wrong
	}
	if err != nil {
		return fmt.Errorf("%w in %s. Something wrote to one of them meanwhile: stop it, empty %s, and copy again", err, strings.Join(different, ", "), to.Name())
	}
	return nil
}

func (a copyAnswer) print(w io.Writer) {
	field(w, "TABLE", "ROWS", "CHECKSUM", "")
	for _, t := range a.Tables {
		if t.Equal() {
			field(w, t.Table, t.Rows, t.Checksum[:16], "equal")
		} else {
			field(w, t.Table, t.Rows, t.Checksum[:16], fmt.Sprintf("DIFFERENT: the copy has %d, %s", t.TargetRows, t.TargetChecksum[:16]))
		}
	}
	if !a.Equal {
		return
	}
	field(w)
	field(w, fmt.Sprintf("%d rows are copied from %s to %s, and compared.", a.Rows, a.From, a.To))
	field(w, "The master key must travel along: "+a.MasterKey+".")
	field(w, "Without it the keys in the new database are of no use, and no server starts there.")
}

// masterKeyPlace tells where the master key of a database is. A server keeps it
// beside its SQLite database, whatever --data is here.
func (c *command) masterKeyPlace(db string) string {
	place := func(paths ...string) string {
		for _, path := range paths {
			if _, err := os.Stat(path); err == nil {
				return "copy " + path + " to --data of the new server, or name it with LATCHKEY_MASTER_KEY_FILE"
			}
		}
		return ""
	}
	at := c.at(db)
	if path, err := filepath.Abs(at.path()); err == nil && !at.postgres() {
		if found := place(filepath.Join(filepath.Dir(path), "master.key")); found != "" {
			return found
		}
	}
	if c.config.EncodedMasterKey != "" {
		return "it is in LATCHKEY_MASTER_KEY here"
	}
	if found := place(c.keyPaths()...); found != "" {
		return found
	}
	return "it is not here; look for master.key in --data of the old server"
}
