package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// Limits of a file with users.
const (
	maxUserFile = 64 << 20 // bytes
	maxUsers    = 100_000
)

// importedUser is a user in a file, in the form of user list --json.
type importedUser struct {
	userOutput
	// PasswordHash is an argon2id hash, or empty.
	PasswordHash string `json:"password_hash"`
}

func (u importedUser) account() account.ImportedUser {
	return account.ImportedUser{
		NewUser: account.NewUser{Username: u.Username, Email: u.Email, Name: u.Name, EmailVerified: u.Verified, Claims: u.Claims, Roles: u.Roles, Admin: u.Admin},
		ID:      u.ID, PasswordHash: u.PasswordHash, Disabled: u.Disabled,
	}
}

func (c *command) userImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Add the users of a file, with their IDs and password hashes", Args: cobra.ExactArgs(1),
		Long: `Add the users of a JSON file. It contains a list in the form that latchkey user list --json
prints. The member password_hash is an argon2id hash, such as
$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH. A user without a hash sets a password with a
link, or logs in at another provider. The id is the sub claim, by which applications know
the user. A user without an id gets a new one. The file name - means standard input.

All users are checked before the first one is added. If the database already has a user
with the same username and ID, the command does not change the user. So you can run it
again. The members created_at and last_login are ignored. A user with a member called
groups is an error.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		users, err := c.readUsers(args[0])
		if err != nil {
			return aboutFile(args[0], err)
		}
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error {
			accounts := c.accounts(store)
			missing, err := checkImport(cmd.Context(), accounts, store, users)
			if err != nil {
				return aboutFile(args[0], err)
			}
			for i, u := range missing {
				added, err := accounts.Import(cmd.Context(), u.account())
				if err != nil {
					return fmt.Errorf("%s: %w. %d of %s added. Run the command again", u.Username, err, i, count(int64(len(missing)), "user"))
				}
				c.changed(cmd, store, added.ID, userChange(nil, added))
			}
			if len(missing) > 0 {
				c.warnOfHost(cmd.Context(), store, "nobody can log in to the new accounts")
			}
			result := map[string]int{"added": len(missing), "already_there": len(users) - len(missing)}
			return c.print(result, func(w io.Writer) {
				row(w, fmt.Sprintf("Added %s. Already in the database: %d.", count(int64(len(missing)), "user"), result["already_there"]))
			})
		})
	})
	return c.addJSONFlag(cmd)
}

// readUsers reads a file with users.
func (c *command) readUsers(name string) (users []importedUser, err error) {
	in := c.in
	if name != "-" {
		file, err := os.Open(name) //nolint:gosec // the administrator names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, maxUserFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxUserFile {
		return nil, fmt.Errorf("the file is larger than %d MiB: split it", maxUserFile>>20)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&users); err != nil {
		return nil, fmt.Errorf("this is not a JSON list of users, as latchkey user list --json prints it: %w", err)
	}
	if len(users) > maxUsers {
		return nil, fmt.Errorf("the file has more than %d users: split it", maxUsers)
	}
	return users, nil
}

// checkImport returns the users to add. The error joins the errors of all users.
func checkImport(ctx context.Context, accounts *account.Accounts, store *sqlstore.Store, users []importedUser) (missing []importedUser, err error) {
	var faults []error
	seen := make(map[string]bool)
	for i, u := range users {
		fault := func(err error) {
			faults = append(faults, fmt.Errorf("user %d (%s): %w", i+1, printable(u.Username), err))
		}
		if len(u.Groups) > 0 {
			fault(errors.New("groups: memberships cannot be imported. Remove the member groups, and the roles that come from groups"))
			continue
		}
		if u.Password != "" {
			fault(errors.New("password: readable passwords cannot be imported. Use password_hash"))
			continue
		}
		if err := accounts.CheckImport(u.account()); err != nil {
			fault(err)
			continue
		}
		canonical, err := account.CanonicalUsername(u.Username)
		if err != nil {
			fault(err)
			continue
		}
		if seen[canonical] || u.ID != "" && seen[u.ID] {
			fault(errors.New("the file contains the username or the ID twice. Remove one of the users"))
			continue
		}
		seen[canonical], seen[u.ID] = true, true
		present, err := store.UserByName(ctx, canonical)
		switch {
		case errors.Is(err, account.ErrNotFound):
			taken, err := hasUser(ctx, store, u.ID)
			if err != nil {
				return nil, err
			}
			if taken {
				fault(errors.New("there is already another user with this ID"))
				continue
			}
			missing = append(missing, u)
		case err != nil:
			return nil, err
		case present.ID != u.ID:
			fault(errors.New("another user has this username. Change or remove the user in the file"))
		}
	}
	return missing, errors.Join(faults...)
}

// hasUser reports whether there is a user with the ID, which may be empty.
func hasUser(ctx context.Context, store *sqlstore.Store, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	_, err := store.User(ctx, id)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
