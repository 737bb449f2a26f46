package ui

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A message is a text of a catalogue.
type message struct {
	tag language.Tag
	// forms has a text for each form of the number n that the language distinguishes.
	// A message without such forms has only plural.Other.
	forms messageForms
	// html is the text for a page, if it has no placeholders and no plural forms.
	html template.HTML
	// file and line are where the text is.
	file string
	line int
}

// place returns where the text is, for the description of a fault.
func (m *message) place() string { return fmt.Sprintf("%s:%d", m.file, m.line) }

// messageForms are the plural forms of a text. They are a slice, because a map for each
// text would take most of the memory of a catalogue.
type messageForms []messageForm

type messageForm struct {
	form  plural.Form
	parts []messagePart
}

// of returns the text of a form, or nil.
func (f messageForms) of(form plural.Form) []messagePart {
	for _, one := range f {
		if one.form == form {
			return one.parts
		}
	}
	return nil
}

// A messagePart is a literal text or a placeholder.
type messagePart struct{ literal, placeholder string }

// pluralForms are the names of the forms in a catalogue (Unicode Technical Standard 35,
// part 3 §5).
var pluralForms = map[string]plural.Form{"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other}

// isolated returns the forms for a page with the other direction: an English sentence on
// a Persian page keeps its full stop at its end (Unicode Standard Annex 9 §2.4).
func (m *message) isolated() messageForms {
	const leftToRightIsolate, rightToLeftIsolate, popDirectionalIsolate = "\u2066", "\u2067", "\u2069"
	begin := leftToRightIsolate
	if direction(m.tag) == "rtl" {
		begin = rightToLeftIsolate
	}
	forms := make(messageForms, 0, len(m.forms))
	for _, one := range m.forms {
		all := []messagePart{{literal: begin}}
		for _, part := range one.parts {
			if last := &all[len(all)-1]; part.placeholder == "" && last.placeholder == "" {
				last.literal += part.literal
				continue
			}
			all = append(all, part)
		}
		if last := &all[len(all)-1]; last.placeholder == "" {
			last.literal += popDirectionalIsolate
		} else {
			all = append(all, messagePart{literal: popDirectionalIsolate})
		}
		forms = append(forms, messageForm{one.form, all})
	}
	return forms
}

// fixed returns the text for a page, or "" if it depends on values.
func (m *message) fixed() template.HTML {
	parts := m.forms.of(plural.Other)
	if len(m.forms) != 1 || len(parts) != 1 || parts[0].placeholder != "" {
		return ""
	}
	return template.HTML(html.EscapeString(parts[0].literal)) //nolint:gosec // escaped
}

// parts returns the form for a number.
func (m *message) parts(n any) []messagePart {
	if rows, ok := n.(int64); ok {
		n = int(rows)
	}
	if number, ok := n.(int); ok && len(m.forms) > 1 {
		if parts := m.forms.of(formOf(m.tag, number)); parts != nil {
			return parts
		}
	}
	return m.forms.of(plural.Other)
}

func formOf(tag language.Tag, n int) plural.Form {
	return plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)
}

// placeholderName matches what can be between braces.
var placeholderName = regexp.MustCompile(`^[a-z][a-z_]*$`)

// parseMessage parses a text with placeholders such as {app}.
func parseMessage(text string) (parts []messagePart, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("the text is empty")
	}
	if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 {
		return nil, fmt.Errorf("the text contains a control character (%q)", text[i])
	}
	if r := unbalanced(text); r != 0 {
		return nil, fmt.Errorf("the text contains a character that changes the direction of the text after it (U+%04X)", r)
	}
	for text != "" {
		literal, rest, found := strings.Cut(text, "{")
		if literal != "" {
			parts = append(parts, messagePart{literal: literal})
		}
		if !found {
			return parts, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !placeholderName.MatchString(name) {
			return nil, fmt.Errorf("the placeholder {%s is not a name in braces, such as {app}", strings.TrimSpace(rest))
		}
		parts, text = append(parts, messagePart{placeholder: name}), after
	}
	return parts, nil
}

// unbalanced returns a character that changes the direction of what follows the text, or
// 0: an embedding, an override, or an isolate that does not begin and end in the text
// (Unicode Standard Annex 9 §2). Marks such as U+200F have no effect after the text.
func unbalanced(text string) rune {
	depth, last := 0, rune(0)
	for _, r := range text {
		switch {
		case r >= '\u202a' && r <= '\u202e':
			return r
		case r >= '\u2066' && r <= '\u2068':
			depth, last = depth+1, r
		case r == '\u2069' && depth == 0:
			return r
		case r == '\u2069':
			depth--
		}
	}
	if depth > 0 {
		return last
	}
	return 0
}

// placeholders returns the names of the placeholders of a message, in order.
func (m *message) placeholders() (names []string) {
	for _, one := range m.forms {
		for _, part := range one.parts {
			if part.placeholder != "" && !slices.Contains(names, part.placeholder) {
				names = append(names, part.placeholder)
			}
		}
	}
	slices.Sort(names)
	return names
}

// fault returns what is wrong with a translation of english, or "".
func (m *message) fault(english *message) string {
	wanted := english.placeholders()
	if len(m.forms) > 1 {
		if len(english.forms) == 1 {
			return "the text has plural forms, but the English text has none"
		}
		if fault := m.formsFault(); fault != "" {
			return fault
		}
	}
	for _, one := range m.forms {
		have := (&message{forms: messageForms{one}}).placeholders()
		for _, name := range have {
			if !slices.Contains(wanted, name) {
				return fmt.Sprintf("the placeholder {%s} does not exist in the English text", name)
			}
		}
		for _, name := range wanted {
			// "one", "two" and "zero" can be words.
			if optional := name == "n" && one.form != plural.Other && one.form != plural.Few && one.form != plural.Many; !slices.Contains(have, name) && !optional {
				return fmt.Sprintf("the placeholder {%s} of the English text is missing", name)
			}
		}
	}
	return ""
}

// formsFault compares the plural forms with those of the language. The forms of the
// numbers up to 200 and of a million are all that exist.
func (m *message) formsFault() string {
	used := map[plural.Form]bool{plural.Other: true}
	for n := range 200 {
		used[formOf(m.tag, n)] = true
	}
	used[formOf(m.tag, 1_000_000)] = true
	for _, name := range []string{"zero", "one", "two", "few", "many"} {
		form := pluralForms[name]
		if has := m.forms.of(form) != nil; has != used[form] {
			if has {
				return fmt.Sprintf("the language does not have the plural form %q", name)
			}
			return fmt.Sprintf("the plural form %q of the language is missing", name)
		}
	}
	return ""
}
