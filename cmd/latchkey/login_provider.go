package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// loginProvider returns the commands for login providers.
func (c *command) loginProvider() *cobra.Command {
	cmd := &cobra.Command{Use: "login-provider", Short: "Manage and test the providers at which people can log in", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.loginProviderAdd(), c.loginProviderEdit(), c.loginProviderList(), c.loginProviderShow(), c.loginProviderTest(), c.loginProviderRemove())
	return cmd
}

// A providerRow is a login provider in the output of a command.
type providerRow struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Address     string `json:"address"`
	RedirectURI string `json:"redirect_uri,omitempty"`
	SignUp      string `json:"sign_up"`
	Source      string `json:"source"` // file or database
	Disabled    bool   `json:"disabled,omitempty"`
	Fault       string `json:"fault,omitempty"` // why people cannot use it
	// Settings are those that are set, without the secret. A list does not have them.
	Settings json.RawMessage `json:"settings,omitempty"`
}

func newProviderRow(e providerEntry) providerRow {
	r := providerRow{Name: e.Name, Title: e.Button(), Type: e.Kind(), Address: e.Address(), RedirectURI: e.redirectURI, SignUp: cmp.Or(e.SignUp, upstream.SignUpInvitation), Source: "file", Disabled: e.Disabled}
	if e.Row != nil {
		r.Source = "database"
	}
	if e.Fault != nil {
		r.Fault = e.Fault.Error()
	}
	return r
}

func (c *command) loginProviderList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the login providers", Args: cobra.NoArgs,
		Long: `List the login providers in the configuration file and in the database, with the
redirect URI that must be registered at each of them. No provider is contacted.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			entries, err := in.Providers(cmd.Context())
			if err != nil {
				return err
			}
			rows := []providerRow{}
			for _, e := range entries {
				rows = append(rows, newProviderRow(e))
			}
			return c.print(rows, func(w io.Writer) {
				for _, r := range rows {
					state := cmp.Or(r.Fault, r.Address)
					if r.Disabled {
						state += " (disabled)"
					}
					row(w, r.Name, r.Type, r.Source, state, r.RedirectURI)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) loginProviderShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show NAME", Short: "Show the settings of a login provider, without its secret", Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			return providerError(args[0], c.printProvider(cmd.Context(), in, args[0]))
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// printProvider prints the settings of a login provider.
func (c *command) printProvider(ctx context.Context, in administration, name string) error {
	e, err := in.Provider(ctx, name)
	if err != nil {
		return err
	}
	r := newProviderRow(e)
	if r.Settings, err = e.JSON(); err != nil {
		return err
	}
	return c.print(r, func(w io.Writer) {
		row(w, "source:", r.Source)
		for _, s := range e.Shown() {
			row(w, s[0]+":", s[1])
		}
		if r.RedirectURI != "" {
			row(w, "redirect URI to register:", r.RedirectURI)
		}
		if r.Fault != "" {
			row(w, "people cannot use it:", r.Fault)
		}
	})
}

// redirectURI returns the address to which a provider sends people back. If the configuration has no
// issuer, it uses the issuer of the server that started last on the database.
func (c *command) redirectURI(s upstream.Settings) string {
	issuer := c.issuer(hostPort(nil, c.config.Addr))
	if c.config.Issuer == "" && c.storedIssuer != "" {
		issuer = c.storedIssuer
	}
	return issuer + "/login/with/" + s.Name + "/callback/"
}

func (c *command) loginProviderTest() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Test whether people can log in with a provider", Args: cobra.ExactArgs(1),
		Long: `Test a login provider, and report each step. Nobody logs in.

For an OpenID provider, the steps are its metadata, its keys, whether it accepts the
redirect URI, and whether it accepts the client ID and the secret. For an LDAP server,
they are the login of this server, and the search for the person in --user.`,
	}
	user := cmd.Flags().String("user", "", "name of a person to search for in an LDAP directory")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		e, steps, err := c.testProvider(cmd, args[0], *user)
		if err != nil {
			return err
		}
		if err := c.print(steps, func(w io.Writer) { printSteps(w, steps) }); err != nil {
			return err
		}
		if last := steps[len(steps)-1]; last.Fault != "" {
			return failure{fmt.Errorf("people cannot log in with %s: %s: %s%s", args[0], last.Name, last.Fault, missingSecret(e, last))}
		}
		return nil
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// missingSecret returns a sentence about a secret that is not set, if a test has failed in
// a step that uses it.
func missingSecret(e providerEntry, failed upstream.Step) string {
	switch {
	case e.hasSecret || failed.Name != upstream.StepSecret && failed.Name != upstream.StepBind:
		return ""
	case e.Row == nil:
		return ". No secret is set. Set " + secretVariable(e.Name) + "_FILE to the path of a file that contains it"
	}
	return ". No secret is set. Set it with: latchkey login-provider edit " + e.Name + " --secret-stdin"
}

// testProvider tests the login provider with the name. The database is opened only if the provider is
// not in the configuration file.
func (c *command) testProvider(cmd *cobra.Command, name, user string) (e providerEntry, steps []upstream.Step, err error) {
	if c.server == "" {
		if err := c.config.loginProviderFaults(); err != nil {
			return e, nil, err
		}
		for _, s := range c.config.LoginProviders {
			if s.Name == name {
				e = c.providerEntry(loginproviders.Entry{Settings: s})
				p, err := c.openProvider(s)
				if err != nil {
					return e, nil, err
				}
				return e, p.Test(cmd.Context(), user), nil
			}
		}
	}
	err = c.withAdministration(cmd, func(in administration) (err error) {
		if e, err = in.Provider(cmd.Context(), name); err == nil {
			steps, err = in.TestProvider(cmd.Context(), e, user)
		}
		return err
	})
	return e, steps, providerError(name, err)
}

func printSteps(w io.Writer, steps []upstream.Step) {
	for _, s := range steps {
		result := "ok"
		if s.Fault != "" {
			result = "FAILED"
		}
		row(w, s.Name, result, s.Detail)
		if s.Warning != "" {
			row(w, s.Name, "warning", s.Warning)
		}
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
