package admin

import "github.com/seed-e6a88a41/latchkey/internal/ui"

// summaryOf returns the errors of a form with these fields, in their order.
func summaryOf(errors map[string][]ui.Text, inputs ...string) ui.Summary {
	var all []ui.Fault
	for _, input := range inputs {
		for _, text := range errors[input] {
			all = append(all, ui.Fault{Field: input, Message: text})
		}
	}
	return ui.Summary{Text: ui.Text{"admin.common.check_fields"}, Faults: all}
}

// Summary returns the errors of the form.
func (f *clientForm) Summary() ui.Summary {
	var all []ui.Fault
	for _, text := range f.Errors {
		all = append(all, ui.Fault{Message: text})
	}
	for field := range f.fields {
		for _, text := range field.Errors {
			all = append(all, ui.Fault{Field: field.Input(), Message: text})
		}
	}
	return ui.Summary{Text: ui.Text{"admin.common.check_fields"}, Faults: all}
}

// Summary returns the errors of the form.
func (f *userForm) Summary() ui.Summary {
	return summaryOf(f.Errors, "username", "name", "email", "claims", "password", "confirmed", "metadata")
}

// Summary returns the errors of the form.
func (p invitationPage) Summary() ui.Summary {
	return summaryOf(lists(p.Errors), "email", "note", "days")
}

// Summary returns the errors of the form.
func (p registrationPage) Summary() ui.Summary {
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
