package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/account"
)

func (c *command) userEdit() *cobra.Command {
	var (
		edited account.User
		claims string
		roles  []string
		verify bool
	)
	cmd := &cobra.Command{Use: "edit NAME", Short: "Change a user; fields without a flag stay the same", Args: cobra.ExactArgs(1)}
	flags := cmd.Flags()
	flags.StringVar(&edited.Username, "username", "", "new username")
	flags.StringVar(&edited.Name, "name", "", "full name")
	flags.StringVar(&edited.Email, "email", "", "email address; a new one is not confirmed, unless --email-verified is given too")
	flags.BoolVar(&verify, "email-verified", false, "mark the email address as confirmed")
	flags.BoolVar(&edited.Admin, "admin", false, "whether the user has the role administrator")
	flags.StringArrayVar(&roles, "role", nil, roleHelp+"; it replaces all roles, and an empty one removes them")
	exclude(cmd, "admin", "role")
	flags.StringVar(&claims, "claims", "", "file with a JSON object of OpenID Connect standard claims, which replaces the current ones")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) (err error) {
		if !changesSomething(cmd) {
			return errNoChange
		}
		if claims != "" {
			if edited.Claims, err = os.ReadFile(claims); err != nil { //nolint:gosec // the administrator names the file
				return err
			}
		}
		if flags.Changed("role") {
			edited.SetRoles(rolesOf(roles))
		}
		return c.withAdministration(cmd, func(in administration) error {
			u, err := in.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			err = in.EditUser(cmd.Context(), u, func(u *account.User) error {
				return applyEdit(u, edited, verify, flags.Changed)
			})
			if err != nil {
				return err
			}
			return c.print(newUserOutput(u), func(w io.Writer) {
				row(w, "Changed "+u.Username)
				if flags.Changed("role") || flags.Changed("admin") {
					c.printKeptRoles(w, u)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// errNoChange is the error of a command that would change nothing.
var errNoChange = usageError{"nothing would be changed: name the fields to change with flags"}

// changesSomething reports whether a flag of the command, apart from --json, --server and settings, was
// given.
func changesSomething(cmd *cobra.Command) (changes bool) {
	own := cmd.LocalNonPersistentFlags()
	cmd.Flags().Visit(func(f *pflag.Flag) {
		changes = changes || f.Name != "json" && f.Name != serverFlag && own.Lookup(f.Name) != nil
	})
	return changes
}

const roleHelp = "role in the back office: administrator, operator or auditor; repeat the flag for several roles"

// rolesOf returns the roles that were given on the command line.
func rolesOf(names []string) (roles account.Roles) {
	for _, name := range names {
		if name != "" {
			roles = append(roles, account.Role(name))
		}
	}
	return roles
}

// applyEdit changes the fields that were given on the command line.
func applyEdit(u *account.User, edited account.User, verified bool, given func(flag string) bool) error {
	before, keep := u.Email, u.EmailVerified()
	if given("username") {
		u.Username = edited.Username
	}
	if given("name") {
		u.Name = edited.Name
	}
	if given("email") {
		u.Email = edited.Email
	}
	switch {
	case given("role"):
		u.Admin, u.OtherRoles = edited.Admin, edited.OtherRoles
	case given("admin"):
		u.Admin = edited.Admin
	}
	if given("claims") {
		u.Claims = edited.Claims
	}
	switch {
	case given("email-verified") && verified && u.Email == "":
		return usageError{"there is no email address to confirm: also set --email"}
	case given("email-verified"):
		return u.SetEmailVerified(verified)
	case u.Email != before:
		return u.SetEmailVerified(false)
	case given("claims") && keep:
		return u.SetEmailVerified(true)
	}
	return nil
}
