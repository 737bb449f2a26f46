package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// profileClaims are the standard claims (OpenID Connect Core §5.1) that people
// can edit themselves. Each is a string.
var profileClaims = []string{
	"given_name", "family_name", "nickname", "phone_number", "website", "birthdate", "gender", "locale", "zoneinfo",
}

// ProfileClaims returns the names of the claims that a Profile can contain.
func ProfileClaims() []string { return slices.Clone(profileClaims) }

// Profile is the part of an account that people can edit themselves.
type Profile struct {
	Name, Email string // the full name and the email address; both can be empty
	// Claims holds values for the names in ProfileClaims. An empty value removes
	// the claim. A claim that is not in the map is not changed.
	Claims map[string]string
	// CurrentPassword is required to change Email, because a person who receives
	// the account's emails can reset its password. A person with a second factor, or without
	// a password, needs a recent login in the Session instead; see ConfirmsByPassword.
	CurrentPassword string
	Session         Session // of the person; see CurrentPassword
	// Visitor is the browser in which the person edits the profile.
	Visitor Visitor
}

// Profile returns the user's profile.
func (u *User) Profile() (Profile, error) {
	p := Profile{Name: u.Name, Email: u.Email, Claims: make(map[string]string)}
	claims, err := u.claims()
	for _, name := range profileClaims {
		p.Claims[name], _ = claims[name].(string)
	}
	return p, err
}

// Zone returns the time zone in the user's profile. It is UTC if the profile names no time zone, or
// one that this program does not know.
func (u *User) Zone() *time.Location {
	claims, err := u.claims()
	name, _ := claims["zoneinfo"].(string)
	if err != nil || name == "" || len(validate.Claims(map[string]any{"zoneinfo": name})) > 0 {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// ChangeProfile updates the user's profile. A new email address is not verified.
// It returns validate.FieldErrors if the profile is not valid, ErrConflict if the account
// was changed concurrently, and *ThrottledError after too many changes or too many
// wrong passwords.
func (a *Accounts) ChangeProfile(ctx context.Context, u *User, p Profile) error {
	if err := a.countAttempt(ctx, AttemptLimit{Key: accountKey(u.ID, "profile"), Max: maxProfileChangesPerUser}); err != nil {
		return err
	}
	claims, err := u.claims()
	if err != nil {
		return err
	}
	faults := changeClaims(claims, p.Claims)
	changed := *u
	changed.Name, changed.Email = strings.TrimSpace(p.Name), strings.TrimSpace(p.Email)
	if changed.Email != u.Email {
		switch err := a.mayChangeEmail(ctx, u, p); {
		case errors.Is(err, ErrWrongPassword):
			faults = append(faults, validate.Field("email_password", "To change your email address, enter your current password.").WithCode("email_password")...)
		case err != nil:
			return err
		}
		delete(claims, "email")
		delete(claims, "email_verified")
	}
	if err := changed.setClaims(claims); err != nil {
		return err
	}
	if len(faults) > 0 {
		_, others := checkUser(&changed, u)
		return append(faults, others...)
	}
	if err := a.update(ctx, &changed, updating{visitor: p.Visitor, own: true}); err != nil {
		return err
	}
	*u = changed
	return nil
}

// ConfirmsByPassword reports whether the current password is enough to confirm a change with
// which a thief could take over the account. Otherwise, the person must have proved who
// they are as CheckRecent requires: with the strongest factor that they have.
func (a *Accounts) ConfirmsByPassword(u *User) bool {
	return u.PasswordHash != "" && len(u.Factors) == 0 && a.LogsInHere(u)
}

// mayChangeEmail returns ErrWrongPassword, or ErrReauthenticate for a person for whom
// ConfirmsByPassword is false, unless the person has proved who they are.
func (a *Accounts) mayChangeEmail(ctx context.Context, u *User, p Profile) error {
	if a.ConfirmsByPassword(u) {
		return a.checkCurrentPassword(ctx, u, p.CurrentPassword)
	}
	if p.Session.UserID != u.ID {
		return ErrReauthenticate
	}
	return a.CheckRecent(p.Session, u)
}

// changeClaims applies the new values to claims. It ignores names that are not in
// profileClaims, and values that are the same as in the Profile: a value that was
// stored before a check existed does not prevent other changes.
func changeClaims(claims map[string]any, values map[string]string) (faults validate.FieldErrors) {
	for name, value := range values {
		value = strings.TrimSpace(value)
		stored, _ := claims[name].(string)
		switch {
		case !slices.Contains(profileClaims, name) || value == strings.TrimSpace(stored):
		case value == "":
			delete(claims, name)
		case validate.Name(name, value) != nil:
			faults = append(faults, validate.Name(name, value)...)
		default:
			faults = append(faults, validate.Claims(map[string]any{name: value}).WithCode(claimCode(name, value))...)
			if name == "phone_number" {
				delete(claims, "phone_number_verified")
			}
			claims[name] = value
		}
	}
	return faults
}

// claimCode returns the code of the only fault that the value of a claim can have.
func claimCode(name, value string) string {
	if len(value) > validate.MaxClaim {
		return "claim_long"
	}
	return "claim_" + name
}

// ChangePassword sets a new password, like SetPassword, if current is the current
// one. It returns ErrWrongPassword if it is not, validate.FieldErrors if the new password
// is not acceptable, *ThrottledError after too many wrong passwords, and ErrReauthenticate
// for a person with a second factor, who needs ChangePasswordIn.
func (a *Accounts) ChangePassword(ctx context.Context, u *User, current, password string, v Visitor) error {
	if len(u.Factors) > 0 {
		return ErrReauthenticate
	}
	if err := a.checkCurrentPassword(ctx, u, current); err != nil {
		return err
	}
	return wrongIfConflict(a.setPassword(ctx, u, password, v, true))
}

// wrongIfConflict returns ErrWrongPassword if the account was changed since the password was
// checked.
func wrongIfConflict(err error) error {
	if errors.Is(err, ErrConflict) {
		return ErrWrongPassword
	}
	return err
}

// ChangePasswordIn is ChangePassword in the session of a cookie. All sessions of the person
// end, and a new one begins in place of this one, with the same methods. A person with a
// second factor must have used the strongest one in the last five minutes; otherwise the
// error is ErrReauthenticate, as for CheckRecent, and the password is not checked. The new session keeps the AuthTime
// of such a person, because only the password was proved again.
func (a *Accounts) ChangePasswordIn(ctx context.Context, cookie, current, password string, v Visitor) (newCookie string, s Session, u *User, err error) {
	old, u, err := a.Session(ctx, cookie)
	if err == nil && len(u.Factors) > 0 {
		err = a.CheckRecent(old, u)
	}
	if err == nil {
		err = a.checkCurrentPassword(ctx, u, current)
	}
	if err != nil {
		return "", Session{}, nil, err
	}
	newCookie, s = a.continued(old)
	if s.Assurance() == OneFactor {
		s.AuthTime = s.CreatedAt
	}
	if err = a.changePassword(ctx, PasswordChange{User: u, Checked: true, Session: &s, Replaces: old.ID}, password, v); err != nil {
		return "", Session{}, nil, wrongIfConflict(err)
	}
	return newCookie, s, u, nil
}

// checkCurrentPassword returns ErrWrongPassword if current is not the user's
// password. It protects people who leave a browser unattended while they are
// logged in.
func (a *Accounts) checkCurrentPassword(ctx context.Context, u *User, current string) error {
	limit := AttemptLimit{Key: accountKey(u.ID, "password change"), Max: maxPasswordChecksPerUser}
	return a.guess(ctx, guess{key: u.ID, limits: []AttemptLimit{limit}}, func() error {
		ok, _, err := a.verifyPassword(u.PasswordHash, current)
		if err == nil && !ok {
			err = ErrWrongPassword
		}
		return err
	})
}
