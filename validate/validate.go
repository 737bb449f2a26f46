// Package validate declares how a check of an input reports what is wrong with
// it, field by field. Accounts and applications use the same type.
package validate

import (
	"fmt"
	"strings"
)

// FieldError describes what is wrong with one field, in a sentence for the
// person who filled it in. The field has the name that it has in JSON and in
// forms; for applications that is the name in RFC 7591 §2, if there is one.
type FieldError struct {
	// Field is the name of the field, as in JSON. Message describes the error and what to do.
	Field, Message string
	// Code identifies the message, so that it can be shown in another language. Values
	// are the names and values of its placeholders, alternately. Both can be empty.
	Code   string
	Values []any
}

// FieldErrors is an error that lists everything that is wrong with an input.
type FieldErrors []FieldError

// Error returns one line per error, with the name of the field, unless that is empty.
func (f FieldErrors) Error() string {
	lines := make([]string, len(f))
	for i, e := range f {
		if lines[i] = e.Message; e.Field != "" {
			lines[i] = e.Field + ": " + e.Message
		}
	}
	return strings.Join(lines, "\n")
}

// Field returns a FieldErrors for one field, with the Message that fmt.Sprintf returns.
func Field(name, format string, args ...any) FieldErrors {
	return FieldErrors{{Field: name, Message: fmt.Sprintf(format, args...)}}
}

// WithCode sets the Code and the Values of a FieldErrors for one field, and returns it.
func (f FieldErrors) WithCode(code string, values ...any) FieldErrors {
	for i := range f {
		f[i].Code, f[i].Values = code, values
	}
	return f
}
