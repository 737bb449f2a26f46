package ui

import "net/url"

// A Question is shown before something that a person cannot undo. It says what
// will happen. The form is sent again with the answer, in a field "confirmed".
type Question struct {
	// Heading is the question, and Text describes what will happen.
	Heading, Text Text
	// Button is the verb of the action.
	Button Text
	// Cancel is the URL of the page with the form.
	Cancel string
	// Fields are those of the form, which is sent again.
	Fields url.Values
}
