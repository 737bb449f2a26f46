package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// ErrExternalIDTaken means that another account has the external ID.
var ErrExternalIDTaken = errors.New("another account has this external ID")

// ErrNotAdopted rejects the first external ID of an account that another person may have made with
// the name or the address of the person: see CheckExternalID.
var ErrNotAdopted = errors.New("the account can be used, and its address is not verified")

// maxExternalID is the length of the longest external ID, in bytes.
const maxExternalID = 255

// externalIDKey returns the ID of the factor that stores an external ID. The Store finds the person
// by it, and two people cannot have the same one.
func externalIDKey(id string) FactorID { return sha256.Sum256([]byte("external id " + id)) }

// A ProvisionedUser describes an account that a directory creates.
type ProvisionedUser struct {
	// NewUser describes the account. Its Password can be empty: then the person cannot log in
	// with a password until one is set.
	NewUser
	// ExternalID identifies the person in the directory, or is empty.
	ExternalID string
	Disabled   bool // the person cannot log in
}

// Provision creates an account for a directory. It returns validate.FieldErrors that report all
// invalid fields, or that the username or the external ID is taken.
func (a *Accounts) Provision(ctx context.Context, n ProvisionedUser) (*User, error) {
	if err := a.checkExternalID(ctx, n.ExternalID, ""); err != nil {
		return nil, err
	}
	u, err := a.createProvisioned(ctx, n)
	if err != nil {
		return nil, err
	}
	if err = a.SetExternalID(ctx, u, n.ExternalID); err == nil && n.Disabled {
		err = a.MarkDirectoryBlock(ctx, u)
	}
	if err != nil {
		return nil, errors.Join(err, a.Delete(ctx, u.ID, 0)) // nobody has used it
	}
	return a.Store.User(ctx, u.ID)
}

// createProvisioned is Create, but the password can be empty, and the account can be disabled.
func (a *Accounts) createProvisioned(ctx context.Context, n ProvisionedUser) (u *User, err error) {
	canonical := ""
	if n.Password != "" {
		u, canonical, err = a.newUser(n.NewUser)
	} else {
		u, canonical, err = a.userFor(n.NewUser)
	}
	if err != nil {
		return nil, err
	}
	if u.Disabled = n.Disabled; n.Password != "" {
		return u, a.add(ctx, u, canonical, addition{password: n.Password, only: Unconditionally})
	}
	err = a.Store.CreateUser(ctx, u, canonical, Unconditionally)
	if errors.Is(err, ErrConflict) {
		err = a.usernameTaken(ctx, canonical)
	}
	return u, err
}

// UserByExternalID returns the person with an external ID, or ErrNotFound.
func (a *Accounts) UserByExternalID(ctx context.Context, id string) (*User, error) {
	f, u, err := a.Store.Factor(ctx, externalIDKey(id))
	if err == nil && (f.Kind != FactorExternal || id == "") {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// ExternalID returns the external ID of a person, or "".
func (a *Accounts) ExternalID(ctx context.Context, userID string) (string, error) {
	have, err := a.Store.Factors(ctx, userID)
	for _, f := range have {
		if f.Kind == FactorExternal && f.Body != "" {
			return f.Body, err
		}
	}
	return "", err
}

// CheckExternalID checks an external ID before SetExternalID. It returns validate.FieldErrors,
// ErrExternalIDTaken, or ErrNotAdopted: with its first external ID, a directory takes an account for
// that of its person. An attacker can have made it before, with the name or the address of that
// person. So either nobody has been able to use the account, or its address is verified, and is
// the username if that is an address.
func (a *Accounts) CheckExternalID(ctx context.Context, u *User, id string) error {
	if err := a.checkExternalID(ctx, id, u.ID); err != nil || id == "" {
		return err
	}
	have, err := a.Store.Factors(ctx, u.ID)
	if err != nil || slices.ContainsFunc(have, func(f Factor) bool { return f.Kind == FactorExternal && f.Body != "" }) {
		return err
	}
	unused := u.PasswordHash == "" && len(have) == 0 && u.LastLoginAt.IsZero() && !u.EmailVerified()
	own := u.EmailVerified() && (!strings.Contains(u.Username, "@") || sameAddress(u.Username, u.Email))
	if !unused && !own {
		return ErrNotAdopted
	}
	return nil
}

// SetExternalID replaces the external ID of a person, and removes it if it is empty. It returns
// validate.FieldErrors if it is not valid, ErrExternalIDTaken, and ErrConflict if the account has
// changed since u was read. It updates u.Version.
func (a *Accounts) SetExternalID(ctx context.Context, u *User, id string) error {
	if err := a.checkExternalID(ctx, id, u.ID); err != nil {
		return err
	}
	have, err := a.Store.Factors(ctx, u.ID)
	if err != nil {
		return err
	}
	c := FactorChange{User: u, Factors: u.Factors, At: a.now()}
	for _, f := range have {
		if f.Kind == FactorExternal && f.Body == id && id != "" {
			return nil
		}
		if f.Kind == FactorExternal && f.Body != "" {
			c.Remove = append(c.Remove, f.ID)
		}
	}
	if id != "" {
		c.Add = []Factor{{ID: externalIDKey(id), UserID: u.ID, Kind: FactorExternal, Name: id, Body: id, CreatedAt: a.now()}}
	}
	if len(c.Add)+len(c.Remove) == 0 {
		return nil
	}
	return a.Store.ChangeFactors(ctx, c)
}

// checkExternalID returns validate.FieldErrors if an external ID is not valid, and
// ErrExternalIDTaken if it belongs to a person other than userID.
func (a *Accounts) checkExternalID(ctx context.Context, id, userID string) error {
	if len(id) > maxExternalID || id != strings.TrimSpace(id) || len(validate.Name("external_id", id)) > 0 {
		return validate.Field("external_id", "The external ID can have at most %d bytes and cannot contain control characters.", maxExternalID)
	}
	other, err := a.UserByExternalID(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case other.ID != userID:
		return ErrExternalIDTaken
	}
	return nil
}
