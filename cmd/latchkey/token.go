package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// token returns the commands for tokens.
func (c *command) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Revoke tokens", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.tokenRevoke())
	return cmd
}

func (c *command) tokenRevoke() *cobra.Command {
	var (
		user, app, before string
		all               bool
	)
	cmd := &cobra.Command{Use: "revoke ([--user NAME] [--app CLIENT_ID] | --all [--before TIME])", Short: "Revoke everything that was issued to a user, an application or all applications", Args: flagsOnly}
	cmd.Flags().BoolVar(&all, "all", false, "revoke everything that was issued to all applications, for example after a restore")
	cmd.Flags().StringVar(&before, "before", "", "with --all, revoke what was issued up to this time, such as 2026-11-28T15:04:05Z (default now)")
	cmd.Flags().StringVar(&user, "user", "", "username of the user; with --app, revoke only the tokens of this user for this application")
	cmd.Flags().StringVar(&app, "app", "", "client ID of the application")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		switch {
		case all && user+app != "":
			return usageError{"--all cannot be combined with --user or --app"}
		case before != "" && !all:
			return usageError{"--before needs --all"}
		case all:
			return c.revokeAll(cmd, before)
		case user == "" && app == "":
			return usageError{"--user, --app or --all is required; --user and --app together mean the tokens of this user for this application"}
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			ctx, now := cmd.Context(), time.Now()
			what, target, details := "everything that was issued to ", app, &oauth.EventDetails{ClientID: app}
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
				what, target, details.Person = what+user, u.ID, u.ID
				if app == "" {
					err = store.RevokeSubject(ctx, u.ID, now)
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
			c.changed(cmd, store, target, details)
			return c.print(map[string]any{"revoked": true, "before": now}, func(w io.Writer) { row(w, "Revoked "+what+".") })
		})
	})
	return c.addJSONFlag(cmd)
}

// revokeAll revokes everything that was issued to any application up to a time.
func (c *command) revokeAll(cmd *cobra.Command, before string) error {
	until := time.Now()
	if before != "" {
		t, err := audit.Time(before)
		if err != nil {
			return usageError{"--before: " + err.Error()}
		}
		if t.After(until) {
			return usageError{"--before is in the future: tokens that have not been issued yet cannot be revoked"}
		}
		until = t
	}
	ctx := cmd.Context()
	return c.withStore(ctx, func(store *sqlstore.Store) error {
		var ids []string
		if err := eachClient(ctx, store, "", func(client *oauth.Client) { ids = append(ids, client.ID) }); err != nil {
			return err
		}
		for _, id := range ids {
			if err := store.RevokeClient(ctx, id, until); err != nil {
				return err
			}
		}
		c.changed(cmd, store, "", nil)
		return c.print(map[string]any{"revoked": true, "before": until, "applications": len(ids)}, func(w io.Writer) {
			row(w, "Revoked everything that was issued to "+count(int64(len(ids)), "application")+" until "+until.UTC().Format(time.RFC3339)+".")
		})
	})
}
