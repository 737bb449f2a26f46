package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// app returns the commands for applications.
func (c *command) app() *cobra.Command {
	cmd := &cobra.Command{Use: "app", Short: "Add and manage applications", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(
		c.appAdd(), c.appList(), c.appShow(), c.appEdit(), c.appRotate(), c.appDelete(),
		c.appDisable(), c.appEnable(),
	)
	return cmd
}

// appCommand completes a command that reads an application, runs change, and
// prints the application. If change returns a secret, it is printed too.
func (c *command) appCommand(cmd *cobra.Command, change func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (secret string, err error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			client, err := findClient(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			secret, err := change(cmd, store, client)
			if err != nil {
				return err
			}
			return c.printApp(cmd, store, client, secret)
		})
	})
	return cmd
}

func findClient(ctx context.Context, store *sqlstore.Store, id string) (*oauth.Client, error) {
	client, err := store.Client(ctx, id)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, fmt.Errorf("there is no application with the client ID %q. List them with: latchkey app list", id)
	}
	return client, err
}

// save applies a change of an administrator to the application and saves it, even if
// others save changes at the same time.
func (c *command) save(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client, change func(*oauth.Client) error) error {
	changed, err := oauth.EditClient(cmd.Context(), store, client.ID, func(c *oauth.Client) error {
		if err := change(c); err != nil {
			return err
		}
		c.UpdatedAt = time.Now() // after the change, which compares the time in a file with the stored one
		return nil
	})
	if err == nil {
		before := *client
		*client = *changed
		c.changed(cmd, store, client.ID, clientChange(&before, client))
	}
	return err
}

// validate checks an application, its addresses and the document of its sector.
// before is the application before a change, or nil.
func (c *command) validate(ctx context.Context, before, client *oauth.Client) error {
	if faults := c.fieldFaults(client); len(faults) > 0 {
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

// fieldFaults returns what is wrong with the fields of an application.
func (c *command) fieldFaults(client *oauth.Client) validate.FieldErrors {
	faults := provider.ValidateClient(client, c.config.AllScopes())
	for i := range faults {
		faults[i].Message = clientfields.WithNames(faults[i].Message)
		if strings.HasPrefix(faults[i].Code, "client.the_scope_is_unknown") {
			faults[i].Message += " This command knows only the scopes of the configuration file (--config). For a program with scopes of its own, use a file with the same scopes, the back office or Server.CreateApplication."
		}
	}
	return faults
}

func (c *command) appShow() *cobra.Command {
	return c.addJSONFlag(c.appCommand(&cobra.Command{Use: "show CLIENT_ID", Short: "Show all fields of an application"},
		func(*cobra.Command, *sqlstore.Store, *oauth.Client) (string, error) { return "", nil }))
}

func (c *command) appDisable() *cobra.Command {
	cmd := &cobra.Command{Use: "disable CLIENT_ID", Short: "Disable an application and revoke its tokens"}
	keep := keepTokensFlag(cmd, "application")
	return c.appSwitch(cmd, func() oauth.ClientSwitch {
		s := oauth.ClientSwitch{Disabled: true, At: time.Now()}
		if !*keep {
			s.RevokedBefore = s.At
		}
		return s
	})
}

func (c *command) appEnable() *cobra.Command {
	cmd := &cobra.Command{Use: "enable CLIENT_ID", Short: "Enable an application again"}
	return c.appSwitch(cmd, func() oauth.ClientSwitch { return oauth.ClientSwitch{At: time.Now()} })
}

func (c *command) appSwitch(cmd *cobra.Command, to func() oauth.ClientSwitch) *cobra.Command {
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (string, error) {
		s := to()
		s.ClientID = client.ID
		if err := store.SwitchClient(cmd.Context(), s); err != nil {
			return "", err
		}
		switched, err := findClient(cmd.Context(), store, client.ID)
		if err == nil {
			c.changed(cmd, store, client.ID, clientChange(client, switched))
			*client = *switched
		}
		return "", err
	}))
}

// keepTokensFlag adds the flag of the commands that disable something.
func keepTokensFlag(cmd *cobra.Command, noun string) *bool {
	return cmd.Flags().Bool("keep-tokens", false, "do not revoke tokens: they become valid again when the "+noun+" is enabled, including tokens that were stolen")
}

func (c *command) appDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "delete CLIENT_ID --yes", Short: "Delete an application, its tokens and its consents"}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the deletion")
	return c.addJSONFlag(c.appCommand(cmd, func(cmd *cobra.Command, store *sqlstore.Store, client *oauth.Client) (string, error) {
		if yes {
			err := store.DeleteClient(cmd.Context(), client.ID)
			if err == nil {
				c.changed(cmd, store, client.ID, &oauth.EventDetails{ClientName: client.Name})
			}
			return "", err
		}
		usage, err := store.Usage(cmd.Context(), oauth.FamilyFilter{ClientID: client.ID, InSession: true})
		if err != nil {
			return "", err
		}
		return "", fmt.Errorf("deleting %s also deletes its tokens and consents (token families: %s, consents: %s). Confirm with --yes",
			client.Name, usage.Families, usage.Consents)
	}))
}
