package account

import (
	"context"
	"net/netip"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// SignUp creates an account for the person who asks for it. Its username must not
// look like a reserved one, or like that of another account, and must not be an
// address other than the person's own. SignUp returns the
// errors of Create, and *ThrottledError after too many accounts from the same
// address. An invalid form does not count. With Settings.LoginProvidersOnly, it returns
// ErrOnlyAtProviders.
func (a *Accounts) SignUp(ctx context.Context, n NewUser, client netip.Addr) (*User, error) {
	if a.LoginProvidersOnly {
		return nil, ErrOnlyAtProviders
	}
	n.Admin, n.Roles, n.EmailVerified, n.Claims = false, nil, false, nil
	u, canonical, err := a.newUser(n, append(checkReserved(n.Username), checkForeignAddress(n)...)...)
	if err != nil {
		return nil, err
	}
	if err := a.countAttempt(ctx, AttemptLimit{Key: addressKeyFor("sign-up", client), Max: maxSignUpsPerAddress}); err != nil {
		return nil, err
	}
	return u, a.add(ctx, u, canonical, addition{password: n.Password, hashKey: addressKey(client), only: IfDistinct})
}

// checkForeignAddress returns what is wrong with a username that can be taken for
// the email address of another person.
func checkForeignAddress(n NewUser) validate.FieldErrors {
	canonical, err := CanonicalUsername(n.Username) // has "@" for a full-width one, too
	if err != nil || !strings.Contains(canonical, "@") || sameAddress(strings.TrimSpace(n.Username), strings.TrimSpace(n.Email)) {
		return nil
	}
	return validate.Field("username", "A username with @ must be your own email address. Choose another one.").WithCode("username_address")
}
