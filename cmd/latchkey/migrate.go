package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

func (c *command) migrate() *cobra.Command {
	var plan, create bool
	cmd := &cobra.Command{
		Use: "migrate", Args: flagsOnly,
		Short: "Migrate the tables of the database to this release",
		Long: `Migrate the tables of the database to this release. This is needed only for
PostgreSQL: every command migrates a SQLite database when it opens it. Check the name
of the database in the output: without the settings of your server, such as
LATCHKEY_DB_FILE, it is a SQLite database. If its file does not exist, the command
fails. With --create, it creates the file, as latchkey serve does.

Servers of this release and of the previous release can run during the
migration. The only exception is a database from before release 0.1.0. Stop all
servers before you migrate it.

With --plan, the command changes nothing. For each step, it shows the statements, the
tables that it reads and locks, and an estimate of its duration and of how long it
holds its locks. The estimates depend on the number of rows. If the tables belong to
a newer release, there is nothing to run, and the command reports it.

Output and errors show a PostgreSQL database as NAME on HOST:PORT and a SQLite
database with its full path.`,
	}
	cmd.Flags().BoolVar(&plan, "plan", false, "show the steps and their locks, and change nothing")
	cmd.Flags().BoolVar(&create, "create", false, "create the SQLite database if its file does not exist")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		if err := c.config.checkDatabaseExists(); err != nil && !create {
			return fmt.Errorf("%w. To create a new database, add --create", err)
		}
		if plan {
			return c.showMigrations(cmd.Context())
		}
		return c.runMigrations(cmd.Context())
	})
	return c.addJSONFlag(cmd)
}

// runMigrations runs the pending steps. Then it opens the database, which creates
// the first partitions.
func (c *command) runMigrations(ctx context.Context) error {
	name, err := c.config.database()
	if err != nil {
		return err
	}
	created := errors.Is(c.config.checkDatabaseExists(), errNoDatabase)
	var ran []string
	if c.config.postgres() {
		ran, err = postgres.Migrate(ctx, c.config.DB)
	} else if err = c.config.makeDatabaseFolder(); err == nil {
		ran, err = sqlite.Migrate(ctx, c.config.path())
	}
	if err != nil && len(ran) > 0 {
		err = fmt.Errorf("%w\nThese steps completed before the error and remain in effect: %s", err, strings.Join(ran, ", "))
	}
	if err != nil {
		return err
	}
	store, err := c.openStore(ctx, false, nil, nil)
	if err != nil {
		return err
	}
	if created {
		c.noteUnused("The new database " + name + " was created.")
	}
	err = c.print(map[string]any{
		"database": name, "up_to_date": true, "ran": append([]string{}, ran...), "version": store.Tables.Have, "known_version": store.Tables.Known,
	}, func(w io.Writer) {
		for _, step := range ran {
			row(w, "Ran "+step+".")
		}
		row(w, upToDate(name, store.Tables))
	})
	return errors.Join(err, store.Close())
}

// upToDate returns the message that no step is pending.
func upToDate(database string, v sqlstore.TablesVersion) string {
	if v.Newer() {
		return fmt.Sprintf("%s: the tables belong to a newer release: they have version %d, and this release knows version %d. This release works with them, and there is nothing to migrate.", database, v.Have, v.Known)
	}
	return database + " is up to date."
}

// roughly formats an estimate in milliseconds.
func roughly(ms int64) string {
	switch {
	case ms == 0:
		return "none"
	case ms < 100:
		return "milliseconds"
	}
	return "about " + (time.Duration(ms) * time.Millisecond).Round(100*time.Millisecond).String()
}

// showMigrations prints the pending steps.
func (c *command) showMigrations(ctx context.Context) error {
	name, err := c.config.database()
	if err != nil {
		return err
	}
	var (
		steps   []migrations.Step
		version sqlstore.TablesVersion
		faults  [2]error
	)
	if c.config.postgres() {
		version, faults[0] = postgres.TablesVersion(ctx, c.config.DB)
		steps, faults[1] = postgres.Pending(ctx, c.config.DB)
	} else {
		version, faults[0] = sqlite.TablesVersion(ctx, c.config.path())
		steps, faults[1] = sqlite.Pending(ctx, c.config.path())
	}
	if err := cmp.Or(faults[0], faults[1]); err != nil {
		return err
	}
	return c.print(map[string]any{
		"database": name, "pending": append([]migrations.Step{}, steps...), "version": version.Have, "known_version": version.Known,
	}, func(w io.Writer) { showPlan(w, name, steps, version) })
}

// showPlan prints a table of all steps, and then each step in detail.
func showPlan(w io.Writer, database string, steps []migrations.Step, version sqlstore.TablesVersion) {
	if len(steps) == 0 {
		row(w, upToDate(database, version))
		return
	}
	row(w, database+": "+count(int64(len(steps)), "step")+" to run.")
	row(w)
	row(w, "STEP", "DURATION", "LOCKED FOR")
	for _, step := range steps {
		row(w, step.Name, roughly(step.Takes), roughly(step.Held))
	}
	for _, step := range steps {
		row(w)
		row(w, step.Name)
		row(w, "  Locks: "+step.Locks+".")
		var tables []string
		for _, table := range step.Reads {
			if table.Rows > 0 {
				tables = append(tables, count(table.Rows, "row")+" of "+table.Name)
			}
		}
		if len(tables) > 0 {
			row(w, "  Reads: "+strings.Join(tables, ", ")+".")
		}
		row(w)
		for line := range strings.SplitSeq(step.SQL, "\n") {
			row(w, strings.TrimRight("    "+line, " "))
		}
	}
}
