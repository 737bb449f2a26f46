package main

import (
	"cmp"
	"io"
	"net/http"

	"github.com/spf13/cobra"
)

// consent returns the commands for consents.
func (c *command) consent() *cobra.Command {
	cmd := &cobra.Command{Use: "consent", Short: "List and withdraw consents of people to applications", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.consentList(), c.consentWithdraw())
	return cmd
}

func (c *command) consentList() *cobra.Command {
	var user, subject, app string
	var n int
	cmd := &cobra.Command{
		Use: "list", Short: "List the consents, most recently changed first", Args: flagsOnly,
		Long: `List the consents of people to applications, most recently changed first.

ACCESS contains the scopes that the application has at present, until the time in the next
column, or "ended". REMEMBERED contains the scopes for which the person is not asked again. A
consent for a limited time, which people usually give to an agent, is not remembered.`,
	}
	personFlags(cmd, &user, &subject, "only the consents of the user"+personHelp)
	cmd.Flags().StringVar(&app, "app", "", "only the consents to the application with this client ID")
	numberFlag(cmd, &n, "consents")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withRows(cmd, user, subject, n, func(in administration, of person) error {
			consents := []consentOutput{}
			err := in.EachConsent(cmd.Context(), app, of, func(r consentOutput) error {
				consents = append(consents, r)
				return enough(len(consents), n)
			})
			if err != nil {
				return err
			}
			return c.print(consents, func(w io.Writer) {
				row(w, "PERSON", "CLIENT ID", "NAME", "ACCESS", "UNTIL", "REMEMBERED", "FIRST GIVEN", "CHANGED")
				for _, r := range consents {
					access, until := "ended", ""
					if r.Active {
						access, until = cmp.Or(r.Access, "no scope"), formatTime(r.Until)
					}
					row(w, cmp.Or(r.Username, r.Person), r.ClientID, r.ClientName, access, until, cmp.Or(r.Scope, "nothing"), formatTime(r.GrantedAt), formatTime(r.UpdatedAt))
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) consentWithdraw() *cobra.Command {
	var user, subject, app string
	cmd := &cobra.Command{
		Use: "withdraw (--user NAME | --subject SUBJECT) --app CLIENT_ID", Short: "Withdraw the consent of a user to an application, and revoke the tokens", Args: flagsOnly,
		Long: `Withdraw the consent of a user to an application, and revoke all tokens of the application
for this user. The application has to ask the user again at the next login.

To revoke the tokens of one application for all people, use latchkey token revoke --app CLIENT_ID.
The remembered consents stay. To end the access for good, disable the
application: latchkey app disable CLIENT_ID.`,
	}
	personFlags(cmd, &user, &subject, "the user"+personHelp)
	cmd.Flags().StringVar(&app, "app", "", "client ID of the application (required)")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		if user+subject == "" || app == "" {
			if app != "" {
				return usageError{"one of --user and --subject is required. To revoke the tokens of all people: latchkey token revoke --app " + app}
			}
			return usageError{"--app and one of --user and --subject are required"}
		}
		return c.withAdministration(cmd, func(in administration) error {
			if _, err := in.Application(cmd.Context(), app); err != nil {
				return err
			}
			p, err := c.chosenPerson(cmd.Context(), in, user, subject, "")
			if err != nil {
				return err
			}
			had, err := in.HasAccess(cmd.Context(), app, p)
			if err != nil && !isStatus(err, http.StatusForbidden) { // the token may withdraw consents, but not list them
				return err
			}
			had = had || err != nil
			if err := in.Withdraw(cmd.Context(), app, p); err != nil {
				return err
			}
			return c.print(map[string]any{"withdrawn": had}, func(w io.Writer) {
				if !had {
					row(w, p.String()+" has given no consent to "+app+". Tokens of the application for this person, if any, were revoked.")
				} else {
					row(w, "Withdrew the consent of "+p.String()+" to "+app+", and revoked the tokens.")
				}
				printJWTs(w)
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}
