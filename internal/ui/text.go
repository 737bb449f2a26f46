package ui

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Text is a text that people read: a key of the catalogue, followed by the names
// and values of its placeholders, as in Text{"login.back", "app", name}. It is written
// in the language of the person when the page is rendered. A value can be a Text.
//
// Templates show it with the function text.
type Text []any

// A plainText is a text that is not in the catalogue.
type plainText string

// Plain returns a Text that is the same in all languages.
func Plain(text string) Text {
	if text == "" {
		return nil
	}
	return Text{plainText(text)}
}

// An englishText is the only element of a Text that is in English in all languages.
type englishText string

// English returns a Text that is in English in all languages, such as the description of an
// error of the protocol. Screen readers pronounce it as English (WCAG 2.2, 3.1.2).
func English(text string) Text {
	if text == "" {
		return nil
	}
	return Text{englishText(text)}
}

// String returns the built-in English text, for logs.
func (t Text) String() string {
	english, err := builtInEnglish()
	if err != nil {
		return fmt.Sprint([]any(t)...) // cannot happen: tests read the file
	}
	return english.Plain(t)
}

// builtInEnglish returns the texts that cannot be changed by a host.
func builtInEnglish() (*Language, error) {
	all, err := builtInLanguages()
	if err != nil {
		return nil, err
	}
	return all.list[0], nil
}

// Plain returns a text that is not HTML.
func (l *Language) Plain(t Text) string {
	var b strings.Builder
	l.write(&b, t, func(text string) string { return text })
	return b.String()
}

// message returns a text, or nil.
func (l *Language) message(key string) *message { return l.texts().catalogue[key] }

// constant returns the text for a page that has no placeholders and no plural forms, or "".
func (l *Language) constant(key string) template.HTML {
	if m := l.message(key); m != nil {
		return m.html
	}
	return ""
}

// HTML returns a text for a page. All parts of it are escaped, except for values that
// are HTML.
func (l *Language) HTML(t Text) template.HTML {
	if len(t) == 1 {
		if key, ok := t[0].(string); ok && l.constant(key) != "" {
			return l.constant(key)
		}
	}
	if len(t) == 1 {
		if english, ok := t[0].(englishText); ok && l.Tag != "en" {
			return `<span lang="en" dir="ltr">` + template.HTML(html.EscapeString(string(english))) + `</span>` //nolint:gosec // escaped
		}
	}
	var b strings.Builder
	l.write(&b, t.withElements(), html.EscapeString)
	return template.HTML(b.String()) //nolint:gosec // escaped
}

// Texts returns the texts whose keys begin with prefix, for a script: each is a string
// with placeholders in braces, or has a string for each plural form.
func (l *Language) Texts(prefix string) map[string]any {
	texts := make(map[string]any)
	for key, m := range l.texts().catalogue {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		forms := make(map[string]string)
		for name, form := range pluralForms {
			if parts := m.forms.of(form); parts != nil {
				forms[name] = source(parts)
			}
		}
		texts[key] = forms
		if len(forms) == 1 {
			texts[key] = forms["other"]
		}
	}
	return texts
}

// source returns the parts of a text as a catalogue has them.
func source(parts []messagePart) string {
	var b strings.Builder
	for _, part := range parts {
		if part.placeholder != "" {
			b.WriteString("{" + part.placeholder + "}")
			continue
		}
		b.WriteString(part.literal)
	}
	return b.String()
}

// write writes a text. A placeholder without a value, and a key that does not exist,
// are written as they are: a page must not fail because of them.
func (l *Language) write(b *strings.Builder, t Text, escape func(string) string) {
	if len(t) == 0 {
		return
	}
	if plain, ok := t.plain(); ok {
		b.WriteString(escape(plain))
		return
	}
	if english, ok := t[0].(englishText); ok {
		b.WriteString(escape(l.isolate(string(english))))
		return
	}
	if at, ok := t[0].(dateText); ok {
		b.WriteString(escape(l.date(time.Time(at))))
		return
	}
	if scope, ok := t[0].(scopeText); ok {
		l.write(b, l.scope(scope), escape)
		return
	}
	key := fmt.Sprint(t[0])
	m := l.message(key)
	if m == nil {
		b.WriteString(escape(key))
		return
	}
	for _, part := range m.parts(t.value("n")) {
		if part.placeholder == "" {
			b.WriteString(escape(part.literal))
			continue
		}
		switch value := t.value(part.placeholder).(type) {
		case nil:
			b.WriteString(escape("{" + part.placeholder + "}"))
		case Text:
			if plain, ok := value.plain(); ok {
				b.WriteString(escape(l.isolate(plain)))
				continue
			}
			l.write(b, value, escape)
		case template.HTML:
			b.WriteString(string(value))
		case Code:
			b.WriteString(escape(l.isolate(string(value))))
		case string:
			b.WriteString(escape(l.isolate(value)))
		case int:
			b.WriteString(escape(l.number(m.tag, int64(value))))
		case int64:
			b.WriteString(escape(l.number(m.tag, value)))
		default:
			b.WriteString(escape(fmt.Sprint(value)))
		}
	}
}

// plain returns the text that Plain was called with.
func (t Text) plain() (string, bool) {
	if len(t) == 0 {
		return "", false
	}
	text, ok := t[0].(plainText)
	return string(text), ok
}

// A Code is a value of a Text that a person copies letter by letter, such as a command or a
// URL. On a page, it is a <code> element.
type Code string

// withElements returns the text with an element for each Code.
func (t Text) withElements() Text {
	copied := false
	for i, value := range t {
		code, ok := value.(Code)
		if !ok {
			continue
		}
		if !copied {
			t, copied = slices.Clone(t), true
		}
		t[i] = element("code", string(code))
	}
	return t
}

// InEnglish reports whether the text is English in all languages; see English.
func (t Text) InEnglish() bool {
	if len(t) == 0 {
		return false
	}
	_, ok := t[0].(englishText)
	return ok
}

// value returns the value of a placeholder, or nil.
func (t Text) value(placeholder string) any {
	for i := 1; i+1 < len(t); i += 2 {
		if name, ok := t[i].(string); ok && name == placeholder {
			return t[i+1]
		}
	}
	return nil
}

// isolate is Isolate for a sentence in this language.
func (l *Language) isolate(value string) string {
	if l.Direction == "rtl" && strings.ContainsFunc(value, leftToRight) {
		return isolated(value)
	}
	return Isolate(value)
}

// textFuncs returns the functions with which templates show texts.
func (l *Language) textFuncs() template.FuncMap {
	return template.FuncMap{
		"text": func(first any, values ...any) template.HTML {
			switch first := first.(type) {
			case Text:
				return l.HTML(first)
			case string:
				if html := l.constant(first); html != "" {
					return html
				}
			}
			return l.HTML(append(Text{first}, values...))
		},
		"textlink": l.textLink,
		"bdi":      func(value string) template.HTML { return element("bdi", value) },
		"strong":   func(value string) template.HTML { return "<strong>" + element("bdi", value) + "</strong>" },
		"code":     func(value string) template.HTML { return element("code", value) },
		"duration": func(d time.Duration) template.HTML { return l.HTML(DurationText(d)) },
		"browser":  l.browser,
	}
}

// textLink returns a link whose text is in the catalogue, for a placeholder of another text.
func (l *Language) textLink(address, key string, values ...any) template.HTML {
	if !webAddress.MatchString(address) {
		address = "#"
	}
	return template.HTML(`<a href="` + html.EscapeString(address) + `">` + string(l.HTML(append(Text{key}, values...))) + "</a>") //nolint:gosec // escaped
}

// webAddress matches what a link can lead to: the path or the query of a page of this
// server, or the URL of another one.
var webAddress = regexp.MustCompile(`^(?:/|\?|https?://)`)

// element returns an element with an escaped text.
func element(name, text string) template.HTML {
	return template.HTML("<" + name + ">" + html.EscapeString(text) + "</" + name + ">") //nolint:gosec // escaped
}
