package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// loginProvider returns the commands for login providers.
func (c *command) loginProvider() *cobra.Command {
	cmd := &cobra.Command{Use: "login-provider", Short: "List and test the providers at which people can log in", Args: cobra.NoArgs, RunE: requireSubcommand}
	cmd.AddCommand(c.loginProviderList(), c.loginProviderTest())
	return cmd
}

// A providerRow is a login provider in the output of a command.
type providerRow struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Address     string `json:"address"`
	RedirectURI string `json:"redirect_uri,omitempty"`
	SignUp      bool   `json:"sign_up"`
}

func (c *command) loginProviderList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the login providers in the configuration file", Args: cobra.NoArgs,
		Long: `List the login providers in the configuration file, with the redirect URI that must be
registered at each of them. No provider is contacted.`,
	}
	cmd.RunE = c.withConfig(func(*cobra.Command, []string) error {
		rows := []providerRow{}
		for _, s := range c.config.LoginProviders {
			r := providerRow{Name: s.Name, Title: s.Button(), Type: s.Kind(), Address: s.Address(), SignUp: s.SignUp}
			if !s.HasPasswords() {
				r.RedirectURI = c.redirectURI(s)
			}
			rows = append(rows, r)
		}
		return c.print(rows, func(w io.Writer) {
			for _, r := range rows {
				row(w, r.Name, r.Type, r.Address, r.RedirectURI)
			}
		})
	})
	return c.addJSONFlag(cmd)
}

// redirectURI returns the address to which a provider sends people back.
func (c *command) redirectURI(s upstream.Settings) string {
	return c.issuer(hostPort(nil, c.config.Addr)) + "/login/with/" + s.Name + "/callback/"
}

func (c *command) loginProviderTest() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Test whether people can log in with a provider", Args: cobra.ExactArgs(1),
		Long: `Test a login provider in the configuration file, and report each step. Nobody logs in.

For an OpenID provider, the steps are its metadata, its keys, whether it accepts the
redirect URI, and whether it accepts the client ID and the secret. For an LDAP server,
they are the login of this server, and the search for the person in --user.`,
	}
	user := cmd.Flags().String("user", "", "name of a person to search for in an LDAP directory")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		all := c.config.LoginProviders
		i := slices.IndexFunc(all, func(s upstream.Settings) bool { return s.Name == args[0] })
		if i < 0 {
			return fmt.Errorf("there is no login provider with the name %q; see latchkey login-provider list", args[0])
		}
		if err := upstream.Check(all); err != nil {
			return err
		}
		p, err := c.openProvider(all[i])
		if err != nil {
			return err
		}
		steps := p.Test(cmd.Context(), *user)
		if err := c.print(steps, func(w io.Writer) { printSteps(w, steps) }); err != nil {
			return err
		}
		if last := steps[len(steps)-1]; last.Fault != "" {
			return failure{fmt.Errorf("people cannot log in with %s: %s: %s", args[0], last.Name, last.Fault)}
		}
		return nil
	})
	return c.addJSONFlag(cmd)
}

func printSteps(w io.Writer, steps []upstream.Step) {
	for _, s := range steps {
		result := "ok"
		if s.Fault != "" {
			result = "FAILED"
		}
		row(w, s.Name, result, s.Detail)
	}
}

// openProvider returns a login provider with the settings for outbound requests.
func (c *command) openProvider(s upstream.Settings) (*upstream.Provider, error) {
	authorities, err := c.config.outboundAuthorities()
	if err != nil {
		return nil, err
	}
	config := upstream.Config{
		RedirectURI: c.redirectURI(s), Clock: time.Now,
		Outbound: outbound.New(outbound.Options{InsecureNetworks: c.config.InsecureOutboundNetworks, Authorities: authorities}),
	}
	if s.HasPasswords() {
		if config.Directory, err = c.config.OpenDirectory(s); err != nil {
			return nil, err
		}
	}
	return upstream.New(s, config), nil
}
