package main

import (
	"cmp"
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// session returns the commands for login sessions.
func (c *command) session() *cobra.Command {
	cmd := &cobra.Command{Use: "session", Short: "List and end login sessions", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.sessionList(), c.sessionEnd())
	return cmd
}

func (c *command) sessionList() *cobra.Command {
	var user string
	var n int
	cmd := &cobra.Command{Use: "list", Short: "List the login sessions, newest first", Args: flagsOnly}
	cmd.Flags().StringVar(&user, "user", "", "only the sessions of the user"+personHelp)
	numberFlag(cmd, &n, "sessions")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withRows(cmd, user, n, func(in administration, of person) error {
			sessions := []sessionOutput{}
			err := in.EachSession(cmd.Context(), of, func(s sessionOutput) error {
				sessions = append(sessions, s)
				return enough(len(sessions), n)
			})
			if err != nil {
				return err
			}
			return c.print(sessions, func(w io.Writer) {
				row(w, "SESSION ID", "PERSON", "LOGIN", "LAST USE", "EXPIRES", "METHODS", "ADDRESS", "BROWSER")
				for _, s := range sessions {
					row(w, s.ID, cmp.Or(s.Username, s.Person), formatTime(s.AuthTime), formatTime(s.SeenAt), formatTime(s.ExpiresAt), strings.Join(s.Methods, ","), s.Address, shortText(s.UserAgent))
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// withRows calls run for a list that a username and a number of rows limit.
func (c *command) withRows(cmd *cobra.Command, user string, n int, run func(in administration, of person) error) error {
	if n < 1 {
		return usageError{"--number must be at least 1"}
	}
	return c.withAdministration(cmd, func(in administration) error {
		var of person
		if user != "" {
			var err error
			if of, err = in.Person(cmd.Context(), user); err != nil {
				return err
			}
		}
		return run(in, of)
	})
}

// numberFlag adds the flag that limits a list.
func numberFlag(cmd *cobra.Command, n *int, things string) {
	cmd.Flags().IntVarP(n, "number", "n", 1000, "maximum number of "+things+" to list")
}

// enough returns errEnough if a list has the requested number of rows.
func enough(rows, most int) error {
	if rows >= most {
		return errEnough
	}
	return nil
}

func (c *command) sessionEnd() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use: "end (SESSION_ID | --user NAME)", Short: "End a login session, or all sessions of a user", Args: cobra.MaximumNArgs(1),
		Long: `End a login session, or all login sessions of a user. A running server notifies the
applications that support it (OpenID Connect Back-Channel Logout). Tokens with the scope
offline_access remain valid; latchkey token revoke --user revokes them.`,
	}
	cmd.Flags().StringVar(&user, "user", "", "end all sessions of the user"+personHelp)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if (user == "") == (len(args) == 0) {
			return usageError{"a session ID or --user is required, and not both"}
		}
		return c.withAdministration(cmd, func(in administration) error {
			what, end := "the session "+strings.Join(args, ""), func(ctx context.Context) error { return in.EndSession(ctx, args[0]) }
			if user != "" {
				p, err := in.Person(cmd.Context(), user)
				if err != nil {
					return err
				}
				what, end = "all sessions of "+p.String(), func(ctx context.Context) error { return in.EndSessions(ctx, p) }
			}
			if err := end(cmd.Context()); err != nil {
				return err
			}
			return c.print(map[string]any{"ended": true}, func(w io.Writer) { row(w, "Ended "+printable(what)+".") })
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}
