package admin

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A formField is a field of the form of an application.
type formField struct {
	clientfields.Field
	Values []string // the values as they were entered
	Errors []string // messages next to the field
	Locked bool     // the field cannot be changed any more
	// Replaced is set if the metadata document of the application replaces the value.
	Replaced bool
}

// Widget returns the element that the page uses for the field.
func (f *formField) Widget() string {
	explained := len(f.Choices) > 0 && f.Choices[0].Text != ""
	switch {
	case f.Kind == clientfields.Switch:
		return "checkbox"
	case len(f.Choices) > 0 && f.Repeatable():
		return "checkboxes"
	case explained:
		return "radio"
	case len(f.Choices) > 0:
		return "select"
	case f.Kind == clientfields.List, f.Kind == clientfields.JSON:
		return "textarea"
	}
	return "input"
}

// Value returns the text of the field, with one value per line.
func (f *formField) Value() string { return strings.Join(f.Values, "\n") }

// Has reports whether a choice is selected.
func (f *formField) Has(value string) bool {
	if len(f.Values) == 0 && f.Widget() == "radio" {
		return value == f.Default
	}
	return slices.Contains(f.Values, value)
}

// Changed reports whether the field differs from its default.
func (f *formField) Changed() bool {
	return len(f.Values) > 0 && f.Values[0] != "" && f.Values[0] != f.Default
}

// Hint returns the text below the field.
func (f *formField) Hint() string {
	text := f.Help
	if f.Replaced {
		text = "From the document: a change is lost when the document is fetched again. " + text
	}
	if f.Only == oauth.Confidential {
		text += " Only for confidential applications."
	}
	if f.Kind == clientfields.List && len(f.Choices) == 0 {
		text += " One per line."
	}
	if widget := f.Widget(); f.Default != "" && widget != "radio" && widget != "select" {
		text += " Default: " + f.Default + "."
	}
	return text
}

// Mode returns the inputmode of the element: the keyboard of a telephone.
func (f *formField) Mode() string {
	switch f.Kind {
	case clientfields.URL:
		return "url"
	case clientfields.Seconds:
		return "numeric"
	}
	return "text"
}

// Open reports whether the group is shown unfolded.
func (g formGroup) Open() bool {
	return g.Basic || slices.ContainsFunc(g.Fields, func(f *formField) bool { return len(f.Errors) > 0 })
}

// Changed returns the number of fields that differ from their default.
func (g formGroup) Changed() (n int) {
	for _, f := range g.Fields {
		if f.Changed() {
			n++
		}
	}
	return n
}
