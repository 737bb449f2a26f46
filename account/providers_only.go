package account

import "errors"

// ErrOnlyAtProviders means that people create accounts and log in only at the login providers
// (Settings.LoginProvidersOnly).
var ErrOnlyAtProviders = errors.New("people log in only at the login providers; use one of them")

// LogsInHere reports whether a user can begin a login with a password or a passkey of this
// server. With Settings.LoginProvidersOnly, only administrators can: the provider decides who
// else logs in, so a person whom it has removed must not get in with a password. A
// passkey or a code is still a second factor after the login at the provider.
func (a *Accounts) LogsInHere(u *User) bool {
	return !a.LoginProvidersOnly || u.Roles().Has(RoleAdministrator)
}
