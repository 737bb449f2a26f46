package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// token returns the commands for tokens.
func (c *command) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Revoke tokens", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.tokenRevoke())
	return cmd
}

func (c *command) tokenRevoke() *cobra.Command {
	var (
		user, subject, app, before string
		all, yes                   bool
	)
	cmd := &cobra.Command{
		Use:   "revoke ([--user NAME | --subject SUBJECT] [--app CLIENT_ID] | --all --yes [--before TIME])",
		Short: "Revoke everything that was issued to a user, an application or all applications", Args: flagsOnly,
		Long: `Revoke everything that was issued to a user, an application or all applications: access
tokens, refresh tokens and codes. With --user or --subject, and without --app, the command
also ends the login sessions of the person and revokes their API tokens.`,
	}
	cmd.Flags().BoolVar(&all, "all", false, "revoke everything that was issued to all applications, the API tokens of people and the initial access tokens, end all sessions, and withdraw all open invitations, for example after a restore; with --server, the token that the command uses remains valid")
	cmd.Flags().BoolVar(&yes, "yes", false, "with --all, confirm that everything should be revoked")
	cmd.Flags().StringVar(&before, "before", "", "with --all, revoke what was issued up to this time, such as 2026-11-28T15:04:05Z (default now)")
	personFlags(cmd, &user, &subject, "the user"+personHelp+"; with --app, revoke only the tokens of this person for this application")
	cmd.Flags().StringVar(&app, "app", "", "client ID of the application")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		switch {
		case all && user+subject+app != "":
			return usageError{"--all cannot be combined with --user, --subject or --app"}
		case before != "" && !all:
			return usageError{"--before needs --all"}
		case all:
			return c.revokeAll(cmd, before, yes)
		case user+subject+app == "":
			return usageError{"--user, --subject, --app or --all is required; --user and --app together mean the tokens of this user for this application"}
		}
		return c.withAdministration(cmd, func(in administration) error {
			now := time.Now()
			what, next, err := c.revoke(cmd.Context(), in, user, subject, app)
			if err != nil {
				return err
			}
			return c.print(map[string]any{"revoked": true, "before": now}, func(w io.Writer) {
				row(w, "Revoked "+what+".")
				if next != "" {
					row(w, c.suggest(next))
				}
				printJWTs(w)
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// revoke revokes all tokens of a person, of an application, or of an application for a person. It
// returns a description of these tokens, and what to do next. Either the person or the application can
// be empty.
func (c *command) revoke(ctx context.Context, in administration, user, subject, app string) (what, next string, err error) {
	what = "everything that was issued to "
	if user+subject == "" {
		next, err = revokeApplication(ctx, in, app)
		return what + app, next, err
	}
	p, err := c.chosenPerson(ctx, in, user, subject, app)
	if err != nil {
		return "", "", err
	}
	if app == "" {
		err = in.RevokePerson(ctx, p)
		if err == nil && p.ofProgram() {
			c.warnOfOwnSession(p)
		}
		return what + p.String(), "", err
	}
	if _, err := in.Application(ctx, app); err != nil {
		return "", "", err
	}
	return what + p.String() + " for " + app, "", in.Withdraw(ctx, app, p)
}

// revokeApplication revokes everything that was issued to an application, even if it was deleted and can
// be restored. It returns what to do next.
func revokeApplication(ctx context.Context, in administration, app string) (next string, err error) {
	_, unknown := in.Application(ctx, app)
	deleted := errors.Is(unknown, oauth.ErrNotFound)
	if unknown != nil && !deleted {
		return "", unknown
	}
	err = in.RevokeApplication(ctx, app)
	switch {
	case deleted && (errors.Is(err, oauth.ErrNotFound) || isNotFound(err)):
		return "", unknown
	case deleted:
		return "This application was deleted. To restore it, with its consents: latchkey app restore " + app, err
	}
	return "The consents that people gave are still remembered. To end the access for good: latchkey app disable " + app, err
}

// revokeAll revokes everything that was issued to any application up to a time.
func (c *command) revokeAll(cmd *cobra.Command, before string, yes bool) error {
	if err := c.unavailable(cmd); err != nil {
		return err
	}
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
	if !yes {
		return errors.New("this revokes everything that was issued to all applications, the API tokens of people and the initial access tokens, and withdraws all open invitations. It ends all sessions, so people must log in again. But the users of a program that embeds Latchkey stay logged in at the program until it ends its own sessions. Confirm with --yes")
	}
	return c.withAdministration(cmd, func(in administration) error {
		n, err := in.RevokeAll(cmd.Context(), until)
		if err != nil && n.any() {
			return fmt.Errorf("%w\nRevoked: what was issued to %s, %s, %s, %s", err, count(int64(n.Applications), "application"),
				count(int64(n.Sessions), "session"), count(int64(n.InitialAccessTokens), "initial access token"), count(int64(n.Invitations), "invitation"))
		}
		if err != nil {
			return err
		}
		if n.OfProgram {
			c.warn("people are still logged in at the program that uses this database, administrators in the back office too, because the program keeps its own sessions. End them in the program.")
		}
		return c.print(map[string]any{
			"revoked": true, "before": until, "applications": n.Applications,
			"sessions": n.Sessions, "initial_access_tokens": n.InitialAccessTokens, "invitations": n.Invitations,
		}, func(w io.Writer) {
			row(w, "Revoked everything that was issued to "+count(int64(n.Applications), "application")+", and the API tokens of people, up to "+until.UTC().Format(time.RFC3339)+".")
			printJWTs(w)
			row(w, "Ended "+count(int64(n.Sessions), "session")+", revoked "+count(int64(n.InitialAccessTokens), "initial access token")+", and withdrew "+count(int64(n.Invitations), "invitation")+".")
		})
	})
}
