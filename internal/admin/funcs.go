package admin

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tail returns the end of an id, which is enough to tell rows apart.
func tail(id fmt.Stringer) string {
	text := id.String()
	return "…" + text[len(text)-6:]
}

// sentence returns the text of an error with a capital letter and a full stop. The name of a
// setting at the beginning stays as it is.
func sentence(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if first, size := utf8.DecodeRuneInString(text); !strings.Contains(word, "_") {
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
