package ui

import "bytes"

// autofocus is the attribute of the element that has the focus when a page is shown.
const autofocus = "autofocus"

// oneAutofocus removes the attribute autofocus from all elements but the first. Each field with a
// fault has it, but a page must not have more than one element with it (HTML §6.6.7).
func oneAutofocus(page []byte) []byte {
	if bytes.Count(page, []byte(autofocus)) < 2 {
		return page
	}
	kept := make([]byte, 0, len(page))
	found := false
	var quote byte // that of the attribute value, or 0
	inTag := false
	for i := 0; i < len(page); i++ {
		c := page[i]
		switch {
		case !inTag:
			inTag = c == '<'
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			inTag = false
		case c == ' ' && isAttribute(page[i+1:], autofocus):
			if found {
				i += len(autofocus)
				continue
			}
			found = true
		}
		kept = append(kept, c)
	}
	return kept
}

// isAttribute reports whether a text in a tag begins with an attribute that has no value.
func isAttribute(text []byte, name string) bool {
	rest, is := bytes.CutPrefix(text, []byte(name))
	return is && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '>')
}
