package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// user returns the commands for users.
func (c *command) user() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Add and manage users", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(
		c.userAdd(), c.userEdit(), c.userList(), c.userPassword(),
		c.userDisable(), c.userEnable(), c.userDelete(), c.userExport(), c.userMetadata(), c.userFactors(),
	)
	return cmd
}

// userOutput is the JSON form of a user.
type userOutput struct {
	ID        string          `json:"id"`
	Username  string          `json:"username"`
	Email     string          `json:"email,omitempty"`
	Verified  bool            `json:"email_verified"`
	Name      string          `json:"name,omitempty"`
	Admin     bool            `json:"admin"`
	Roles     account.Roles   `json:"roles,omitempty"`
	Disabled  bool            `json:"disabled"`
	Claims    json.RawMessage `json:"claims,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	LastLogin *time.Time      `json:"last_login,omitempty"`
	// Password is set only if it has just been generated.
	Password string `json:"password,omitempty"`
}

func newUserOutput(u *account.User) userOutput {
	a := userOutput{ID: u.ID, Username: u.Username, Email: u.Email, Verified: u.EmailVerified(), Name: u.Name, Admin: u.Admin, Roles: u.Roles(), Disabled: u.Disabled, Claims: u.Claims, CreatedAt: u.CreatedAt}
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
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := c.accounts(store).Create(cmd.Context(), n)
			if err != nil {
				return err
			}
			c.changed(cmd, store, u.ID, userChange(nil, u))
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
	return c.addJSONFlag(cmd)
}

// password reads a password from standard input, or generates one.
func (c *command) password(stdin, generate bool) (string, error) {
	switch {
	case stdin && generate:
		return "", usageError{"--password-stdin and --generate exclude each other: use one of them"}
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
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			outputs := []userOutput{}
			for after := ""; ; {
				users, cursor, err := store.Users(cmd.Context(), account.UserFilter{Search: search}, paging.Page{Limit: 500, After: after})
				if err != nil {
					return err
				}
				for _, u := range users {
					outputs = append(outputs, newUserOutput(u))
				}
				if after = cursor.Next; after == "" {
					break
				}
			}
			return c.print(outputs, func(w io.Writer) {
				row(w, "USERNAME", "EMAIL", "ADMIN", "DISABLED", "ADDED", "EMAIL CONFIRMED")
				for _, a := range outputs {
					row(w, a.Username, a.Email, a.Admin, a.Disabled, formatTime(a.CreatedAt), a.Verified)
				}
			})
		})
	})
	return c.addJSONFlag(cmd)
}

func (c *command) userDisable() *cobra.Command {
	cmd := &cobra.Command{Use: "disable NAME", Short: "Disable a user, end their sessions and revoke their tokens"}
	keep := keepTokensFlag(cmd, "user")
	return c.userSwitch(cmd, "disabled", func(ctx context.Context, a *account.Accounts, u *account.User) error {
		return a.Disable(ctx, u.ID, !*keep)
	})
}

func (c *command) userEnable() *cobra.Command {
	cmd := &cobra.Command{Use: "enable NAME", Short: "Enable a user again"}
	return c.userSwitch(cmd, "enabled", func(ctx context.Context, a *account.Accounts, u *account.User) error {
		return a.Enable(ctx, u.ID)
	})
}

func (c *command) userSwitch(cmd *cobra.Command, done string, run func(context.Context, *account.Accounts, *account.User) error) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := findUser(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			if err := run(cmd.Context(), c.accounts(store), u); err != nil {
				return fmt.Errorf("%s: %w", u.Username, err)
			}
			before := *u
			if u, err = store.User(cmd.Context(), u.ID); err != nil {
				return err
			}
			c.changed(cmd, store, u.ID, userChange(&before, u))
			return c.print(newUserOutput(u), func(w io.Writer) { row(w, u.Username+" is "+done) })
		})
	})
	return c.addJSONFlag(cmd)
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
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			u, err := findUser(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			if err := c.accounts(store).SetPassword(cmd.Context(), u, password); err != nil {
				return err
			}
			c.changed(cmd, store, u.ID, nil)
			output := newUserOutput(u)
			if generate {
				output.Password = password
			}
			return c.print(output, func(w io.Writer) {
				row(w, "The password of "+u.Username+" was changed.")
				if generate {
					row(w, "Password:", password)
				}
			})
		})
	})
	return c.addJSONFlag(cmd)
}

// findUser returns the user with a name, in any spelling that the login page accepts.
func findUser(ctx context.Context, store account.Store, name string) (*account.User, error) {
	canonical, err := account.CanonicalUsername(name)
	if err != nil {
		return nil, err
	}
	u, err := store.UserByName(ctx, canonical)
	if errors.Is(err, account.ErrNotFound) {
		return nil, fmt.Errorf("there is no user %q. List the users: latchkey user list", name)
	}
	return u, err
}
