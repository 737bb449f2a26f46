package clientfields

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// LabelText returns the Label in the language of the reader.
func (f Field) LabelText() ui.Text { return ui.Text{f.key("label")} }

// HelpText returns the Help in the language of the reader.
func (f Field) HelpText() ui.Text {
	if example := exampleOf.FindString(f.Help); example != "" {
		return ui.Text{f.key("help"), "example", example}
	}
	return ui.Text{f.key("help")}
}

// DefaultText returns the Default in the language of the reader. One that is a choice is
// the same in all languages.
func (f Field) DefaultText() ui.Text {
	if f.Default == "" || f.isChoice(f.Default) {
		return ui.Plain(f.Default)
	}
	return ui.Text{f.key("default")}
}

func (f Field) key(part string) string { return "admin.field." + f.Name + "." + part }

// TitleText returns the Title in the language of the reader.
func (g Group) TitleText() ui.Text { return ui.Text{"admin.group." + keyPart(g.Title)} }

// exampleOf matches an example in JSON, which is the same in all languages. The help texts
// of the catalogue have a placeholder in its place.
var exampleOf = regexp.MustCompile(`\[?\{.*\}\]?`)

var notInKeys = regexp.MustCompile(`[^a-z0-9]+`)

// keyPart returns a part of a key for a value or a title.
func keyPart(text string) string {
	return strings.Trim(notInKeys.ReplaceAllString(strings.ToLower(text), "_"), "_")
}

// Texts returns the English texts of all groups, fields and choices, by their keys in the
// catalogue.
func Texts() map[string]string {
	texts := make(map[string]string)
	for _, g := range Groups() {
		if g.Status {
			continue
		}
		texts["admin.group."+keyPart(g.Title)] = g.Title
		for _, f := range g.Fields {
			texts[f.key("label")] = f.Label
			texts[f.key("help")] = exampleOf.ReplaceAllString(f.Help, "{example}")
			if f.Default != "" && !f.isChoice(f.Default) {
				texts[f.key("default")] = f.Default
			}
			for _, c := range slices.DeleteFunc(slices.Clone(f.Choices), func(c Choice) bool { return c.Key == "" }) {
				texts[c.Key] = c.Text
			}
		}
	}
	return texts
}

// A fault is an error about a value that a person entered.
type fault struct{ text ui.Text }

func (f fault) Error() string { return f.text.String() }

// FaultText returns an error of Set in the language of the reader.
func FaultText(err error) ui.Text {
	if f, ok := err.(fault); ok { //nolint:errorlint // Set does not wrap it
		return f.text
	}
	return ui.Plain(err.Error())
}
