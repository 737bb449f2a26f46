package latchkey

import (
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// An optionError is a fault of the options, whichever package found it.
type optionError struct{ error }

// Error returns the text with the name of this package in front.
func (e optionError) Error() string {
	text := e.error.Error()
	for _, name := range []string{"latchkey: ", "provider: "} {
		text = strings.TrimPrefix(text, name)
	}
	return "latchkey: " + text
}

// Unwrap returns the error of the package that found the fault.
func (e optionError) Unwrap() error { return e.error }

// optionErrors joins errs. It first splits those that are joined errors, and makes each single error
// an optionError.
func optionErrors(errs ...error) error {
	all := settings.Split(errors.Join(errs...))
	for i := range all {
		all[i] = optionError{all[i]}
	}
	return errors.Join(all...)
}
