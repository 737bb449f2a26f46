package account

import (
	"errors"
	"fmt"
	"time"
)

// Errors that a Store returns. A backend that also implements the protocol's
// Store wraps the errors of both packages.
var (
	ErrNotFound    = errors.New("no such account or session")
	ErrConflict    = errors.New("conflict: the name is taken, or the account was changed concurrently")
	ErrUnavailable = errors.New("account storage unavailable")
	// ErrNoTime means that the time of a change is zero.
	ErrNoTime = errors.New("the time of the change is missing")
	// ErrSecondFactor means that the person has a second factor, so that the password
	// alone does not start a session.
	ErrSecondFactor = errors.New("a second factor is needed")
	// ErrFactorUsed means that a code or an answer of a passkey was used before, or that
	// the person no longer has the factor.
	ErrFactorUsed = errors.New("this code or passkey was already used, or the factor was removed")
	// ErrLastAdmin rejects a change that would leave no enabled administrator.
	ErrLastAdmin = errors.New("this is the only administrator who is not disabled; add another administrator first")
)

// ErrWrongPassword is returned if the username does not exist, the password is
// wrong or the account is disabled. It does not say which.
var ErrWrongPassword = errors.New("username and password do not match")

// ThrottledError is returned after too many attempts.
type ThrottledError struct{ RetryAfter time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many attempts; try again in %s", e.RetryAfter.Round(time.Second))
}
