package declared

import (
	"errors"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/loginproviders"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Mistakes are everything that is wrong with a file, or with its difference from what is stored. The
// person who applies the file can correct them.
type Mistakes []error

// Error returns one line or more for each mistake.
func (m Mistakes) Error() string { return errors.Join(m...).Error() }

// Unwrap returns the mistakes.
func (m Mistakes) Unwrap() []error { return m }

// mistakes returns Mistakes, or nil if there are none.
func mistakes(all []error) error {
	if len(all) == 0 {
		return nil
	}
	return Mistakes(all)
}

// A mistake is an error that the person who applies a file can correct.
type mistake struct{ text string }

func (m mistake) Error() string { return m.text }

func mistakef(format string, args ...any) error { return mistake{fmt.Sprintf(format, args...)} }

// isMistake reports whether the error of a check is a mistake. Any other error, such as that of a database
// that is unavailable, says nothing about the file.
func isMistake(err error) bool {
	for _, known := range []error{
		account.ErrLastAdmin, account.ErrManyMembers, account.ErrTooManyProviders, oauth.ErrTooManyDefinitions, provider.ErrConfigured, provider.ErrUnreadable,
		loginproviders.ErrFixed, loginproviders.ErrUnreadable, loginproviders.ErrNoNewLogins,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return isType[mistake](err) || isType[validate.FieldErrors](err) || isType[loginproviders.Faults](err) || isType[*oauth.Error](err)
}

func isType[E error](err error) bool {
	_, is := errors.AsType[E](err)
	return is
}
