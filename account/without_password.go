package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// The reasons why a person cannot remove their password.
var (
	// ErrPasskeyLogin means that the session did not begin with a passkey alone, so nothing
	// shows that the person can log in without the password.
	ErrPasskeyLogin = errors.New("log in with a passkey alone, and then remove the password")
	// ErrNoSpare means that the person could not log in after losing one passkey.
	ErrNoSpare = errors.New("add a second passkey before you remove the password")
)

// CheckPasswordRemovable returns ErrPasskeyLogin, ErrReauthenticate or ErrNoSpare if the
// person of the session cannot remove their password. The session must have begun with a
// passkey alone: such a passkey is discoverable, and verifies the person. The person also needs
// another passkey that has verified the person. Recovery codes are enough instead if the person can set a new password by
// mail, after which a code is the second factor.
func (a *Accounts) CheckPasswordRemovable(s Session, u *User, have []Factor) error {
	if !hasPasskey(s.Methods) || slices.Contains(s.Methods, MethodPassword) || s.Provider() != "" {
		return ErrPasskeyLogin
	}
	if err := a.CheckRecent(s, u); err != nil {
		return err
	}
	codes := slices.ContainsFunc(have, func(f Factor) bool { return f.Kind == FactorRecoveryCode && f.Step == 0 })
	passkeys := 0
	for _, f := range have {
		if f.logsIn() {
			passkeys++
		}
	}
	if passkeys < 2 && !(codes && a.Mails != nil && u.EmailVerified()) {
		return ErrNoSpare
	}
	return nil
}

// RemovePassword removes the password of the person of a session, who logs in with passkeys
// from then on. All other sessions end, and the session gets a new cookie, as in
// ChangePasswordIn. The errors are those of Session and CheckPasswordRemovable, ErrNotFound
// if there is no password, and ErrConflict if the account was changed concurrently: a passkey
// that is removed at the same time either prevents this change, or cannot be removed.
func (a *Accounts) RemovePassword(ctx context.Context, cookie string, v Visitor) (newCookie string, s Session, u *User, err error) {
	old, u, err := a.Session(ctx, cookie)
	if err != nil {
		return "", Session{}, nil, err
	}
	have, err := a.Store.Factors(ctx, u.ID)
	if err != nil {
		return "", Session{}, nil, err
	}
	if err := a.CheckPasswordRemovable(old, u, have); err != nil {
		return "", Session{}, nil, err
	}
	if u.PasswordHash == "" {
		return "", Session{}, nil, ErrNotFound
	}
	newCookie, s = a.continued(old)
	return newCookie, s, u, a.storePassword(ctx, PasswordChange{User: u, Checked: true, Session: &s, Replaces: old.ID}, v)
}

// SetFirstPassword sets a password for the person of a session, who has none. The session
// gets a new cookie, as in ChangePasswordIn. It returns ErrReauthenticate as CheckRecent
// does, ErrNotFound if the person has a password, and the errors of ChangePasswordIn.
func (a *Accounts) SetFirstPassword(ctx context.Context, cookie, password string, v Visitor) (newCookie string, s Session, u *User, err error) {
	old, u, err := a.recentSession(ctx, cookie)
	if err != nil {
		return "", Session{}, nil, err
	}
	if u.PasswordHash != "" {
		return "", Session{}, nil, ErrNotFound
	}
	newCookie, s = a.continued(old)
	return newCookie, s, u, a.changePassword(ctx, PasswordChange{User: u, Checked: true, Session: &s, Replaces: old.ID}, password, v)
}

// continued returns a new session in place of another one, with the same methods and times
// of the login, and its cookie.
func (a *Accounts) continued(old Session) (cookie string, s Session) {
	secret, id := newSecret(), uuid.Must(uuid.NewV7()) // fails only without random numbers
	s = old
	s.ID, s.SecretHash, s.CreatedAt, s.SeenAt = id.String(), sha256.Sum256(secret[:]), a.now(), a.now()
	s.IdleExpiresAt, s.ExpiresAt = s.CreatedAt.Add(a.SessionIdleTTL), s.CreatedAt.Add(a.SessionTTL)
	return base64.RawURLEncoding.EncodeToString(append(id[:], secret[:]...)), s
}
