package account

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// profileClaims are the standard claims, one text each, that people look after
// themselves (OpenID Connect Core §5.1).
var profileClaims = []string{
	"given_name", "family_name", "nickname", "phone_number", "website", "picture", "birthdate", "gender", "locale", "zoneinfo",
}

// ProfileClaims are the names of the claims that a Profile can hold.
func ProfileClaims() []string { return slices.Clone(profileClaims) }

// Profile is what people change of their own account.
type Profile struct {
	Name, Email string
	// Claims are texts by the names of ProfileClaims; an empty one is
	// forgotten, one that is not there stays.
	Claims map[string]string
	// CurrentPassword is the present password, without which the e-mail address does
	// not change: who reads its mail can set another password.
	CurrentPassword string
}

// Profile is the user's own.
func (u *User) Profile() (Profile, error) {
	p := Profile{Name: u.Name, Email: u.Email, Claims: make(map[string]string)}
	known, err := u.claims()
	for _, name := range profileClaims {
		p.Claims[name], _ = known[name].(string)
	}
	return p, err
}

func (u *User) claims() (map[string]any, error) {
	claims := make(map[string]any)
	if len(u.Claims) == 0 {
		return claims, nil
	}
	return claims, json.Unmarshal(u.Claims, &claims)
}

func (u *User) setClaims(claims map[string]any) (err error) {
	u.Claims = nil
	if len(claims) > 0 {
		u.Claims, err = json.Marshal(claims)
	}
	return err
}

// ChangeProfile saves what the person changed of themselves. A new e-mail
// address is not verified. Errors: validate.FieldErrors, ErrConflict, *ThrottledError.
func (a *Accounts) ChangeProfile(ctx context.Context, u *User, p Profile) error {
	changed := *u
	claims, err := u.claims()
	if err != nil {
		return err
	}
	claims = maps.Clone(claims)
	var faults validate.FieldErrors
	for name, value := range p.Claims {
		value = strings.TrimSpace(value)
		switch {
		case !slices.Contains(profileClaims, name):
		case value == "":
			delete(claims, name)
		case len(value) > 500:
			faults = append(faults, validate.Field(name, "This is too long.")...)
		case (name == "website" || name == "picture") && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "http://"):
			faults = append(faults, validate.Field(name, "This is not a web address; it begins with https://")...)
		default:
			if claims[name] != value && name == "phone_number" {
				delete(claims, "phone_number_verified")
			}
			claims[name] = value
		}
	}
	changed.Name, changed.Email = strings.TrimSpace(p.Name), strings.TrimSpace(p.Email)
	if changed.Email != u.Email {
		switch err := a.confirm(ctx, u, p.CurrentPassword); {
		case errors.Is(err, ErrWrongPassword):
			faults = append(faults, validate.Field("email_password", "To change the e-mail address, give your present password.")...)
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
		return faults
	}
	if err := a.Update(ctx, &changed); err != nil {
		return err
	}
	*u = changed
	return nil
}

// ChangePassword replaces the person's own password, if they know the present
// one. All sessions end, and everything issued is revoked. Errors:
// ErrWrongPassword, FieldErrors, *ThrottledError.
func (a *Accounts) ChangePassword(ctx context.Context, u *User, present, password string) error {
	if err := a.confirm(ctx, u, present); err != nil {
		return err
	}
	return a.SetPassword(ctx, u, password)
}

// confirm makes sure that it is the person and not somebody at their browser.
func (a *Accounts) confirm(ctx context.Context, u *User, present string) error {
	if err := a.brake(ctx, brake{accountKey(u.ID, "password change"), brakePerAccountAddress}); err != nil {
		return err
	}
	ok, _, err := a.verify(ctx, u.PasswordHash, present)
	if err == nil && !ok {
		err = ErrWrongPassword
	}
	return err
}
