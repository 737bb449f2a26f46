package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// user returns the commands for users.
func (c *command) user() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Add and manage users", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(
		c.userAdd(), c.userShow(), c.userEdit(), c.userList(), c.userPassword(),
		c.userDisable(), c.userEnable(), c.userDelete(), c.userExport(), c.userImport(), c.userUseAccounts(), c.userMetadata(), c.userFactors(),
	)
	return cmd
}

// userOutput is the JSON form of a user.
type userOutput struct {
	ID       string        `json:"id"`
	Username string        `json:"username"`
	Email    string        `json:"email,omitempty"`
	Verified bool          `json:"email_verified"`
	Name     string        `json:"name,omitempty"`
	Admin    bool          `json:"admin"`
	Roles    account.Roles `json:"roles,omitempty"`
	Groups   []string      `json:"groups,omitempty"`
	// Memberships are the Groups with the roles of each.
	Memberships []membershipOutput `json:"memberships,omitempty"`
	Disabled    bool               `json:"disabled"`
	Claims      json.RawMessage    `json:"claims,omitempty"`
	CreatedAt   time.Time          `json:"created_at"`
	LastLogin   *time.Time         `json:"last_login,omitempty"`
	// Password is set only if it has just been generated.
	Password string `json:"password,omitempty"`
}

// membershipOutput is the JSON form of a group of a user.
type membershipOutput struct {
	Group string        `json:"group"`
	Roles account.Roles `json:"roles"`
}

func newUserOutput(u *account.User) userOutput {
	a := userOutput{ID: u.ID, Username: u.Username, Email: u.Email, Verified: u.EmailVerified(), Name: u.Name, Admin: u.Roles().Has(account.RoleAdministrator), Roles: u.Roles(), Disabled: u.Disabled, Claims: u.Claims, CreatedAt: u.CreatedAt}
	for _, m := range u.Memberships {
		a.Groups = append(a.Groups, m.Group)
		a.Memberships = append(a.Memberships, membershipOutput{m.Group, append(account.Roles{}, m.Roles...)})
	}
	if !u.LastLoginAt.IsZero() {
		a.LastLogin = &u.LastLoginAt
	}
	return a
}

func (c *command) userAdd() *cobra.Command {
	var (
		n               account.NewUser
		claims          string
		roles           []string
		stdin, generate bool
	)
	cmd := &cobra.Command{Use: "add NAME (--password-stdin | --generate)", Short: "Add a user", Args: cobra.ExactArgs(1)}
	flags := cmd.Flags()
	flags.BoolVar(&n.Admin, "admin", false, "give the user the role administrator")
	flags.StringArrayVar(&roles, "role", nil, roleHelp)
	flags.StringVar(&n.Email, "email", "", "email address")
	flags.BoolVar(&n.EmailVerified, "email-verified", false, "mark the email address as confirmed")
	flags.StringVar(&n.Name, "name", "", "full name")
	flags.StringVar(&claims, "claims", "", "file with a JSON object of OpenID Connect standard claims")
	flags.BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	flags.BoolVar(&generate, "generate", false, "generate a password and print it once")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		n.Username, n.Roles = args[0], rolesOf(roles)
		var err error
		if n.Password, err = c.password(stdin, generate); err != nil {
			return err
		}
		if claims != "" {
			if n.Claims, err = os.ReadFile(claims); err != nil { //nolint:gosec // the administrator names the file
				return err
			}
		}
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.AddUser(cmd.Context(), n)
			if err != nil {
				return err
			}
			output := newUserOutput(u)
			if generate {
				output.Password = n.Password
			}
			return c.print(output, func(w io.Writer) {
				row(w, "Added "+u.Username)
				if generate {
					row(w, "Password:", n.Password)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// password reads a password from standard input, or generates one.
func (c *command) password(stdin, generate bool) (string, error) {
	switch {
	case stdin && generate:
		return "", usageError{"--password-stdin and --generate cannot be used together: use one of them"}
	case stdin == generate:
		return "", usageError{"one of --password-stdin and --generate is required"}
	case generate:
		return account.GeneratePassword(), nil
	}
	return c.secretLine("password")
}

func (c *command) userList() *cobra.Command {
	var search string
	cmd := &cobra.Command{Use: "list", Short: "List users", Args: flagsOnly}
	cmd.Flags().StringVar(&search, "search", "", "list only users whose username, name or email address contains this text")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			outputs := []userOutput{}
			if err := in.EachUser(cmd.Context(), search, func(u *account.User) { outputs = append(outputs, newUserOutput(u)) }); err != nil {
				return err
			}
			return c.print(outputs, func(w io.Writer) {
				row(w, "USERNAME", "EMAIL", "ROLES", "DISABLED", "ADDED", "EMAIL CONFIRMED")
				for _, a := range outputs {
					row(w, a.Username, a.Email, a.Roles, a.Disabled, formatTime(a.CreatedAt), a.Verified)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) userDisable() *cobra.Command {
	cmd := &cobra.Command{Use: "disable NAME", Short: "Disable a user, end their sessions and revoke their tokens"}
	keep := keepTokensFlag(cmd, "user")
	return c.userSwitch(cmd, true, keep)
}

func (c *command) userEnable() *cobra.Command {
	return c.userSwitch(&cobra.Command{Use: "enable NAME", Short: "Enable a user again"}, false, new(bool))
}

func (c *command) userSwitch(cmd *cobra.Command, disabled bool, keepTokens *bool) *cobra.Command {
	return c.userCommand(cmd, func(ctx context.Context, in administration, u *account.User) error {
		if err := in.SwitchUser(ctx, u, disabled, *keepTokens); err != nil {
			return fmt.Errorf("%s: %w", u.Username, err)
		}
		done := map[bool]string{true: "disabled", false: "enabled"}[disabled]
		return c.print(newUserOutput(u), func(w io.Writer) {
			row(w, u.Username+" is "+done)
			if disabled {
				printJWTs(w)
			}
		})
	})
}

// userCommand completes a command that finds a user, and calls run.
func (c *command) userCommand(cmd *cobra.Command, run func(context.Context, administration, *account.User) error) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return run(cmd.Context(), in, u)
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) userShow() *cobra.Command {
	return c.userCommand(&cobra.Command{Use: "show NAME", Short: "Show a user"}, func(_ context.Context, _ administration, u *account.User) error {
		output := newUserOutput(u)
		return c.print(output, func(w io.Writer) {
			row(w, "ID:", output.ID)
			row(w, "Username:", printable(output.Username))
			row(w, "Name:", printable(output.Name))
			row(w, "Email:", printable(output.Email))
			row(w, "Email confirmed:", output.Verified)
			row(w, "Roles:", rolesWithOrigin(u))
			row(w, "Groups:", strings.Join(output.Groups, ", "))
			row(w, "Disabled:", output.Disabled)
			row(w, "Claims:", printable(string(output.Claims)))
			row(w, "Added:", formatTime(u.CreatedAt))
			row(w, "Last login:", formatTime(u.LastLoginAt))
			if !u.DeleteAt.IsZero() {
				row(w, "Deleted at the user's request:", formatTime(u.DeleteAt))
			}
		})
	})
}

func (c *command) userPassword() *cobra.Command {
	var stdin, generate bool
	cmd := &cobra.Command{Use: "passwd NAME (--password-stdin | --generate)", Short: "Set a password, end all sessions and revoke all tokens", Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	cmd.Flags().BoolVar(&generate, "generate", false, "generate a password and print it once")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		password, err := c.password(stdin, generate)
		if err != nil {
			return err
		}
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := in.SetPassword(cmd.Context(), u, password); err != nil {
				return err
			}
			output := newUserOutput(u)
			if generate {
				output.Password = password
			}
			return c.print(output, func(w io.Writer) {
				row(w, "The password of "+u.Username+" was changed, all sessions ended, and all tokens were revoked.")
				printJWTs(w)
				if generate {
					row(w, "Password:", password)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// findUser returns the user with a name, in any spelling that the login page accepts.
func findUser(ctx context.Context, store *sqlstore.Store, name string) (*account.User, error) {
	canonical, err := account.CanonicalUsername(name)
	if err != nil {
		return nil, noUserIn(ctx, store, name, err)
	}
	u, err := store.UserByName(ctx, canonical)
	if errors.Is(err, account.ErrNotFound) {
		return nil, noUserIn(ctx, store, name, noUser(name))
	}
	return u, err
}

func noUser(name string) error {
	return absent{fmt.Sprintf("there is no user %q. List the users: latchkey user list", name), account.ErrNotFound}
}
