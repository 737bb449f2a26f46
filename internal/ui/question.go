package ui

import "net/url"

// A Question asks a person to confirm an action. If the person
// confirms it, the form is sent again with the additional field "confirmed".
type Question struct {
	// Heading is the question, and Text describes what will happen.
	Heading, Text Text
	// More is another sentence about that, or empty.
	More Text
	// Button is the verb of the action.
	Button Text
	// Safe is set if the action can be undone, so that the button is not red.
	Safe bool
	// Cancel is the URL of the page with the form.
	Cancel string
	// Back is the text of the link to Cancel, if "Cancel" could mean the action.
	Back Text
	// Fields are the fields of the form, and are sent again.
	Fields url.Values
}
