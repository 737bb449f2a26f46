package ui

import (
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// Isolate returns a name for a sentence that is not HTML: a title, an attribute or
// an email. Names that have letters of a right-to-left script are put between two
// characters that isolate their direction (Unicode Standard Annex 9 §2.4), so that
// they do not change the order of the words around them. In HTML, <bdi> does the
// same.
func Isolate(name string) string {
	if !strings.ContainsFunc(name, rightToLeft) {
		return name
	}
	return isolated(name)
}

func isolated(name string) string {
	const firstStrongIsolate, popDirectionalIsolate = "\u2068", "\u2069"
	return firstStrongIsolate + name + popDirectionalIsolate
}

func leftToRight(r rune) bool {
	properties, _ := bidi.LookupRune(r)
	return properties.Class() == bidi.L
}

func rightToLeft(r rune) bool {
	properties, _ := bidi.LookupRune(r)
	class := properties.Class()
	return class == bidi.R || class == bidi.AL || class == bidi.AN
}
