package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func (c *command) userDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "delete NAME --yes", Short: "Delete a user with their sessions, factors, tokens and consents"}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the deletion")
	return c.userCommand(cmd, func(ctx context.Context, in administration, u *account.User) error {
		if !yes {
			usage, err := in.Usage(ctx, oauth.FamilyFilter{Subject: u.ID})
			if err != nil {
				return err
			}
			return fmt.Errorf("deleting %s cannot be undone, and also deletes the sessions, factors, tokens and consents%s. Confirm with --yes, or disable the user: latchkey user disable %s", u.Username, usageText(usage), shellWord(u.Username))
		}
		if err := in.DeleteUser(ctx, u); err != nil {
			return fmt.Errorf("%s: %w", u.Username, err)
		}
		return c.print(newUserOutput(u), func(w io.Writer) {
			row(w, "Deleted "+u.Username)
			printJWTs(w)
		})
	})
}
