package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// unfinishedTTL is how long an account is kept whose sign-up with an identity did not
// finish, because the server stopped.
const unfinishedTTL = time.Hour

// maxNames is how many usernames are tried.
const maxNames = 8

// signUpWith creates an account for an identity, without a password. The values of the
// provider are proposals: those that are not valid are omitted. The username must not
// look like a reserved one, or like that of another account, as in SignUp.
func (a *Accounts) signUpWith(ctx context.Context, l IdentityLogin) (*User, error) {
	if err := a.countAttempt(ctx, AttemptLimit{Key: addressKeyFor("sign-up", l.Address), Max: maxSignUpsPerAddress}); err != nil {
		return nil, err
	}
	n, err := l.Identity.newUser()
	if err != nil {
		return nil, err
	}
	n.EmailVerified, n.Locale = l.trustsAddress() && n.Email != "", l.Locale
	for _, name := range l.Identity.usernames() {
		n.Username = name
		u, err := a.signUpAs(ctx, n)
		if _, taken := errors.AsType[validate.FieldErrors](err); !taken {
			return u, err
		}
	}
	return nil, errors.New("account: no username is free for a new account")
}

// signUpAs creates an account without a password. It returns validate.FieldErrors if the
// username cannot be used.
func (a *Accounts) signUpAs(ctx context.Context, n NewUser) (*User, error) {
	if faults := append(checkReserved(n.Username), checkForeignAddress(n)...); len(faults) > 0 {
		return nil, faults
	}
	u, canonical, err := a.userFor(n)
	if err != nil {
		return nil, err
	}
	u.ExpiresAt = a.now().Add(unfinishedTTL)
	err = a.Store.CreateUser(ctx, u, canonical, IfDistinct)
	if errors.Is(err, ErrConflict) {
		err = a.usernameTaken(ctx, canonical)
	}
	return u, err
}

// newUser returns the values of an account that are valid.
func (i Identity) newUser() (n NewUser, err error) {
	name, email := strings.TrimSpace(i.Name), strings.TrimSpace(i.Email)
	if _, faults := checkUser(&User{Username: "user", Name: name}, &User{}); len(faults) == 0 {
		n.Name = name
	}
	if len(email) <= maxEmail && validate.IsEmail(email) {
		n.Email = email
	}
	claims := make(map[string]any)
	for name, value := range i.Claims {
		if faults := changeClaims(claims, map[string]string{name: value}); len(faults) > 0 {
			delete(claims, name)
		}
	}
	u := new(User)
	err = u.setClaims(claims)
	n.Claims = u.Claims
	return n, err
}

// usernames returns the usernames to try, the best first.
func (i Identity) usernames() (names []string) {
	local, _, _ := strings.Cut(i.Email, "@")
	begin, _, _ := strings.Cut(i.Username, "@") // some providers use the address
	given, _, _ := strings.Cut(i.Name, " ")
	for _, text := range []string{begin, local, given} {
		name := strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune("._-+", r):
				return r
			}
			return -1
		}, text)
		name = truncate(name, 60)
		if _, err := CanonicalUsername(name); err == nil && len(checkReserved(name)) == 0 {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		for range 3 {
			names = append(names, fmt.Sprintf("%s-%s", names[0], strings.ToLower(rand.Text()[:5])))
		}
	}
	for len(names) < maxNames {
		names = append(names, "user-"+strings.ToLower(rand.Text()[:10]))
	}
	return names
}
