package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// token returns the commands for tokens.
func (c *command) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Revoke tokens", Args: cobra.NoArgs, RunE: requireSubcommand}
	cmd.AddCommand(c.tokenRevoke())
	return cmd
}

func (c *command) tokenRevoke() *cobra.Command {
	var user, app string
	cmd := &cobra.Command{Use: "revoke (--user NAME | --app CLIENT_ID)", Short: "Revoke everything that has been issued to a user or an application", Args: flagsOnly}
	cmd.Flags().StringVar(&user, "user", "", "username of the user")
	cmd.Flags().StringVar(&app, "app", "", "client ID of the application")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		if user == "" && app == "" {
			return usageError{"--user or --app is required; both together mean the tokens of this user for this application"}
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			ctx, now := cmd.Context(), time.Now()
			what := "everything that was issued to "
			switch user {
			case "":
				what += app
				if _, err := findClient(ctx, store, app); err != nil {
					return err
				}
				if err := store.RevokeClient(ctx, app, now); err != nil {
					return err
				}
			default:
				u, err := findUser(ctx, store, user)
				if err != nil {
					return err
				}
				what += user
				if app == "" {
					err = store.SetSubject(ctx, u.ID, u.Disabled, now)
				} else {
					what += " for " + app
					if _, err = findClient(ctx, store, app); err == nil {
						err = store.WithdrawConsent(ctx, u.ID, app, now)
					}
				}
				if err != nil {
					return err
				}
			}
			return c.print(map[string]any{"revoked": true, "before": now}, func(w io.Writer) { row(w, "Revoked "+what+".") })
		})
	})
	return c.addJSONFlag(cmd)
}
