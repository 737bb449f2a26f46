package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func (c *command) userDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "delete NAME --yes", Short: "Delete a user with their sessions, factors, tokens and consents", Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the deletion")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := findUser(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			if !yes {
				usage, err := store.Usage(cmd.Context(), oauth.FamilyFilter{Subject: u.ID, InSession: true})
				if err != nil {
					return err
				}
				return fmt.Errorf("deleting %s cannot be undone, and also deletes the sessions, factors, tokens and consents (token families: %s, consents: %s). Confirm with --yes, or disable the user: latchkey user disable",
					u.Username, usage.Families, usage.Consents)
			}
			if err := c.accounts(store).Delete(cmd.Context(), u.ID); err != nil {
				return fmt.Errorf("%s: %w", u.Username, err)
			}
			c.changed(cmd, store, u.ID, nil)
			return c.print(newUserOutput(u), func(w io.Writer) { row(w, "Deleted "+u.Username) })
		})
	})
	return c.addJSONFlag(cmd)
}
