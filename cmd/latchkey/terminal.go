package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// The texts of a server, a database and a file can be chosen by anybody. This file is the only
// place that prints them, so that they cannot move the cursor of a terminal, change the order of
// what it shows, or add a line.

// controls reports whether a character controls a terminal or the direction of text.
func controls(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// printable returns a text for one line of a terminal. Characters that control it are replaced, and a tab by a
// space.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case controls(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// lines is like printable, for a text that can have several lines.
func lines(s string) string {
	all := strings.Split(s, "\n")
	for i := range all {
		all[i] = printable(all[i])
	}
	return strings.Join(all, "\n")
}

// oneLine returns a value of several lines for one line of a terminal.
func oneLine(s string) string { return printable(strings.ReplaceAll(s, "\n", ", ")) }

// shortText returns the beginning of a value, for a column of a list.
func shortText(s string) string {
	const most = 300
	s = oneLine(s)
	if letters := []rune(s); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return s
}

// terminal writes text for people to a terminal. It keeps line breaks.
type terminal struct{ w io.Writer }

// Write writes the text without the characters that control a terminal.
func (t terminal) Write(text []byte) (int, error) {
	_, err := io.WriteString(t.w, lines(string(text)))
	return len(text), err
}

// row prints a row of a table.
func row(w io.Writer, values ...any) {
	for i, v := range values {
		if i > 0 {
			_, _ = fmt.Fprint(w, "\t")
		}
		_, _ = fmt.Fprint(w, printable(fmt.Sprint(v)))
	}
	_, _ = fmt.Fprintln(w)
}

// line prints a line that is not part of a table.
func line(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(w, printable(fmt.Sprintf(format, args...)))
}

// warn prints a warning to standard error.
func (c *command) warn(format string, args ...any) {
	line(c.err, "Warning: %s", c.suggest(fmt.Sprintf(format, args...)))
}

// writeJSON prints a value as JSON. Characters that control a terminal are escaped.
func writeJSON(w io.Writer, value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	var escaped strings.Builder
	for _, r := range b.String() {
		if r != '\n' && controls(r) { // in a string
			fmt.Fprintf(&escaped, `\u%04x`, r)
			continue
		}
		escaped.WriteRune(r)
	}
	_, err := io.WriteString(w, escaped.String())
	return err
}
