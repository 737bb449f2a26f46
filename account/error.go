package account

import (
	"errors"
	"fmt"
	"time"
)

// Sentinels of a Store. They are this package's own, because people know
// nothing of OAuth; a backend that serves both packages wraps both.
var (
	ErrNotFound    = errors.New("no such account or session")
	ErrConflict    = errors.New("conflict: taken, or changed by somebody else")
	ErrUnavailable = errors.New("account storage unavailable")
)

// ErrWrongPassword says that the username or the password is wrong, without
// saying which half, for a disabled account too.
var ErrWrongPassword = errors.New("that username and password do not match")

// ThrottledError says that too many attempts were made.
type ThrottledError struct{ RetryAfter time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many attempts; try again in %s", e.RetryAfter.Round(time.Second))
}
