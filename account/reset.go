package account

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// resetTTL is the lifetime of a link to set a new password.
const resetTTL = 30 * time.Minute

// NewResetProof returns the user with the given username or email address, and a
// proof for ResetPassword that must be sent to the user's email address. It
// returns ErrNotFound if no mail can be sent, and *ThrottledError if too many
// resets were requested from the client's address or for the account.
func (a *Accounts) NewResetProof(ctx context.Context, name string, client netip.Addr) (*User, string, error) {
	// The address is counted first. The number of names that an attacker could try
	// is unlimited, and each would otherwise cost a query.
	if err := a.countAttempt(ctx, rateLimit{addressKeyFor("reset", client), maxResetsPerAddress}); err != nil {
		return nil, "", err
	}
	canonical, err := CanonicalUsername(name)
	if err != nil {
		return nil, "", ErrNotFound
	}
	if err := a.countAttempt(ctx, rateLimit{accountKey(canonical, "reset"), maxResetsPerAccount}); err != nil {
		return nil, "", err
	}
	u, err := a.userForReset(ctx, canonical, strings.TrimSpace(name))
	if err != nil {
		return nil, "", err
	}
	if u.Disabled || u.Email == "" {
		return nil, "", ErrNotFound
	}
	return u, a.newProof(purposeReset, u, resetTTL), nil
}

// userForReset returns the user with the given username. If the name is also an
// email address that another user has verified, it returns that user. Otherwise
// an attacker could register the address as a username and receive the mails that
// its owner asks for.
func (a *Accounts) userForReset(ctx context.Context, canonical, name string) (*User, error) {
	u, err := a.Store.UserByName(ctx, canonical)
	if (err != nil && !errors.Is(err, ErrNotFound)) || !strings.Contains(name, "@") {
		return u, err
	}
	// This query is always made, so that the response time does not reveal whether
	// the username exists.
	owner, ownerErr := a.userByEmail(ctx, name)
	switch {
	case ownerErr != nil && !errors.Is(ownerErr, ErrNotFound):
		return nil, ownerErr
	case ownerErr == nil && (err != nil || owner.EmailVerified()):
		return owner, nil
	}
	return u, err
}

// userByEmail returns the only user with this address or, if several users have
// it, the only user who has verified it. People can enter any address, so an address
// that is not verified does not count against one that is.
func (a *Accounts) userByEmail(ctx context.Context, email string) (*User, error) {
	users, err := a.Store.UsersByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	if len(users) > 1 {
		users = slices.DeleteFunc(users, func(u *User) bool { return !u.EmailVerified() })
	}
	if len(users) != 1 {
		return nil, ErrNotFound
	}
	return users[0], nil
}

// CheckResetProof returns ErrInvalidLink if the proof is not valid.
func (a *Accounts) CheckResetProof(ctx context.Context, proof string) error {
	_, err := a.checkProof(ctx, purposeReset, proof)
	return err
}

// ResetPassword sets a new password, like SetPassword. It returns ErrInvalidLink
// if the proof is not valid, and validate.FieldErrors if the password is not acceptable.
// It also marks the email address as verified, because the person has received
// the proof there.
func (a *Accounts) ResetPassword(ctx context.Context, proof, password string) (*User, error) {
	u, err := a.checkProof(ctx, purposeReset, proof)
	if err != nil {
		return nil, err
	}
	if err := a.SetPassword(ctx, u, password); err != nil {
		return nil, err
	}
	return u, a.markEmailVerified(context.WithoutCancel(ctx), u)
}
