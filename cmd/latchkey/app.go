package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// app returns the commands for applications.
func (c *command) app() *cobra.Command {
	cmd := &cobra.Command{Use: "app", Short: "Add and manage applications", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(
		c.appAdd(), c.appList(), c.appShow(), c.appEdit(), c.appRotate(), c.appDelete(), c.appRestore(),
		c.appDisable(), c.appEnable(), c.appRevokeRegistrationToken(),
	)
	return cmd
}

// appCommand completes a command that reads an application, runs change, and
// prints the application. If change returns a secret, it is printed too.
func (c *command) appCommand(cmd *cobra.Command, change func(cmd *cobra.Command, in administration, client *oauth.Client) (secret string, err error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			client, err := in.Application(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			secret, err := change(cmd, in, client)
			return c.printChanged(cmd, in, client, secret, err)
		})
	})
	return c.addServerFlag(cmd)
}

// validate checks an application, its addresses and the document of its sector.
// before is the application before a change, or nil.
func (c *command) validate(ctx context.Context, before, client *oauth.Client) error {
	if faults := c.newFaults(before, client); len(faults) > 0 {
		return faults
	}
	authorities, err := c.config.outboundAuthorities()
	if err != nil {
		return err
	}
	ask := outbound.New(outbound.Options{InsecureNetworks: c.config.InsecureOutboundNetworks, Authorities: authorities})
	if faults := provider.CheckOutbound(ctx, ask, before, client); len(faults) > 0 {
		return faults
	}
	return nil
}

// fieldFaults returns the errors in the fields of an application.
func (c *command) fieldFaults(client *oauth.Client) validate.FieldErrors {
	faults := provider.ValidateClient(client, c.defined().AllScopes)
	for i := range faults {
		faults[i].Message = clientfields.WithNames(faults[i].Message)
		switch {
		case !isForeign(faults[i]):
		case faults[i].Field == "grant_types":
			faults[i].Message += " This command does not know the grant types of a program (Options.Grants). Use the back office of the program or Server.CreateApplication."
		default:
			faults[i].Message += " This command knows only the scopes of the configuration file (--config). For a program with scopes of its own, use a file with the same scopes, the back office or Server.CreateApplication."
		}
	}
	return faults
}

// newFaults returns the errors in a changed application. This command does not know the scopes and
// grant types of a host program, so it accepts them if the application already has them.
func (c *command) newFaults(before, client *oauth.Client) validate.FieldErrors {
	faults := c.fieldFaults(client)
	if before == nil {
		return faults
	}
	had := make(map[string]bool)
	for _, fault := range c.fieldFaults(before) {
		had[fault.Field+fault.Message] = isForeign(fault)
	}
	return slices.DeleteFunc(faults, func(fault validate.FieldError) bool { return had[fault.Field+fault.Message] })
}

func (c *command) appShow() *cobra.Command {
	return c.addJSONFlag(c.appCommand(&cobra.Command{Use: "show CLIENT_ID", Short: "Show all fields of an application"},
		func(*cobra.Command, administration, *oauth.Client) (string, error) { return "", nil }))
}

func (c *command) appDisable() *cobra.Command {
	cmd := &cobra.Command{Use: "disable CLIENT_ID", Short: "Disable an application and revoke its tokens"}
	keep := keepTokensFlag(cmd, "application")
	return c.appSwitch(cmd, true, keep)
}

func (c *command) appEnable() *cobra.Command {
	return c.appSwitch(&cobra.Command{Use: "enable CLIENT_ID", Short: "Enable an application again"}, false, new(bool))
}

func (c *command) appSwitch(cmd *cobra.Command, disabled bool, keepTokens *bool) *cobra.Command {
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, in administration, client *oauth.Client) (string, error) {
		return "", in.SwitchApplication(cmd.Context(), client, disabled, *keepTokens)
	}))
}

func (c *command) appRevokeRegistrationToken() *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke-registration-token CLIENT_ID", Short: "Revoke the token with which an application manages its own registration",
		Long: `Revoke the token with which an application that registered itself reads, changes and deletes its
own registration (RFC 7592). The application cannot get another one. Its secrets and tokens
remain valid.`,
	}
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, in administration, client *oauth.Client) (string, error) {
		return "", in.RevokeRegistrationToken(cmd.Context(), client)
	}))
}

// keepTokensFlag adds the flag of the commands that disable something.
func keepTokensFlag(cmd *cobra.Command, noun string) *bool {
	return cmd.Flags().Bool("keep-tokens", false, "do not revoke tokens: they become valid again when the "+noun+" is enabled, including tokens that were stolen")
}

func (c *command) appDelete() *cobra.Command {
	var yes, permanently bool
	cmd := &cobra.Command{
		Use: "delete CLIENT_ID --yes", Short: "Delete an application, its tokens and its consents",
		Long: `Delete an application, its tokens and its consents. For seven days, you can restore it with
latchkey app restore, and its client ID stays reserved. With --permanently, it is deleted
at once, and cannot be restored.`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the deletion")
	cmd.Flags().BoolVar(&permanently, "permanently", false, "delete the application at once, so that it cannot be restored")
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, in administration, client *oauth.Client) (string, error) {
		if yes {
			return "", in.DeleteApplication(cmd.Context(), client, permanently)
		}
		usage, err := in.Usage(cmd.Context(), oauth.FamilyFilter{ClientID: client.ID})
		if err != nil {
			return "", err
		}
		return "", fmt.Errorf("deleting %s also deletes its tokens and consents%s. Confirm with --yes", client.Name, usageText(usage))
	}))
}

// usageText returns how many tokens and consents a deletion deletes, or "" if this is not known.
func usageText(usage *oauth.Usage) string {
	if usage == nil {
		return ""
	}
	return fmt.Sprintf(" (token families: %s, consents: %s)", usage.Families, usage.Consents)
}

func (c *command) appRestore() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restore CLIENT_ID", Short: "Restore an application that was deleted in the last seven days", Args: cobra.ExactArgs(1),
		Long: `Restore an application that was deleted in the last seven days, with its consents. It
remains disabled until you run latchkey app enable. Its old access tokens and refresh
tokens are then valid again, unless they have expired or were revoked.

latchkey app list --deleted lists the applications that can be restored.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			err := in.RestoreApplication(cmd.Context(), args[0])
			if errors.Is(err, oauth.ErrNotFound) {
				return fmt.Errorf("no deleted application with the client ID %q can be restored. List the applications that can be restored: latchkey app list --deleted", args[0])
			}
			if err != nil {
				return err
			}
			client, err := in.Application(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printApp(cmd, in, client, "")
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}
