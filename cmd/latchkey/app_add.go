package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func (c *command) appAdd() *cobra.Command {
	var secretStdin bool
	var kind string
	cmd := &cobra.Command{
		Use: "add (--client-name NAME [flags] | --json FILE)", Short: "Add an application and print its credentials once", Args: flagsOnly,
	}
	fields := newAppFlags(cmd.Flags(), true)
	cmd.Flags().StringVar(&kind, "kind", "", "")
	help := cmd.HelpFunc()
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		cmd.Flags().Lookup("kind").Usage = kindHelp() // reads the texts of the back office, which other commands do not need
		help(cmd, args)
	})
	cmd.Flags().BoolVar(&secretStdin, "client-secret-stdin", false, "read an existing client secret from standard input")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if secretStdin && len(args) > 0 && args[0] == "-" {
			return usageError{"standard input cannot contain both the fields and the client secret: write the fields to a file"}
		}
		ctx, now := cmd.Context(), time.Now()
		return c.withAdministration(cmd, func(in administration) error {
			client := &oauth.Client{Type: oauth.Confidential, CreatedAt: now, UpdatedAt: now}
			if err := setKind(client, kind); err != nil {
				return err
			}
			setFields, err := c.readFields(args, true)
			if err == nil {
				err = setFields(client)
			}
			if err != nil {
				return err
			}
			if err := fields.apply(ctx, in, client); err != nil {
				return err
			}
			if err := checkKind(client, kind); err != nil {
				return err
			}
			if kind != "" && !client.ResourceServer && len(client.Scopes) == 0 && !cmd.Flags().Changed("scope") {
				if client.Scopes, err = in.UsualScopes(ctx, client); err != nil {
					return err
				}
			}
			provider.SetClientDefaults(client)
			imported := ""
			if secretStdin {
				if imported, err = c.readSecret(client); err != nil {
					return err
				}
			}
			generated, err := in.AddApplication(ctx, client, imported)
			if err == nil {
				c.warnOfFields(in, &oauth.Client{}, client)
				err = c.warnOfExchange(ctx, in, client)
			}
			return c.printChanged(cmd, in, client, generated, err)
		})
	})
	return c.addServerFlag(c.addJSONFlagFromFile(cmd, 0))
}

func (c *command) appEdit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "edit CLIENT_ID ([flags] | --json FILE)", Short: "Change fields of an application; a list is replaced as a whole",
	}
	fields := newAppFlags(cmd.Flags(), false)
	c.appCommand(cmd, func(cmd *cobra.Command, in administration, client *oauth.Client) (string, error) {
		if len(cmd.Flags().Args()) == 1 && !changesSomething(cmd) {
			return "", errNoChange
		}
		setFields, err := c.readFields(cmd.Flags().Args()[1:], false)
		if err != nil {
			return "", err
		}
		was := *client
		err = in.EditApplication(cmd.Context(), client, func(client *oauth.Client) error {
			if err := setFields(client); err != nil {
				return err
			}
			return fields.apply(cmd.Context(), in, client)
		})
		if err != nil {
			return "", err
		}
		c.warnOfFields(in, &was, client)
		return "", c.warnOfExchange(cmd.Context(), in, client)
	})
	return c.addJSONFlagFromFile(cmd, 1)
}

// setKind sets the fields of an application to those of a kind, unless the name is empty.
func setKind(client *oauth.Client, name string) error {
	of, found := clientfields.FindAppKind(name)
	switch {
	case name == "":
		return nil
	case !found:
		return usageError{fmt.Sprintf("--kind %s: choose one of %s", name, strings.Join(clientfields.AppKindNames(), ", "))}
	}
	of.Set(client)
	return nil
}

// checkKind returns an error if an application of a kind has redirect URIs that it cannot use.
func checkKind(client *oauth.Client, name string) error {
	of, found := clientfields.FindAppKind(name)
	if !found || of.Asks("redirect_uris") || len(client.RedirectURIs) == 0 || client.Allows(oauth.GrantAuthorizationCode) || len(client.Legacy) > 0 {
		return nil
	}
	var others []string
	for _, kind := range clientfields.AppKinds() {
		if kind.Asks("redirect_uris") {
			others = append(others, kind.Name)
		}
	}
	return usageError{fmt.Sprintf("an application of --kind %s has no redirect URI, because no browser returns to it. Omit --redirect-uri, or choose another kind (%s)", name, strings.Join(others, ", "))}
}

// kindHelp returns the help text of the flag --kind.
func kindHelp() string {
	var b strings.Builder
	b.WriteString("What the application is. The choice sets the fields that such applications usually need, and other flags change them.")
	for _, kind := range clientfields.AppKinds() {
		fmt.Fprintf(&b, " %s: %s.", kind.Name, strings.TrimSuffix(kind.Text.String(), "."))
	}
	b.WriteString(" Without --scope, the application can request the scopes that such applications usually need, which are also those that the form of the back office suggests; if there are none, it can request all scopes. --scope= allows all scopes.")
	return b.String()
}
