package settings

import (
	"errors"
	"fmt"
)

// A Fault is something that is wrong with a field of Options, or of settings that are
// embedded in them. Its text begins with the name of the field. A command in which the
// setting has another name, such as that of a flag, shows that name instead.
type Fault struct {
	Field   string // the name of the field in Go
	Problem string // the text after the name, such as ` is "x"; it must be …` or `: "x" is …`
}

// Error returns the text for a Go program.
func (f *Fault) Error() string { return f.Field + f.Problem }

// Faultf returns a Fault. The format begins with a space or a colon.
func Faultf(field, format string, args ...any) error {
	return &Fault{field, fmt.Sprintf(format, args...)}
}

// OfField returns the errors that err joins, each as a Fault of the field, unless it is a
// Fault already.
func OfField(field string, err error) (faults []error) {
	for _, e := range Split(err) {
		if _, known := errors.AsType[*Fault](e); !known {
			e = Faultf(field, ": %v", e)
		}
		faults = append(faults, e)
	}
	return faults
}

// Split returns the errors that errors.Join has joined, also in several steps.
func Split(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only err itself
	switch {
	case err == nil:
	case ok:
		for _, e := range joined.Unwrap() {
			all = append(all, Split(e)...)
		}
	default:
		all = []error{err}
	}
	return all
}

// Prefixed returns the errors with the name of a package before each.
func Prefixed(name string, faults []error) []error {
	all := make([]error, len(faults))
	for i, fault := range faults {
		all[i] = fmt.Errorf("%s: %w", name, fault)
	}
	return all
}
