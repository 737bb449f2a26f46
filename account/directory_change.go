package account

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// A DirectoryChange describes the changes of a person that a directory makes together. Zero fields
// change nothing.
type DirectoryChange struct {
	Before *User // the person as read from the Store
	// After is the person with the values that Update saves. They are saved if Profile is set.
	After   *User
	Profile bool
	// ExternalID, if it is not nil, replaces the external ID. If it is empty, the person has none.
	ExternalID *string
	Password   string // a new password
	// Disable ends all sessions and revokes all tokens. A deletion that the person has requested
	// stays due, and the person can no longer keep the account. Enable does not cancel it.
	Disable, Enable bool
}

// ReviseForDirectory makes all changes of c, or none. It returns validate.FieldErrors if a value is
// not valid or the username is taken, ErrExternalIDTaken, ErrConflict if the account has changed
// since c.Before was read, ErrLastAdmin, and ErrNotAdopted. With the first external ID, a directory
// treats the account as that of its person. An attacker could have created it earlier, with the name
// or the address of that person. So ErrNotAdopted is returned unless nobody has been able to use the
// account, or its address is verified and is the username if the username is an address. Once a new
// password is hashed, the change is made even if ctx is canceled.
func (a *Accounts) ReviseForDirectory(ctx context.Context, c DirectoryChange) error {
	r := UserRevision{User: c.After, Profile: c.Profile, Switch: c.Disable || c.Enable, Disabled: c.Disable, At: a.now()}
	r.User.Version, r.User.LoginEpoch = c.Before.Version, c.Before.LoginEpoch
	for _, add := range []func(context.Context, DirectoryChange, *UserRevision) error{a.reviseProfile, a.reviseExternalID, a.revisePassword} {
		if err := add(ctx, c, &r); err != nil {
			return err
		}
	}
	blocks, err := a.directoryBlocks(ctx, c)
	if err != nil {
		return err
	}
	if c.Enable || blocks {
		r.Remove = append(r.Remove, DirectoryBlockKey(c.Before.ID))
	}
	if blocks {
		r.Add = append(r.Add, a.directoryBlock(c.Before.ID))
	}
	return a.revise(context.WithoutCancel(ctx), c, r)
}

// directoryBlocks reports whether the change is a block by the directory: it disables a person whose
// account is enabled or waits for its deletion. An account that is blocked already remains blocked by
// the administrator or the directory that has blocked it.
func (a *Accounts) directoryBlocks(ctx context.Context, c DirectoryChange) (bool, error) {
	if !c.Disable || c.Before.Disabled && c.Before.DeleteAt.IsZero() {
		return false, nil
	}
	mark, err := a.blockMark(ctx, c.Before.ID)
	return !c.Before.Disabled || mark.Name != administratorBlock, err
}

// reviseProfile adds the values that Update saves to a revision.
func (a *Accounts) reviseProfile(_ context.Context, c DirectoryChange, r *UserRevision) error {
	if !c.Profile {
		return nil
	}
	canonical, faults := checkUser(r.User, c.Before)
	faults = append(faults, checkStandardClaims(r.User, c.Before.Claims)...)
	if len(faults) > 0 {
		return faults
	}
	r.User.keepIfUsed()
	r.Canonical = canonical
	return nil
}

// reviseExternalID adds a new external ID to a revision.
func (a *Accounts) reviseExternalID(ctx context.Context, c DirectoryChange, r *UserRevision) error {
	if c.ExternalID == nil {
		return nil
	}
	u := *c.After
	u.Username = c.Before.Username
	remove, add, err := a.externalIDChange(ctx, &u, *c.ExternalID)
	r.Remove, r.Add = append(r.Remove, remove...), append(r.Add, add...)
	return err
}

// revisePassword adds a new password to a revision.
func (a *Accounts) revisePassword(ctx context.Context, c DirectoryChange, r *UserRevision) (err error) {
	if c.Password == "" {
		return nil
	}
	if err := a.CheckNewPassword(ctx, c.After, c.Password); err != nil {
		return err
	}
	r.Hash, err = a.hashPassword(ctx, c.Before.ID, c.Password)
	return err
}

// revise makes a revision, with the notices about it.
func (a *Accounts) revise(ctx context.Context, c DirectoryChange, r UserRevision) error {
	var notices []notice
	if before := c.Before; c.Profile && !sameAddress(before.Email, c.After.Email) {
		notices = append(notices, notice{kind: MailAddressChanged, user: c.After, to: before.Email, confirmed: before.EmailVerified()})
	}
	if c.Password != "" {
		notices = append(notices, notice{kind: MailPasswordChanged, user: c.After, to: c.After.Email, confirmed: c.After.EmailVerified()})
	}
	for _, n := range notices {
		queued, err := a.notice(ctx, n)
		if err != nil {
			return err
		}
		r.Notices = append(r.Notices, queued)
	}
	if err := a.Store.ReviseUser(ctx, r); err != nil {
		return a.revisionTaken(ctx, c, r, err)
	}
	for i, n := range notices {
		a.noticeQueued(ctx, n, r.Notices[i])
	}
	return nil
}

// revisionTaken returns the error of a revision that the Store has refused.
func (a *Accounts) revisionTaken(ctx context.Context, c DirectoryChange, r UserRevision, err error) error {
	if !errors.Is(err, ErrConflict) {
		return err
	}
	if other, findErr := a.Store.UserByName(ctx, r.Canonical); c.Profile && findErr == nil && other.ID != r.User.ID {
		return validate.Field("username", "This username is already taken.").WithCode("username_taken")
	}
	if c.ExternalID != nil && errors.Is(a.checkExternalID(ctx, *c.ExternalID, r.User.ID), ErrExternalIDTaken) {
		return ErrExternalIDTaken
	}
	return err
}
