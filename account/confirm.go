package account

import (
	"context"
	"slices"
)

// Strongest returns the strongest factor that a person has: FactorPasskey, otherwise
// FactorTOTP, otherwise the empty string for the password.
func (u *User) Strongest() FactorKind {
	for _, kind := range []FactorKind{FactorPasskey, FactorTOTP} {
		if slices.Contains(u.Factors, kind) {
			return kind
		}
	}
	return ""
}

// TakesCode reports whether ConfirmWithCode can confirm the identity of the person of a
// session.
func (s Session) TakesCode() bool { return len(s.firstStep()) > 0 }

// ConfirmWithPassword confirms the identity of the person of a session with the password,
// if they have no second factor. The session gets a new cookie. It returns ErrSecondFactor if
// they have one, ErrWrongPassword, *ThrottledError after too many wrong passwords, and
// the errors of Session.
func (a *Accounts) ConfirmWithPassword(ctx context.Context, cookie, password string) (newCookie string, s Session, err error) {
	s, u, err := a.Session(ctx, cookie)
	switch {
	case err != nil:
		return "", Session{}, err
	case len(u.Factors) > 0:
		return "", Session{}, ErrSecondFactor
	case !a.LogsInHere(u):
		return "", Session{}, ErrWrongPassword
	}
	if err := a.checkCurrentPassword(ctx, u, password); err != nil {
		return "", Session{}, err
	}
	return a.start(ctx, login{user: u, methods: []string{MethodPassword}, browser: Browser{s.Address, s.UserAgent}, oldCookie: cookie, confirms: true})
}
