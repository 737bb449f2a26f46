package account

import (
	"context"
	"net/netip"
)

// brakePerSignUp is how many accounts one address may open in a window.
const brakePerSignUp = 10

// SignUp makes an account for a person who asks for one. Errors are those of
// Create, and *ThrottledError.
func (a *Accounts) SignUp(ctx context.Context, n NewUser, address netip.Addr) (*User, error) {
	n.Admin, n.Claims = false, nil
	if err := a.brake(ctx, brake{strikeKeyOf("sign-up", addressKey(address)), brakePerSignUp}); err != nil {
		return nil, err
	}
	return a.Create(ctx, n)
}

// strikeKeyOf is a key of its own for another count of the same thing.
func strikeKeyOf(kind, key string) string {
	if key == "" {
		return ""
	}
	return kind + " " + key
}
