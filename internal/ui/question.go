package ui

import "net/url"

// A Question is shown before something that a person cannot undo. It says what
// will happen. The form is sent again with the answer, in a field "confirmed".
type Question struct {
	Heading, Text string
	Button        string // the verb of the action
	Cancel        string // URL of the page with the form
	Fields        url.Values
}
