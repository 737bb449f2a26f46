package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// token is the commands for tokens.
func (c *command) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Revoke tokens", Args: cobra.NoArgs, RunE: needsCommand}
	cmd.AddCommand(c.tokenRevoke())
	return cmd
}

func (c *command) tokenRevoke() *cobra.Command {
	var user, app string
	cmd := &cobra.Command{Use: "revoke (--user NAME | --app CLIENT_ID)", Short: "End everything issued to a person or an application so far", Args: flagsOnly}
	cmd.Flags().StringVar(&user, "user", "", "username")
	cmd.Flags().StringVar(&app, "app", "", "client id")
	cmd.RunE = c.does(func(cmd *cobra.Command, _ []string) error {
		if user == "" && app == "" {
			return usage{"whose tokens? Give --user, --app, or both for this person with this application"}
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			ctx, now := cmd.Context(), time.Now()
			what := "everything issued to "
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
					what += " with " + app
					if _, err = findClient(ctx, store, app); err == nil {
						err = store.WithdrawConsent(ctx, u.ID, app, now)
					}
				}
				if err != nil {
					return err
				}
			}
			return c.answer(map[string]any{"revoked": true, "before": now}, func(w io.Writer) { field(w, "Revoked "+what+".") })
		})
	})
	return c.answers(cmd)
}

// migrate brings the tables up to date.
