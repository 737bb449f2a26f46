package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// invitation returns the commands for invitations.
func (c *command) invitation() *cobra.Command {
	cmd := &cobra.Command{Use: "invitation", Short: "Invite people to create an account", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.invitationAdd(), c.invitationList(), c.invitationWithdraw())
	return cmd
}

// invitationOutput is the JSON form of an invitation. Only the command that adds an
// invitation prints its link.
type invitationOutput struct {
	ID          string                  `json:"id"`
	Email       string                  `json:"email,omitempty"`
	Locale      string                  `json:"locale,omitempty"`
	Note        string                  `json:"note,omitempty"`
	Admin       bool                    `json:"admin"`
	Roles       account.Roles           `json:"roles,omitempty"`
	State       account.InvitationState `json:"state"`
	Username    string                  `json:"username,omitempty"`
	CreatedAt   time.Time               `json:"created_at"`
	ExpiresAt   time.Time               `json:"expires_at,omitzero"`
	UsedAt      time.Time               `json:"used_at,omitzero"`
	WithdrawnAt time.Time               `json:"withdrawn_at,omitzero"`
	Link        string                  `json:"link,omitempty"`
}

func newInvitationOutput(i account.InvitationRow, link string) invitationOutput {
	return invitationOutput{i.ID, i.Email, i.Locale, i.Note, i.Admin, i.Roles(), i.State(time.Now()), i.Username, i.CreatedAt, i.ExpiresAt, i.UsedAt, i.WithdrawnAt, link}
}

func (c *command) invitationAdd() *cobra.Command {
	var (
		n       account.NewInvitation
		forever bool
		roles   []string
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Add an invitation, and send it or print its link once", Args: flagsOnly,
		Long: `Add an invitation, with which one person can create an account, even if sign-up is
disabled. With --email, a server sends the link to that address, which is then confirmed
for the account. Otherwise, the link is printed once. Anybody who has the link can use it.`,
	}
	cmd.Flags().StringVar(&n.Email, "email", "", "address to which the link is sent")
	cmd.Flags().StringVar(&n.Locale, "language", "", "language of the email, as a tag such as de (default English)")
	cmd.Flags().StringVar(&n.Note, "note", "", "note for administrators")
	cmd.Flags().BoolVar(&n.Admin, "admin", false, "give the account the role administrator")
	cmd.Flags().StringArrayVar(&roles, "role", nil, roleHelp)
	durationVar(cmd.Flags(), &n.TTL, "ttl", account.InvitationTTL, "how long the invitation is valid")
	cmd.Flags().BoolVar(&forever, "no-expiry", false, "the invitation does not expire")
	exclude(cmd, "ttl", "no-expiry")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		n.Roles = rolesOf(roles)
		if n.TTL <= 0 {
			return usageError{"--ttl must be positive. For an invitation that does not expire, use --no-expiry"}
		}
		if forever {
			n.TTL = -1
		}
		return c.withAdministration(cmd, func(in administration) error {
			output, err := in.AddInvitation(cmd.Context(), n)
			if err != nil {
				return err
			}
			return c.print(output, func(w io.Writer) {
				row(w, "Invitation ID:", output.ID)
				if output.Link == "" {
					row(w, "Sent to:", output.Email)
				} else {
					row(w, "Link:", output.Link)
				}
				row(w, "Expires:", formatTime(output.ExpiresAt))
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) invitationList() *cobra.Command {
	var f account.InvitationFilter
	cmd := &cobra.Command{Use: "list", Short: "List the invitations, newest first", Args: flagsOnly}
	cmd.Flags().StringVar((*string)(&f.State), "state", "", "list only invitations in this state: open, used, withdrawn or expired")
	cmd.Flags().StringVar(&f.Search, "search", "", "list only invitations whose address or note contains this text")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		if known := []string{string(account.InvitationOpen), string(account.InvitationUsed), string(account.InvitationWithdrawn), string(account.InvitationExpired)}; f.State != "" && !slices.Contains(known, string(f.State)) {
			return usageError{fmt.Sprintf("--state: there is no state %q%s. The states are %s", f.State, settings.DidYouMean(string(f.State), known), strings.Join(known, ", "))}
		}
		return c.withAdministration(cmd, func(in administration) error {
			outputs := []invitationOutput{}
			err := in.EachInvitation(cmd.Context(), f, func(i invitationOutput) { outputs = append(outputs, i) })
			if err != nil {
				return err
			}
			return c.print(outputs, func(w io.Writer) {
				row(w, "INVITATION ID", "STATE", "EMAIL", "USERNAME", "ROLES", "ADDED", "EXPIRES", "NOTE")
				for _, i := range outputs {
					row(w, i.ID, i.State, i.Email, i.Username, i.Roles, formatTime(i.CreatedAt), formatTime(i.ExpiresAt), i.Note)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) invitationWithdraw() *cobra.Command {
	cmd := &cobra.Command{Use: "withdraw INVITATION_ID", Short: "Withdraw an invitation that was not used", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			err := in.WithdrawInvitation(cmd.Context(), args[0])
			if errors.Is(err, account.ErrNotFound) {
				return fmt.Errorf("there is no invitation with the ID %q. List the invitations: latchkey invitation list", args[0])
			}
			return err
		})
	})
	return c.addServerFlag(cmd)
}
