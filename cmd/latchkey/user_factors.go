package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
)

// userFactors returns the commands for the factors of a user.
func (c *command) userFactors() *cobra.Command {
	cmd := &cobra.Command{Use: "factors", Short: "List the factors of a user, or remove those that the user has lost", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.userFactorsList(), c.userFactorsReset())
	return cmd
}

func (c *command) userFactorsList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list NAME", Short: "List the factors of a user", Args: cobra.ExactArgs(1),
		Long: "List the passkeys, the authenticator app, the recovery codes, the remembered browsers and the connected accounts of a user, without secrets.",
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			factors, err := in.Factors(cmd.Context(), u)
			if err != nil {
				return err
			}
			return c.print(append([]account.Factor{}, factors...), func(w io.Writer) {
				row(w, "KIND", "NAME", "ADDED", "LAST USE", "EXPIRES")
				for _, f := range factors {
					row(w, f.Kind, f.Name, formatTime(f.CreatedAt), formatTime(f.UsedAt), formatTime(f.ExpiresAt))
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) userFactorsReset() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "reset NAME --yes", Short: "Remove the second factors of a user who has lost them, and end all sessions", Args: cobra.ExactArgs(1),
		Long: `Remove the passkeys, the authenticator app, the recovery codes, the remembered browsers
and the API tokens of a user who has lost them, and end all sessions. Then the password
alone is enough to log in. Connected accounts at other providers remain. The user gets an email.

First make sure that the request comes from this user: a thief who knows the password
would ask for the same thing.`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the removal")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			factors, err := in.Factors(cmd.Context(), u)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(factors, func(f account.Factor) bool {
				return f.Kind != account.FactorIdentity && f.Kind != account.FactorExternal
			}) {
				return c.print(newUserOutput(u), func(w io.Writer) { row(w, u.Username+" has no second factor") })
			}
			if !yes {
				return fmt.Errorf("this removes the second factors of %s and ends all sessions; then the password alone is enough. Make sure that the request comes from this user, and confirm with --yes", u.Username)
			}
			if err := in.ResetFactors(cmd.Context(), u); err != nil {
				return fmt.Errorf("%s: %w", u.Username, err)
			}
			return c.print(newUserOutput(u), func(w io.Writer) { row(w, "Removed the second factors of "+u.Username) })
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}
