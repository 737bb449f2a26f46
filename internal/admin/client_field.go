package admin

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A formField is a field of the form of an application.
type formField struct {
	clientfields.Field
	Values []string  // the values as they were entered
	Errors []ui.Text // messages next to the field
	Locked bool      // the field cannot be changed any more
	// ReadOnly is set if the person must not change the field.
	ReadOnly bool
	// Replaced is set if the metadata document of the application replaces the value.
	Replaced bool
	// Scopes is the choice between some scopes and all, for the allowed scopes.
	Scopes *scopeChoice
}

// Widget returns the element that the page uses for the field.
func (f *formField) Widget() string {
	choices := f.Field.Choices
	explained := len(choices) > 0 && choices[0].Text != ""
	switch {
	case f.ReadOnly:
		return "none"
	case f.Scopes != nil:
		return "scopes"
	case f.Kind == clientfields.Switch:
		return "checkbox"
	case len(choices) > 0 && f.Repeatable():
		return "checkboxes"
	case explained:
		return "radio"
	case len(choices) > 0:
		return "select"
	case f.Kind == clientfields.List, f.Kind == clientfields.Accounts, f.Kind == clientfields.JSON:
		return "textarea"
	}
	return "input"
}

// Value returns the text of the field, with one value per line.
func (f *formField) Value() string { return strings.Join(f.Values, "\n") }

// Words returns the value of a field that is read-only.
func (f *formField) Words() (values []ui.Text) {
	if f.Kind == clientfields.Switch {
		if len(f.Values) == 0 {
			return []ui.Text{{"admin.value.no"}}
		}
		return []ui.Text{{"admin.value.yes"}}
	}
	for _, value := range f.Values {
		for _, choice := range f.Choices() {
			if choice.Value == value {
				value = choice.Name
			}
		}
		values = append(values, ui.Plain(value))
	}
	return values
}

// Has reports whether a choice is selected.
func (f *formField) Has(value string) bool {
	if len(f.Values) == 0 && f.Widget() == "radio" {
		return value == f.Field.Default
	}
	return slices.Contains(f.Values, value)
}

// unchanged reports whether the form has sent the choices that the application has, in any
// order. Saving them would change only the order, or store the default.
func (f *formField) unchanged(c *oauth.Client) bool {
	if len(f.Field.Choices) == 0 || f.Scopes != nil {
		return false
	}
	stored := f.Get(c)
	if len(stored) == 0 && !f.Repeatable() {
		stored = []string{f.Field.Default}
	}
	return slices.Equal(slices.Sorted(slices.Values(stored)), slices.Sorted(slices.Values(f.Values)))
}

// Changed reports whether the field differs from its default.
func (f *formField) Changed() bool {
	return len(f.Values) > 0 && f.Values[0] != "" && f.Values[0] != f.Field.Default
}

// Label returns the label of the field.
func (f *formField) Label() ui.Text { return f.LabelText() }

// Default returns what an empty field means.
func (f *formField) Default() ui.Text { return f.DefaultText() }

// A formChoice is a choice. It is explained by a Text of the catalogue, or by the
// Description of a scope, a resource or a grant type of the host program.
type formChoice struct {
	Value       string  // the value of the field
	Name        string  // the value, or a shorter name
	Text        ui.Text // see Description
	Description string  // an explanation in the words of the host, or empty
}

// Choices returns the values that the field can have.
func (f *formField) Choices() (choices []formChoice) {
	for _, c := range f.Field.Choices {
		choice := formChoice{Value: c.Value, Name: c.Name(), Description: c.Text}
		if c.Key != "" {
			choice.Text, choice.Description = ui.Text{c.Key}, ""
		}
		choices = append(choices, choice)
	}
	return choices
}

// Hints returns the sentences below the field.
func (f *formField) Hints() (hints []ui.Text) {
	if f.Replaced {
		hints = append(hints, ui.Text{"admin.hint.replaced"})
	}
	hints = append(hints, f.HelpText())
	if f.Only == oauth.Confidential {
		hints = append(hints, ui.Text{"admin.hint.confidential"})
	}
	if f.Repeatable() && f.Kind != clientfields.Scopes && len(f.Field.Choices) == 0 {
		hints = append(hints, ui.Text{"admin.hint.lines"})
	}
	if widget := f.Widget(); f.Field.Default != "" && widget != "radio" && widget != "select" && widget != "scopes" {
		hints = append(hints, ui.Text{"admin.hint.default", "value", f.DefaultText()})
	}
	return hints
}

// Mode returns the inputmode of the element: the keyboard of a telephone.
func (f *formField) Mode() string {
	if f.Kind == clientfields.URL {
		return "url"
	}
	return "text"
}

// Title returns the heading of the group.
func (g formGroup) Title() ui.Text { return g.TitleText() }

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
