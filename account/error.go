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
