package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

func (c *command) dbBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Back up a SQLite database while servers use it", Args: cobra.ExactArgs(1),
		Long: `Write a consistent snapshot of the SQLite database to a new file. Servers can
use the database at the same time. The file is either complete or not created.
The start page of the back office shows when the last backup was made.

The master key is not in the database, and the backup is useless without it.
Keep both, but not in the same place.

Back up PostgreSQL with its own tools, such as pg_dump.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if c.config.postgres() {
			return errors.New("this database is not a SQLite database. Back up PostgreSQL with its own tools, such as pg_dump")
		}
		if folder := filepath.Dir(args[0]); !isFolder(folder) {
			return fmt.Errorf("%s cannot be written: there is no folder %s. Create it, or choose another one", args[0], folder)
		}
		err := sqlite.Backup(cmd.Context(), c.config.path(), args[0])
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s already exists, and a backup does not replace a file. Choose a new name", args[0])
		}
		if err != nil {
			return err
		}
		if err := sqlite.NoteBackup(cmd.Context(), c.config.path(), time.Now()); err != nil {
			line(c.err, "The backup is complete, but its time could not be recorded, so the back office does not show it: %v.", err)
		}
		info, err := os.Stat(args[0])
		if err != nil {
			return err
		}
		key := c.masterKeyPlace(c.config.DB)
		return c.print(map[string]any{"from": c.config.path(), "to": args[0], "bytes": info.Size(), "master_key": key}, func(w io.Writer) {
			row(w, "Backed up "+c.config.path()+" to "+args[0]+".")
			row(w, "To restore it, you also need the master key: "+key)
		})
	})
	return c.addJSONFlag(cmd)
}

// isFolder reports whether a path is a folder. It also returns true if it cannot find out.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist)
}
