package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
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
	// place is the position in the file, for errors.
	place string
}

func (u importedUser) account() account.ImportedUser {
	return account.ImportedUser{
		NewUser: account.NewUser{Username: u.Username, Email: u.Email, Name: u.Name, EmailVerified: u.Verified, Claims: u.Claims, Roles: u.Roles, Admin: u.Admin},
		ID:      u.ID, PasswordHash: u.PasswordHash, Disabled: u.Disabled,
	}
}

// fault returns an error about the user.
func (u importedUser) fault(err error) error {
	return fmt.Errorf("%s (%s): %w", u.place, printable(u.Username), err)
}

func (c *command) userImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Add the users of a file, with their IDs and password hashes", Args: cobra.ExactArgs(1),
		Long: `Add the users of a JSON file. It contains a list in the form that latchkey user list --json
prints. The member password_hash is an argon2id hash, such as
$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH. A user without a hash sets a password with a
link, or logs in at another provider. The id is the sub claim, by which applications know
the user. It must be a UUID with lower-case letters, so the numbers of another server
cannot be kept. A user without an id gets a new one. The file name - means standard input.

All users are checked before the first one is added. A user who exists already is counted,
and not changed, so you can run the command again. A user exists already if the username and
the id are the same. If the file has no id, the username and the email address must be the
same. The user must also have confirmed the address, or have neither changed the password
nor added a factor since the import. Otherwise, it could be another person, because anybody
can sign up with any username. The members created_at and last_login are ignored. A user
with a member called groups is an error.`,
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		users, err := c.readUsers(args[0])
		if err == nil {
			err = checkUsers(users)
		}
		if err != nil {
			return aboutFile(args[0], err)
		}
		return c.withAdministration(cmd, func(in administration) error {
			missing, err := in.CheckImport(cmd.Context(), users)
			if errors.Is(err, account.ErrHostPeople) {
				return err
			}
			if err != nil {
				return aboutFile(args[0], err)
			}
			added, err := in.ImportUsers(cmd.Context(), missing)
			if err != nil {
				return incomplete(err, added, missing)
			}
			result := map[string]int{"added": added, "already_there": len(users) - added}
			return c.print(result, func(w io.Writer) {
				row(w, fmt.Sprintf("Added %s. Already in the database: %d.", count(int64(added), "user"), result["already_there"]))
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// incomplete returns the error of an import that has added only some of the users.
func incomplete(err error, added int, users []importedUser) error {
	end := "."
	if strings.HasSuffix(err.Error(), ".") {
		end = ""
	}
	return fmt.Errorf("%w%s At least %d of %s added. Run the command again: it does not change users who exist already", err, end, added, count(int64(len(users)), "user"))
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
	if users, err = parseUsers(text); err != nil {
		return nil, err
	}
	return users, nil
}

// parseUsers parses a list of users one by one, so that errors can name their lines.
func parseUsers(text []byte) (users []importedUser, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	line, counted := 1, int64(0)
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return nil, errors.New("this is not a JSON list of users, as latchkey user list --json prints it")
	}
	for d.More() {
		if len(users) == maxUsers {
			return nil, fmt.Errorf("the file has more than %d users: split it", maxUsers)
		}
		begin := d.InputOffset() // before the comma and the space
		begin += int64(len(text[begin:]) - len(bytes.TrimLeft(text[begin:], ", \t\r\n")))
		line += bytes.Count(text[counted:begin], []byte("\n"))
		counted = begin
		u := importedUser{place: fmt.Sprintf("line %d, user %d", line, len(users)+1)}
		if err := d.Decode(&u); err != nil {
			return nil, fmt.Errorf("%s: this is not a user as latchkey user list --json prints it: %w", u.place, err)
		}
		users = append(users, u)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("after line %d: the list of users does not end: %w", line, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has text after the list of users")
	}
	return users, nil
}

// checkUsers returns the errors of all users that can be found in the file alone.
func checkUsers(users []importedUser) error {
	var faults []error
	accounts := account.New(account.Config{}) // only checks fields
	seen := make(map[string]bool)
	for _, u := range users {
		canonical, _ := account.CanonicalUsername(u.Username)
		var err error
		switch {
		case len(u.Groups) > 0:
			err = errors.New("groups: memberships cannot be imported. Remove this field, and the roles that come from groups")
		case u.Password != "":
			err = errors.New("password: readable passwords cannot be imported. Use password_hash")
		default:
			err = accounts.CheckImport(u.account())
		}
		if err == nil && (seen[canonical] || u.ID != "" && seen[u.ID]) {
			err = errors.New("the file contains the username or the ID twice. Remove one of the users")
		}
		if err != nil {
			faults = append(faults, u.fault(err))
			continue
		}
		seen[canonical], seen[u.ID] = true, true
	}
	return errors.Join(faults...)
}
