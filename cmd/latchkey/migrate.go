package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

func (c *command) migrate() *cobra.Command {
	var plan bool
	cmd := &cobra.Command{
		Use: "migrate", Args: cobra.NoArgs,
		Short: "Bring the database's tables up to date (SQLite: every command does so by itself)",
		Long: `Bring the database's tables up to date, while servers of this and the previous
release work on. With --plan, only show what would be run, and what it locks
for how long.`,
	}
	cmd.Flags().BoolVar(&plan, "plan", false, "show what would be run and what it locks for how long, and change nothing")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		if plan {
			return c.plan(cmd.Context())
		}
		store, err := c.openStore(cmd.Context(), true, nil, nil)
		if err != nil {
			return err
		}
		name, err := c.config.database()
		if err != nil {
			return errors.Join(err, store.Close())
		}
		err = c.answer(map[string]any{"database": name, "up_to_date": true}, func(w io.Writer) { field(w, name+" is up to date.") })
		return errors.Join(err, store.Close())
	})
	return c.answers(cmd)
}

// duration tells how long a step takes and holds its locks.
func duration(step migrations.Step) string {
	about := func(ms int64) string {
		if ms < 100 {
			return "milliseconds"
		}
		return "about " + (time.Duration(ms) * time.Millisecond).Round(100*time.Millisecond).String()
	}
	var tables []string
	for _, table := range step.Reads {
		if table.Rows > 0 {
			tables = append(tables, fmt.Sprintf("%d rows of %s", table.Rows, table.Name))
		}
	}
	text := "Takes " + about(step.Takes)
	if step.Held > 0 {
		text += ", with the locks held for " + about(step.Held)
	}
	if len(tables) > 0 {
		text += "; it reads " + strings.Join(tables, ", ")
	}
	return text + "."
}

// plan shows the steps that are still to be run.
func (c *command) plan(ctx context.Context) error {
	pending := func() ([]migrations.Step, error) { return sqlite.Pending(ctx, c.config.path()) }
	if c.config.postgres() {
		pending = func() ([]migrations.Step, error) { return postgres.Pending(ctx, c.config.DB) }
	}
	steps, err := pending()
	if err != nil {
		return err
	}
	name, err := c.config.database()
	if err != nil {
		return err
	}
	return c.answer(map[string]any{"database": name, "pending": append([]migrations.Step{}, steps...)}, func(w io.Writer) {
		if len(steps) == 0 {
			field(w, name+" is up to date.")
			return
		}
		field(w, fmt.Sprintf("%s: %d steps to run.", name, len(steps)))
		for _, step := range steps {
			field(w)
			field(w, step.Name)
			field(w, "  Locks: "+step.Locks)
			field(w, "  "+duration(step))
			field(w)
			field(w, "    "+strings.ReplaceAll(step.SQL, "\n", "\n    "))
		}
	})
}
