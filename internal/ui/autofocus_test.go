package ui

import "testing"

// A page has one element with the attribute autofocus, and what people have typed is not changed.
func TestPageHasOneAutofocus(t *testing.T) {
	for page, want := range map[string]string{
		`<input autofocus>`: `<input autofocus>`,
		`<input value=" autofocus "><input autofocus required> autofocus <input autofocus><fieldset tabindex="-1" autofocus id="x">`: `<input value=" autofocus "><input autofocus required> autofocus <input><fieldset tabindex="-1" id="x">`,
		`<input autofocus value="> autofocus >"><textarea autofocus> autofocus</textarea>`:                                           `<input autofocus value="> autofocus >"><textarea> autofocus</textarea>`,
		`<a title=' autofocus>' autofocus><b data-autofocus autofocus-not autofocus`:                                                 `<a title=' autofocus>' autofocus><b data-autofocus autofocus-not autofocus`,
	} {
		if got := string(oneAutofocus([]byte(page))); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", page, got, want)
		}
	}
}
