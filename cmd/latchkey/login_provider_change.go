package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

func (c *command) loginProviderAdd() *cobra.Command {
	var secret bool
	cmd := &cobra.Command{
		Use: "add NAME SETTING=VALUE...", Short: "Add a login provider to the database", Args: cobra.MinimumNArgs(1),
		Long: `Add a login provider to the database. Running servers offer it within a second.

The settings have the same names as in the configuration file, such as issuer and client_id. To
set a list, repeat the setting. A pair of claims is written as claims=groups:roles.

  latchkey login-provider add google issuer=https://accounts.google.com \
    client_id=1234.apps.googleusercontent.com email_domains=example.com \
    email_domains=example.org sign_up=automatic --secret-stdin < google.secret`,
	}
	cmd.Flags().BoolVar(&secret, "secret-stdin", false, "read the client secret, or the password for the directory, from standard input")
	return c.changeProvider(cmd, &secret, func(in administration, name string, change func(*upstream.Settings) error) error {
		s := upstream.Settings{Name: name}
		if err := change(&s); err != nil {
			return err
		}
		err := in.AddProvider(cmd.Context(), s)
		if errors.Is(err, account.ErrConflict) {
			err = fmt.Errorf("there is already a login provider with the name %q. Choose another name, or use: latchkey login-provider edit", name)
		}
		return err
	})
}

func (c *command) loginProviderEdit() *cobra.Command {
	var secret bool
	cmd := &cobra.Command{
		Use: "edit NAME SETTING=VALUE...", Short: "Change a login provider in the database; a list is replaced as a whole", Args: cobra.MinimumNArgs(1),
		Long: `Change a login provider in the database. Settings that are not named are kept, and an
empty value, such as title=, removes one. If you change the type, the address, the client
ID or bind_dn, also enter the secret again.

With disabled=true, nobody can log in with the provider until you set disabled=false. Its
settings, its secret and the connections of people are kept.`,
	}
	cmd.Flags().BoolVar(&secret, "secret-stdin", false, "read a new client secret from standard input")
	return c.changeProvider(cmd, &secret, func(in administration, name string, change func(*upstream.Settings) error) error {
		return in.EditProvider(cmd.Context(), name, change)
	})
}

// changeProvider completes a command that sets settings of a login provider.
func (c *command) changeProvider(cmd *cobra.Command, withSecret *bool, save func(in administration, name string, change func(*upstream.Settings) error) error) *cobra.Command {
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) (err error) {
		if cmd.Name() == "edit" && len(args) == 1 && !*withSecret {
			return usageError{"nothing would be changed: name the settings to change, such as title=Acme, or use --secret-stdin"}
		}
		if err := setProvider(new(upstream.Settings), args[1:]); err != nil {
			return err
		}
		secret := ""
		if *withSecret {
			if secret, err = c.secretLine("client secret"); err != nil {
				return err
			}
		}
		return c.withAdministration(cmd, func(in administration) error {
			without := false
			err := save(in, args[0], func(s *upstream.Settings) error {
				err := setProvider(s, args[1:])
				s.ClientSecret = secret
				without = secret == "" && (s.Type != upstream.TypeLDAP || s.BindDN != "")
				return err
			})
			if err != nil {
				return providerError(args[0], err)
			}
			if err := c.printProvider(cmd.Context(), in, args[0]); err != nil || cmd.Name() != "add" {
				return err
			}
			if without {
				line(c.err, "%s", c.suggest("No secret was set. If the provider requires one: latchkey login-provider edit "+args[0]+" --secret-stdin"))
			}
			line(c.err, "%s", c.suggest("The address and the secret were not checked. To check them: latchkey login-provider test "+args[0]))
			return nil
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// setProvider sets settings to values of the command line.
func setProvider(s *upstream.Settings, args []string) error {
	values := make(map[string][]string)
	for _, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		if !found {
			return usageError{"each argument after the name must be a setting and its value, such as issuer=https://accounts.google.com"}
		}
		if name == "client_secret" {
			return usageError{"a secret cannot be an argument, because other users can read the command line. Use --secret-stdin"}
		}
		values[name] = append(values[name], value)
	}
	fields := upstream.Fields()
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	for name, texts := range values {
		i := slices.IndexFunc(fields, func(f upstream.Field) bool { return f.Name == name && f.Name != "name" })
		if i < 0 {
			return usageError{fmt.Sprintf("%q is not a setting of a login provider%s. The settings are those of login_providers in the configuration file", name, settings.DidYouMean(name, names))}
		}
		if len(texts) > 1 && !fields[i].IsList() && !fields[i].IsMap() {
			return usageError{name + " has only one value"}
		}
		if err := fields[i].Set(s, strings.Join(texts, "\n")); err != nil {
			return usageError{name + ": " + err.Error()}
		}
	}
	return nil
}

// providerError returns an error that says which provider does not exist.
func providerError(name string, err error) error {
	switch {
	case errors.Is(err, account.ErrNotFound):
		return fmt.Errorf("there is no login provider with the name %q; see latchkey login-provider list", name)
	case errors.Is(err, account.ErrConflict):
		return errors.New("the login provider was changed at the same time; run the command again")
	}
	return err
}

func (c *command) loginProviderRemove() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "remove NAME --yes", Short: "Remove a login provider from the database", Args: cobra.ExactArgs(1),
		Long: `Remove a login provider from the database. Within a second, running servers stop
offering it. Sessions continue. The connections of people are kept, and work again if a
provider with the same issuer is added.

Without --yes, the command prints how many people are connected with the provider, and how
many of them have no other way to log in. To stop logins for a while, use: latchkey
login-provider edit NAME disabled=true.`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the removal")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			e, err := in.Provider(cmd.Context(), args[0])
			switch {
			case err != nil:
			case e.Row == nil:
				err = loginproviders.ErrFixed
			case !yes:
				people, failed := in.ProviderPeople(cmd.Context(), e)
				if err = failed; err == nil {
					err = fmt.Errorf("removing %[1]s also deletes its secret. People connected with it: %[2]s. People who have no other way to log in: %[3]s. Confirm with --yes, or disable it instead: latchkey login-provider edit %[1]s disabled=true",
						printable(args[0]), people.Connected, people.Locked)
				}
			default:
				err = in.RemoveProvider(cmd.Context(), e)
			}
			return providerError(args[0], err)
		})
	})
	return c.addServerFlag(cmd)
}
