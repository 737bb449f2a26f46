package ui

import (
	"cmp"
	"slices"
)

// A Summary is shown above a form that was rejected, by the template "error-summary".
type Summary struct {
	// Text is about the whole form. If it is empty, it asks the person to check the fields.
	Text Text
	// Faults are in the order of the fields.
	Faults []Fault
}

// A Fault is the message at a field. Field is its id; without one, the message is about no
// field of the form.
type Fault struct {
	Field   string
	Message Text
}

// Summarize returns a summary whose faults have the given order of fields. Fields that are not
// in it come last.
func Summarize(order []string, faults []Fault) Summary {
	place := func(f Fault) int {
		if i := slices.Index(order, f.Field); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Field, b.Field))
	})
	return Summary{Faults: faults}
}
