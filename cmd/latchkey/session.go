package main

import (
	"cmp"
	"context"
	"errors"
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
	var user, subject string
	var n int
	cmd := &cobra.Command{Use: "list", Short: "List the login sessions, newest first", Args: flagsOnly}
	personFlags(cmd, &user, &subject, "only the sessions of the user"+personHelp)
	numberFlag(cmd, &n, "sessions")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withRows(cmd, user, subject, n, func(in administration, of person) error {
			sessions := []sessionOutput{}
			err := in.EachSession(cmd.Context(), of, func(s sessionOutput) error {
				sessions = append(sessions, s)
				return enough(len(sessions), n)
			})
			if err != nil {
				return err
			}
			if of.ofProgram() {
				c.warn("%q is not the ID of a user. If a program with Options.People uses this database, it keeps the login sessions itself, and they are not listed here.", of.subject)
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

// withRows calls run for a list that is limited to a person and to a number of rows. If nothing is
// known about the person, the list is empty, and a warning explains this.
func (c *command) withRows(cmd *cobra.Command, user, subject string, n int, run func(in administration, of person) error) error {
	if n < 1 {
		return usageError{"--number must be at least 1"}
	}
	return c.withAdministration(cmd, func(in administration) error {
		var of person
		if user+subject != "" {
			var err error
			if of, err = c.chosenPerson(cmd.Context(), in, user, subject, ""); errors.Is(err, errUnknownSubject) {
				c.warn("%v.", err)
				of, err = person{subject: user}, nil
			}
			if err != nil {
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
	var user, subject string
	cmd := &cobra.Command{
		Use: "end (SESSION_ID | --user NAME | --subject SUBJECT)", Short: "End a login session, or all sessions of a user", Args: cobra.MaximumNArgs(1),
		Long: `End a login session, or all login sessions of a user. A running server notifies the
applications that support it (OpenID Connect Back-Channel Logout). Tokens with the scope
offline_access or without the scope openid remain valid; latchkey token revoke --user revokes
them. If all sessions of a user end, the user's API tokens are revoked, too.

If a program with Options.People uses the database, the command ends the sessions at the
applications and revokes the tokens that depend on them. The person remains logged in at the
program, because the program keeps its own session: end that one in the program.`,
	}
	personFlags(cmd, &user, &subject, "end all sessions of the user"+personHelp)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if (user+subject == "") == (len(args) == 0) {
			return usageError{"a session ID, --user or --subject is required, and only one of them"}
		}
		return c.withAdministration(cmd, func(in administration) error {
			if len(args) > 0 {
				if err := in.EndSession(cmd.Context(), args[0]); err != nil {
					return err
				}
				return c.printEnded(person{}, "Ended the session "+args[0]+".")
			}
			return c.endSessionsOf(cmd.Context(), in, user, subject)
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// endSessionsOf ends all sessions of the person that the flags name.
func (c *command) endSessionsOf(ctx context.Context, in administration, user, subject string) error {
	p, err := c.chosenPerson(ctx, in, user, subject, "")
	if err != nil {
		return err
	}
	if err := in.EndSessions(ctx, p); err != nil {
		return err
	}
	if p.ofProgram() {
		c.warnOfOwnSession(p)
		return c.printEnded(p, "Ended the sessions of "+p.String()+" at the applications.")
	}
	return c.printEnded(p, "Ended all sessions of "+p.String()+".")
}

// warnOfOwnSession warns that a person of a host program is still logged in there.
func (c *command) warnOfOwnSession(p person) {
	c.warn("%s is still logged in at the program that uses this database, because the program keeps its own session. End that one in the program, and call Server.EndSessions there.", p)
}

// printEnded reports that sessions ended, and what remains valid.
func (c *command) printEnded(p person, what string) error {
	return c.print(map[string]any{"ended": true}, func(w io.Writer) {
		row(w, what)
		c.printRemaining(w, p)
	})
}
