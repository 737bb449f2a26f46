package account

import (
	"context"
	"errors"
	"slices"
)

// An IdentityPreview is what a login with an identity would do.
type IdentityPreview struct {
	// User is the account to which the person would be logged in, or nil for a new one.
	User *User
	// Connects reports whether the identity would be connected with User, because it has
	// confirmed the address.
	Connects bool
	// SecondFactor reports whether a second factor of the account would follow.
	SecondFactor bool
	// New has the values of the account that would be created, if User is nil. The username
	// is the first one that nobody has.
	New NewUser
}

// PreviewIdentity returns what LoginWithIdentity would do, and changes nothing. Its errors are those
// of LoginWithIdentity, except that of a limit. With an error, the account that is the reason is
// not returned.
func (a *Accounts) PreviewIdentity(ctx context.Context, l IdentityLogin) (p IdentityPreview, err error) {
	if _, p.User, err = a.ownerOf(ctx, l.Identity); err == nil && p.User == nil {
		p.User, err = a.ownerOfAddress(ctx, l)
		p.Connects = p.User != nil
	}
	if err != nil {
		return IdentityPreview{}, err
	}
	if p.User != nil {
		p.SecondFactor = len(p.User.Factors) > 0 && !slices.Contains(l.Identity.methods(l.Rules), MethodTwoFactors)
		return p, nil
	}
	if !l.Rules.SignUp {
		return IdentityPreview{}, ErrNoAccount
	}
	if p.New, err = l.Identity.newUser(); err != nil {
		return IdentityPreview{}, err
	}
	p.New.EmailVerified = l.trustsAddress() && p.New.Email != ""
	for _, name := range l.Identity.usernames() {
		canonical, err := CanonicalUsername(name)
		if err != nil {
			continue
		}
		if _, err = a.Store.UserByName(ctx, canonical); errors.Is(err, ErrNotFound) {
			p.New.Username = name
			return p, nil
		}
		if err != nil {
			return IdentityPreview{}, err
		}
	}
	return p, nil
}
