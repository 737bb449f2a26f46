package account

import (
	"context"
	"errors"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// ImportedUser describes an account of another server, or of another database.
type ImportedUser struct {
	NewUser // without Password
	// ID is the sub claim by which applications know the person: a UUID. If it is empty, the
	// person gets a new one.
	ID string
	// PasswordHash is an argon2id PHC string. If it is empty, the person sets a password with a
	// link, or logs in at another provider.
	PasswordHash string
	Disabled     bool // the person cannot log in
}

// Limits of an imported hash. Anybody can make the server compute it, with a wrong password. So
// the memory and the work, which is the memory in KiB times the iterations, are at most those of
// the defaults of common libraries: seven times the work for a hash of this server. A hash that is
// too cheap protects no password.
const (
	minHashMemory, maxHashMemory = 8 << 10, 64 << 10 // KiB
	maxHashWork                  = 4 * maxHashMemory
	maxHashThreads               = 16
)

// CheckImport returns validate.FieldErrors that report all invalid fields.
func (a *Accounts) CheckImport(n ImportedUser) error {
	_, _, err := a.imported(n)
	return err
}

// FindImported returns the account of n if it exists already, and nil otherwise. It is an account with the
// same username and ID. If n has no ID, the same username is not enough, because anybody can sign up with the
// username and the address of the person: the account must have the same address, and either the person has
// confirmed it, or the account is still as Import added it. FindImported returns validate.FieldErrors as
// CheckImport does, and if another account has the username or the ID, or the ID cannot be used. An account
// whose ExpiresAt has passed counts as deleted, unless the ID is the same.
func (a *Accounts) FindImported(ctx context.Context, n ImportedUser) (*User, error) {
	u, canonical, err := a.imported(n)
	if err != nil {
		return nil, err
	}
	present, err := a.Store.UserByName(ctx, canonical)
	if err == nil && present.ID != n.ID && !present.ExpiresAt.IsZero() && !present.ExpiresAt.After(a.now()) {
		err = ErrNotFound
	}
	switch {
	case err == nil && present.ID == n.ID:
		return present, nil
	case err == nil && n.ID == "":
		return a.surely(ctx, u, present)
	case err == nil:
		return nil, validate.Field("username", "Another user has this username. If it is the same person, import the person with the ID of that user.")
	case !errors.Is(err, ErrNotFound):
		return nil, err
	case n.ID == "":
		return nil, nil //nolint:nilnil // no account
	}
	_, err = a.Store.User(ctx, n.ID)
	switch {
	case err == nil:
		return nil, validate.Field("id", "There is already another user with this ID.")
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	taken, err := a.Store.UserIDTaken(ctx, n.ID)
	if err == nil && taken {
		err = idRetired()
	}
	return nil, err
}

// surely returns an account with the username of an imported user, if nobody else can have added it.
func (a *Accounts) surely(ctx context.Context, imported, present *User) (*User, error) {
	switch {
	case !present.ExpiresAt.IsZero():
		return nil, validate.Field("username", "An account that is not confirmed yet has this username: anybody can have signed up with it. Delete the account, or wait until it expires.")
	case !strings.EqualFold(imported.Email, present.Email):
		return nil, validate.Field("username", "Another user has this username, with another email address. If it is the same person, import the person with the ID of that user.")
	case present.Email != "" && present.EmailVerified():
		return present, nil
	}
	factors, err := a.Store.Factors(ctx, present.ID)
	if err != nil {
		return nil, err
	}
	if len(factors) > 0 || present.PasswordHash != imported.PasswordHash || imported.EmailVerified() {
		return nil, validate.Field("username", "Another user has this username. It is not certain that it is the same person, because the email address was not confirmed and the password is not that of the import. If it is the same person, import the person with the ID of that user.")
	}
	return present, nil
}

// idRetired returns what is wrong with an ID that no user has, and no new user can get.
func idRetired() error {
	return validate.Field("id", "This ID cannot be used: a deleted user had it, or it is the client_id of an application. Import the user without an ID.")
}

// Import adds an account of another server. It returns validate.FieldErrors as Create does.
// It deletes accounts that have expired if one could have the username.
func (a *Accounts) Import(ctx context.Context, n ImportedUser) (*User, error) {
	u, canonical, err := a.imported(n)
	if err != nil {
		return nil, err
	}
	err = a.Store.CreateUser(ctx, u, canonical, Unconditionally)
	if errors.Is(err, ErrConflict) {
		if deleted, failed := a.Store.DeleteExpiredUsers(ctx, a.now()); failed != nil {
			err = failed
		} else if deleted > 0 {
			err = a.Store.CreateUser(ctx, u, canonical, Unconditionally)
		}
	}
	if errors.Is(err, ErrConflict) {
		if _, idErr := a.Store.User(ctx, u.ID); n.ID != "" && idErr == nil {
			return nil, validate.Field("id", "There is already an account with this ID.")
		}
		if _, nameErr := a.Store.UserByName(ctx, canonical); n.ID != "" && errors.Is(nameErr, ErrNotFound) {
			return nil, idRetired()
		}
		err = a.usernameTaken(ctx, canonical)
	}
	return u, err
}

// ImportMissing is Import, unless the account exists already (see FindImported), because another request
// added it at the same time. It reports whether it added the account.
func (a *Accounts) ImportMissing(ctx context.Context, n ImportedUser) (u *User, added bool, err error) {
	u, err = a.Import(ctx, n)
	if _, refused := errors.AsType[validate.FieldErrors](err); refused {
		if present, failed := a.FindImported(ctx, n); failed == nil && present != nil {
			return present, false, nil
		}
	}
	return u, err == nil, err
}

// imported returns the user to be added, and the canonical username.
func (a *Accounts) imported(n ImportedUser) (*User, string, error) {
	u, canonical, err := a.userFor(n.NewUser)
	faults, invalid := errors.AsType[validate.FieldErrors](err)
	if err != nil && !invalid {
		return nil, "", err
	}
	if n.ID != "" {
		id, err := uuid.Parse(n.ID)
		if err != nil || id.String() != n.ID {
			faults = append(faults, validate.Field("id", "The ID must be a UUID with lower case letters, such as 0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b.")...)
		}
		u.ID = n.ID
	}
	if err := checkHash(n.PasswordHash); err != nil {
		faults = append(faults, validate.Field("password_hash", "%s", err.Error())...)
	}
	if len(faults) > 0 {
		return nil, "", faults
	}
	u.PasswordHash, u.Disabled = n.PasswordHash, n.Disabled
	return u, canonical, nil
}

// checkHash returns an error unless the text is empty, or an argon2id hash within the limits.
func checkHash(phc string) error {
	if phc == "" {
		return nil
	}
	params, salt, key, err := argon2id.DecodeHash(phc)
	switch {
	case err != nil || !strings.HasPrefix(phc, "$argon2id$"):
		return errors.New("This is not an argon2id hash in the form $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH. If you omit the hash, the person sets a new password with a link.") //nolint:staticcheck // a sentence for a form
	case params.Memory < minHashMemory || params.Memory > maxHashMemory || params.Iterations < 1 || uint64(params.Memory)*uint64(params.Iterations) > maxHashWork || params.Parallelism < 1 || params.Parallelism > maxHashThreads:
		return errors.New("The parameters of the hash are outside of the limits: 8 to 64 MiB of memory, 16 threads, and a product of MiB and iterations of at most 256. If you omit the hash, the person sets a new password with a link.") //nolint:staticcheck // a sentence for a form
	case len(salt) < 8 || len(key) < 16 || len(salt) > 64 || len(key) > 64:
		return errors.New("The salt must have 8 to 64 bytes, and the hash 16 to 64 bytes. If you omit the hash, the person sets a new password with a link.") //nolint:staticcheck // a sentence for a form
	}
	return nil
}
