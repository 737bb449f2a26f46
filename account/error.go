package account

import (
	"errors"
	"fmt"
	"time"
)

// The errors of a Store and of Accounts. A backend that also implements the protocol's
// Store wraps the errors of both packages.
var (
	// ErrNotFound is returned for an account, a session or a factor that does not exist.
	ErrNotFound = errors.New("no such account or session")
	// ErrConflict is returned if a name or an ID is taken, or if the account was changed
	// after it was read. Read it again, and repeat the change.
	ErrConflict = errors.New("conflict: the name is taken, or the account was changed concurrently")
	// ErrFactorTaken is returned for a new account whose passkey or identity another account
	// has.
	ErrFactorTaken = errors.New("another account has this passkey or identity")
	// ErrUnavailable is returned if the database does not respond in time. Nothing is known
	// about the account then, and the call can be repeated.
	ErrUnavailable = errors.New("account storage unavailable")
	// ErrNoTime means that the time of a change is zero.
	ErrNoTime = errors.New("the time of the change is missing")
	// ErrSecondFactor means that the person has a second factor, so that the password
	// alone does not start a session.
	ErrSecondFactor = errors.New("a second factor is needed")
	// ErrFactorUsed means that a code or an answer of a passkey was used before, or that
	// the person no longer has the factor.
	ErrFactorUsed = errors.New("this code or passkey was already used, or the factor was removed")
	// ErrWrongCode is returned for a code that is neither the current one of the
	// person's TOTP nor one of their recovery codes.
	ErrWrongCode = errors.New("this code is wrong, or has expired")
	// ErrPasskey is returned for the answer of an authenticator that is not valid. Errors
	// wrap it with the reason, for the log.
	ErrPasskey = errors.New("the passkey could not be verified")
	// ErrLoginExpired is returned if a login took too long, was begun in another browser,
	// or if the account was changed in the meantime. The person must log in again.
	ErrLoginExpired = errors.New("this login took too long, or the account was changed; log in again")
	// ErrFormExpired is returned for the answer to a form that is too old, was sent
	// before, or was made for another session.
	ErrFormExpired = errors.New("this form has expired, or was sent before")
	// ErrReauthenticate is returned for a change that a person can make only after they
	// have confirmed their identity again.
	ErrReauthenticate = errors.New("a new login is needed for this change")
	// ErrNotChecked means that another provider or Config.PasswordKey could not check a
	// password. The attempt is not counted.
	ErrNotChecked = errors.New("the password could not be checked")
	// ErrLastFactor rejects the removal of a factor that the person needs to log in.
	ErrLastFactor = errors.New("this is the last factor of the person; add another one first")
	// ErrTooManyFactors means that the person already has MaxPasskeys passkeys, or
	// MaxIdentities identities.
	ErrTooManyFactors = errors.New("there are too many passkeys or connected accounts; remove one first")
	// ErrForbidden means that the person who acts no longer has the role that a change needs, or
	// that the person who is changed has been given a role. See Guard.
	ErrForbidden = errors.New("the roles of these people do not allow the change")
	// ErrTooMany means that a person is already responsible for as many clients as they can be.
	ErrTooMany = errors.New("the person is responsible for too many applications")
	// ErrManyMembers means that a group would have too many members: see MaxMembers and
	// MaxRoleMembers.
	ErrManyMembers = errors.New("the group would have too many members")
	// ErrManyGroups means that a person would be in more than MaxGroups groups.
	ErrManyGroups = errors.New("the person would be in too many groups")
	// ErrHostPeople means that the people of the database are those of a host program, so nobody
	// could log in to an account.
	ErrHostPeople = errors.New("the people in this database have no account, because the program that uses it logs them in")
	// ErrLastAdmin rejects a change that would leave no enabled administrator.
	ErrLastAdmin = errors.New("this is the only administrator who is not disabled; add another administrator first")
)

// ErrWrongPassword is returned if the username does not exist, the password is
// wrong or the account is disabled. It does not say which.
var ErrWrongPassword = errors.New("username and password do not match")

// ThrottledError is returned after too many attempts. RetryAfter is the time after which
// the next attempt can succeed.
type ThrottledError struct{ RetryAfter time.Duration }

// Error returns a message with the waiting time, rounded to seconds.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many attempts; try again in %s", e.RetryAfter.Round(time.Second))
}

// MissingPersonError is ErrNotFound with the ID of one of several people.
type MissingPersonError struct{ ID string }

// Error returns a text with the ID.
func (e *MissingPersonError) Error() string {
	return fmt.Sprintf("the person %q does not exist", e.ID)
}

// Unwrap returns ErrNotFound.
func (e *MissingPersonError) Unwrap() error { return ErrNotFound }
