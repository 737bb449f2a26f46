package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// ErrExternalIDTaken means that another account has the external ID.
var ErrExternalIDTaken = errors.New("another account has this external ID")

// ErrNotAdopted rejects the first external ID of an account that another person may have made with
// the name or the address of the person: see ReviseForDirectory.
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
// invalid fields, or that the username is taken, and ErrExternalIDTaken.
func (a *Accounts) Provision(ctx context.Context, n ProvisionedUser) (*User, error) {
	if err := a.checkExternalID(ctx, n.ExternalID, ""); err != nil {
		return nil, err
	}
	newUser := func() (*User, string, error) { return a.newUser(n.NewUser) }
	if n.Password == "" {
		newUser = func() (*User, string, error) { return a.userFor(n.NewUser) }
	}
	u, canonical, err := newUser()
	if err != nil {
		return nil, err
	}
	var factors []Factor
	if n.ExternalID != "" {
		factors = append(factors, a.externalID(u.ID, n.ExternalID))
	}
	if u.Disabled = n.Disabled; n.Disabled {
		factors = append(factors, a.directoryBlock(u.ID))
	}
	if err := a.addProvisioned(ctx, u, canonical, n.Password, factors); err != nil {
		if taken := a.checkExternalID(ctx, n.ExternalID, ""); errors.Is(taken, ErrExternalIDTaken) {
			err = taken // another request has added it in the meantime
		}
		return nil, err
	}
	return a.Store.User(ctx, u.ID)
}

// addProvisioned is add, but the password can be empty.
func (a *Accounts) addProvisioned(ctx context.Context, u *User, canonical, password string, factors []Factor) error {
	if password != "" {
		return a.add(ctx, u, canonical, addition{password: password, only: Unconditionally, factors: factors})
	}
	err := a.Store.CreateUser(ctx, u, canonical, Unconditionally, factors...)
	if errors.Is(err, ErrConflict) {
		err = a.usernameTaken(ctx, canonical)
	}
	return err
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

// externalID returns the factor that stores an external ID.
func (a *Accounts) externalID(userID, id string) Factor {
	return Factor{ID: externalIDKey(id), UserID: userID, Kind: FactorExternal, Name: id, Body: id, CreatedAt: a.now()}
}

// externalIDChange returns the factors that are removed and added to replace the external ID of a
// person. An empty ID removes it. It returns validate.FieldErrors if the ID is not valid,
// ErrExternalIDTaken, and ErrNotAdopted: see ReviseForDirectory.
func (a *Accounts) externalIDChange(ctx context.Context, u *User, id string) (remove []FactorID, add []Factor, err error) {
	if err := a.checkExternalID(ctx, id, u.ID); err != nil {
		return nil, nil, err
	}
	have, err := a.Store.Factors(ctx, u.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range have {
		if f.Kind == FactorExternal && f.Body != "" {
			remove = append(remove, f.ID)
		}
	}
	if id == "" {
		return remove, nil, nil
	}
	unused := u.PasswordHash == "" && len(have) == 0 && u.LastLoginAt.IsZero() && !u.EmailVerified()
	own := u.EmailVerified() && (!strings.Contains(u.Username, "@") || sameAddress(u.Username, u.Email))
	if len(remove) == 0 && !unused && !own {
		return nil, nil, ErrNotAdopted
	}
	return remove, []Factor{a.externalID(u.ID, id)}, nil
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
