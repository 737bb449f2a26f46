package ui

import (
	"hash/fnv"
	"html"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"
)

// icon returns a symbol of icons.svg. classes can be empty.
func (u *UI) icon(name string, classes ...string) template.HTML {
	class := strings.Join(append([]string{"icon"}, classes...), " ")
	return template.HTML(`<svg class="` + html.EscapeString(class) + `" aria-hidden="true"><use href="` + html.EscapeString(u.Asset("icons.svg")+"#"+name) + `"/></svg>`) //nolint:gosec // escaped
}

// tile returns the first letter of a name on a color, for a person or an application
// without a picture. The name decides the color.
func tile(name string, classes ...string) template.HTML {
	class := strings.Join(append([]string{"tile", tone(name)}, classes...), " ")
	return template.HTML(`<span class="` + html.EscapeString(class) + `" aria-hidden="true"><bdi>` + html.EscapeString(Initial(name)) + `</bdi></span>`) //nolint:gosec // escaped
}

// tones are the classes of the colors of tiles.
var tones = [...]string{"tone1", "tone2", "tone3", "tone4", "tone5"}

// tone returns the class of the color of a name.
func tone(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return tones[h.Sum32()%uint32(len(tones))]
}

// Initial returns the first letter or digit of a name, in upper case. A name without
// either has its first character.
func Initial(name string) string {
	i := strings.IndexFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if i < 0 {
		i = 0
	}
	letter, size := utf8.DecodeRuneInString(name[i:])
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(letter))
}
