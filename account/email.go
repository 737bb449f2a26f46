package account

import (
	"context"
	"slices"
	"strings"
)

// maxEmail is the length of the longest email address, in bytes (RFC 5321
// §4.5.3.1.3).
const maxEmail = 254

// sameAddress reports whether two email addresses differ at most in the case of
// ASCII letters. Other letters must be the same: a mail to "ada@K.example", with
// the sign for kelvin, does not reach ada@k.example.
func sameAddress(a, b string) bool { return lowerASCII(a) == lowerASCII(b) }

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// usersOf returns the users with the address. Users who have verified it come
// first, and older users before others.
func (a *Accounts) usersOf(ctx context.Context, email string) ([]*User, error) {
	users, err := a.Store.UsersByEmail(ctx, email)
	return slices.DeleteFunc(users, func(u *User) bool { return !sameAddress(u.Email, email) }), err
}
