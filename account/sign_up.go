package account

import (
	"context"
	"net/netip"
)

// SignUp creates an account for the person who asks for it. Its username must not
// look like a reserved one, or like that of another account. SignUp returns the
// errors of Create, and *ThrottledError after too many accounts from the same
// address. An invalid form does not count.
func (a *Accounts) SignUp(ctx context.Context, n NewUser, client netip.Addr) (*User, error) {
	n.Admin, n.EmailVerified, n.Claims = false, false, nil
	u, canonical, err := a.newUser(n, checkReserved(n.Username)...)
	if err != nil {
		return nil, err
	}
	if err := a.countAttempt(ctx, AttemptLimit{addressKeyFor("sign-up", client), maxSignUpsPerAddress}); err != nil {
		return nil, err
	}
	return u, a.add(ctx, u, canonical, addition{password: n.Password, hashKey: addressKey(client), only: IfDistinct})
}
