package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// registration returns the commands for applications that register themselves.
func (c *command) registration() *cobra.Command {
	cmd := &cobra.Command{Use: "registration", Short: "Manage how applications register themselves", Args: knownCommand, RunE: requireSubcommand}
	token := &cobra.Command{Use: "token", Short: "Manage the initial access tokens, with which applications register themselves", Args: knownCommand, RunE: requireSubcommand}
	token.AddCommand(c.registrationTokenAdd(), c.registrationTokenList(), c.registrationTokenRevoke())
	cmd.AddCommand(token)
	return cmd
}

// initialAccessOutput is the JSON form of an initial access token. Only the command
// that adds a token prints its text.
type initialAccessOutput struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Uses      int       `json:"uses"`
	Used      int       `json:"used"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Token     string    `json:"token,omitempty"`
}

func newInitialAccessOutput(t oauth.InitialAccessToken, text string) initialAccessOutput {
	return initialAccessOutput{t.ID.String(), t.Name, t.Uses, t.Used, t.CreatedAt, t.ExpiresAt, text}
}

func (c *command) registrationTokenAdd() *cobra.Command {
	var (
		name string
		uses int
		ttl  time.Duration
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Add an initial access token; it is shown once", Args: flagsOnly,
		Long: `Add an initial access token (RFC 7591), and print it once. An application sends it
as a bearer token to the registration endpoint. The server must have been started
with --registration token, person or open.`,
	}
	cmd.Flags().StringVar(&name, "name", "", "person or program that gets the token (required)")
	cmd.Flags().IntVar(&uses, "uses", 1, "how many applications can register with it")
	durationVar(cmd.Flags(), &ttl, "ttl", 24*time.Hour, "how long it is valid")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		text, token, err := provider.NewInitialAccessToken(name, uses, ttl, time.Now().Truncate(time.Millisecond))
		if err != nil {
			return err
		}
		return c.withAdministration(cmd, func(in administration) error {
			output := newInitialAccessOutput(token, text)
			if err := in.AddInitialAccess(cmd.Context(), token, &output); err != nil {
				return err
			}
			return c.print(output, func(w io.Writer) {
				row(w, "Token ID:", output.ID)
				row(w, "Initial access token:", output.Token)
				row(w, "Registrations:", output.Uses)
				row(w, "Expires:", formatTime(output.ExpiresAt))
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) registrationTokenList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the initial access tokens, newest first", Args: flagsOnly}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			outputs, err := in.InitialAccess(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(outputs, func(w io.Writer) {
				row(w, "TOKEN ID", "NAME", "USED", "ADDED", "EXPIRES")
				for _, t := range outputs {
					row(w, t.ID, t.Name, fmt.Sprintf("%d of %d", t.Used, t.Uses), formatTime(t.CreatedAt), formatTime(t.ExpiresAt))
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) registrationTokenRevoke() *cobra.Command {
	cmd := &cobra.Command{Use: "revoke TOKEN_ID", Short: "Revoke an initial access token", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			id, err := oauth.ParseID(args[0])
			if err == nil {
				err = in.RevokeInitialAccess(cmd.Context(), id)
			} else {
				err = oauth.ErrNotFound
			}
			if errors.Is(err, oauth.ErrNotFound) {
				return fmt.Errorf("there is no initial access token with the ID %q. List the tokens: latchkey registration token list", args[0])
			}
			return err
		})
	})
	return c.addServerFlag(cmd)
}
