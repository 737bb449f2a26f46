package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

func (c *command) migrate() *cobra.Command {
	var plan bool
	cmd := &cobra.Command{
		Use: "migrate", Args: flagsOnly,
		Short: "Bring the database's tables up to date (SQLite: every command does so by itself)",
		Long: `Bring the database's tables up to date. Servers of this release and of the
previous one can go on running meanwhile. Only a database from before release
0.1.0 needs all servers to be stopped first: its tables are converted.

With --plan, only show what would be run, what it locks and for how long.`,
	}
	cmd.Flags().BoolVar(&plan, "plan", false, "show what would be run and what it locks for how long, and change nothing")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		if plan {
			return c.plan(cmd.Context())
		}
		return c.bringUp(cmd.Context())
	})
	return c.answers(cmd)
}

// bringUp runs the steps that are still to be run, and opens the database once:
// that makes the first partitions.
func (c *command) bringUp(ctx context.Context) error {
	name, err := c.config.database()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.config.Data, 0o700); err != nil {
		return err
	}
	var ran []string
	if c.config.postgres() {
		ran, err = postgres.Migrate(ctx, c.config.DB)
	} else {
		ran, err = sqlite.Migrate(ctx, c.config.path())
	}
	if err != nil && len(ran) > 0 {
		err = fmt.Errorf("%w\nBefore that it ran %s, which stay.", err, strings.Join(ran, ", "))
	}
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	err = c.answer(map[string]any{
		"database": name, "up_to_date": true, "ran": append([]string{}, ran...), "version": store.Tables.Have, "known_version": store.Tables.Known,
	}, func(w io.Writer) {
		for _, step := range ran {
			field(w, "Ran "+step+".")
		}
		field(w, upToDate(name, store.Tables))
	})
	return errors.Join(err, store.Close())
}

// upToDate says that there is nothing to run.
func upToDate(database string, v sqlstore.TablesVersion) string {
	if v.Newer() {
		return fmt.Sprintf("%s: its tables are of a newer release: they have version %d, and this one knows them up to %d. It works on them, and has nothing to run.", database, v.Have, v.Known)
	}
	return database + " is up to date."
}

// about tells how long something takes, of which the milliseconds are known.
func about(ms int64) string {
	switch {
	case ms == 0:
		return "not at all"
	case ms < 100:
		return "milliseconds"
	}
	return "about " + (time.Duration(ms) * time.Millisecond).Round(100*time.Millisecond).String()
}

// count is a number of things, "row" or "step".
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// plan shows the steps that are still to be run.
func (c *command) plan(ctx context.Context) error {
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
	return c.answer(map[string]any{
		"database": name, "pending": append([]migrations.Step{}, steps...), "version": version.Have, "known_version": version.Known,
	}, func(w io.Writer) { showPlan(w, name, steps, version) })
}

// showPlan writes all steps in short, then each in full.
func showPlan(w io.Writer, database string, steps []migrations.Step, version sqlstore.TablesVersion) {
	if len(steps) == 0 {
		field(w, upToDate(database, version))
		return
	}
	field(w, database+": "+count(int64(len(steps)), "step")+" to run.")
	field(w)
	field(w, "STEP", "TAKES", "HOLDS ITS LOCKS")
	for _, step := range steps {
		field(w, step.Name, about(step.Takes), about(step.Held))
	}
	for _, step := range steps {
		field(w)
		field(w, step.Name)
		field(w, "  Locks: "+step.Locks+".")
		var tables []string
		for _, table := range step.Reads {
			if table.Rows > 0 {
				tables = append(tables, count(table.Rows, "row")+" of "+table.Name)
			}
		}
		if len(tables) > 0 {
			field(w, "  Reads: "+strings.Join(tables, ", ")+".")
		}
		field(w)
		for line := range strings.SplitSeq(step.SQL, "\n") {
			field(w, strings.TrimRight("    "+line, " "))
		}
	}
}
