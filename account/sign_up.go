package account

import (
	"context"
	"net/netip"
)

// SignUp creates an account for the person who asks for it. It returns the errors
// of Create, and *ThrottledError after too many accounts from the same address.
func (a *Accounts) SignUp(ctx context.Context, n NewUser, client netip.Addr) (*User, error) {
	n.Admin, n.EmailVerified, n.Claims = false, false, nil
	if err := a.countAttempt(ctx, rateLimit{addressKeyFor("sign-up", client), maxSignUpsPerAddress}); err != nil {
		return nil, err
	}
	return a.Create(ctx, n)
}
