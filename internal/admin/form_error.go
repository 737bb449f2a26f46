package admin

import "github.com/seed-e6a88a41/latchkey/internal/ui"

// A formError is an error in the summary above a form. The summary links to the fields in
// the order of the form.
type formError struct {
	Input string // the id of the field, or empty
	Text  ui.Text
}

// summaryOf returns the errors of a form with these fields, in their order.
func summaryOf(errors map[string][]ui.Text, inputs ...string) (all []formError) {
	for _, input := range inputs {
		for _, text := range errors[input] {
			all = append(all, formError{input, text})
		}
	}
	return all
}

// Summary returns the errors of the form.
func (f *clientForm) Summary() (all []formError) {
	for _, text := range f.Errors {
		all = append(all, formError{Text: text})
	}
	for field := range f.fields {
		for _, text := range field.Errors {
			all = append(all, formError{field.Input(), text})
		}
	}
	return all
}

// Summary returns the errors of the form.
func (f *userForm) Summary() []formError {
	return summaryOf(f.Errors, "username", "name", "email", "claims", "password", "confirmed", "metadata")
}

// Summary returns the errors of the form.
func (p invitationPage) Summary() []formError {
	return summaryOf(lists(p.Errors), "email", "note", "days")
}

// Summary returns the errors of the form.
func (p registrationPage) Summary() []formError {
	return summaryOf(lists(p.Errors), "name", "uses", "days")
}

// lists returns a list for each message. The input for the lifetime is called days.
func lists(errors map[string]ui.Text) map[string][]ui.Text {
	all := make(map[string][]ui.Text)
	for name, text := range errors {
		if name == "ttl" {
			name = "days"
		}
		all[name] = append(all[name], text)
	}
	return all
}
