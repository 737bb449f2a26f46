package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
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
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := findUser(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			factors, err := store.Factors(cmd.Context(), u.ID)
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
	return c.addJSONFlag(cmd)
}

func (c *command) userFactorsReset() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "reset NAME --yes", Short: "Remove the second factors of a user who has lost them, and end all sessions", Args: cobra.ExactArgs(1),
		Long: `Remove the passkeys, the authenticator app, the recovery codes and the remembered
browsers of a user who has lost them, and end all sessions. Then the password alone is
enough to log in. Connected accounts at other providers remain. The user gets an email.

First make sure that the request comes from this user: a thief who knows the password
would ask for the same thing.`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the removal")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := findUser(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			factors, err := store.Factors(cmd.Context(), u.ID)
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
			switch err := c.accounts(store).ResetFactors(cmd.Context(), u.ID); {
			case errors.Is(err, account.ErrLastFactor):
				return fmt.Errorf("%s has no password, and would not be able to log in without these factors; set a password first, with latchkey user passwd", u.Username)
			case err != nil:
				return fmt.Errorf("%s: %w", u.Username, err)
			}
			c.changed(cmd, store, u.ID, nil)
			return c.print(newUserOutput(u), func(w io.Writer) { row(w, "Removed the second factors of "+u.Username) })
		})
	})
	return c.addJSONFlag(cmd)
}
