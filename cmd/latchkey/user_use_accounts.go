package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) userUseAccounts() *cobra.Command {
	cmd := &cobra.Command{
		Use: "use-accounts", Short: "Record that people have accounts in this database, after a program had its own users", Args: flagsOnly,
		Long: `Record that people have accounts in this database. A program that logs people in itself
(Options.People) records the opposite when it starts. Latchkey then reports that nobody can log in
to an account, and the last administrator can be deleted.

Run this command once, after the last start of such a program, and before people get accounts. To
go back, start the program again.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			had, err := store.HostPeople(cmd.Context())
			if err != nil {
				return err
			}
			if had {
				if err := store.ForgetHostPeople(cmd.Context()); err != nil {
					return err
				}
				c.changed(cmd, store, audit.TargetAccounts, nil)
			}
			return c.print(map[string]bool{"changed": had}, func(w io.Writer) {
				if had {
					row(w, "The people in this database have accounts from now on.")
				} else {
					row(w, "The people in this database already have accounts.")
				}
			})
		})
	})
	return c.addJSONFlag(cmd)
}
