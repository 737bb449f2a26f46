package latchkeytest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// functions describes the functions that templates can use.
var functions = map[string]string{
	"text":     "the text with the given key from the catalogue, in the language of the person: `{{text \"login.title\"}}`, or `{{text \"consent.heading\" \"app\" .App.Name}}` with the names and values of its placeholders. It also shows a field of type `ui.Text`: `{{text .Title}}`. All values are escaped, and their direction is isolated from that of the text",
	"textlink": "a link whose text is in the catalogue, to pass to `text` as a value: `{{textlink \"/o/account/\" \"account.title\"}}`",
	"bdi":      "a name in a `<bdi>` element, to pass to `text` as a value",
	"strong":   "a name in a `<bdi>` element inside a `<strong>` element, to pass to `text` as a value",
	"code":     "a value in a `<code>` element, to pass to `text` as a value",
	"isolate":  "a name for an attribute or a title, with characters that isolate its direction if they are needed",
	"asset":    "the address of a file in the folder `assets`",
	"icon":     "a symbol of `icons.svg`, with optional classes: `{{icon \"key\"}}`",
	"tile":     "the first letter of a name on a color, for a person or an application without a picture: `{{tile .User \"person\"}}`",
	"date":     "a day and a time in a `<time>` element, in the words of the language, or a dash",
	"ago":      "how long ago a time was, such as “2 minutes ago”, or how far in the future it is, in a `<time>` element whose title is the exact time. A time that is more than a month away is shown as `date` shows it",
	"day":      "a day in a `<time>` element, in the words of the language, or a dash",
	"duration": "a duration in words, such as “30 days”",
	"browser":  "a readable name for a `User-Agent`, such as “Firefox on Linux”",
	"join":     "the strings of a list, with a separator between them: `{{join .Names \", \"}}`",
	"words":    "the words of a string, as a list",
	"lines":    "the strings of a list, one per line",

	"split":  "the lines of a string, as a list",
	"link":   "whether a string is an address of this server",
	"label":  "the label of a claim about a person: `{{text (label .)}}`",
	"copied": "a name and a value, as the data of developer-copy: a value with a button that copies it",
	"zones":  "the names of all time zones",

	"path":         "the address of a page of the back office: `{{path \"applications\" .ID}}`",
	"tail":         "the end of an ID, which is enough to distinguish rows",
	"ticketState":  "the state of a code or a pushed request: `{{text (ticketState .)}}`",
	"roleName":     "the name of a role: `{{text (roleName .)}}`",
	"keyState":     "the state of a signing key: `{{text (keyState .State)}}`",
	"providerStep": "a step of the test of a login provider: `{{text (providerStep .Name)}}`",
	"column":       "the data for the block `sort`",
	"amount":       "a number of rows, which can be a lower bound, to pass to `text` as a value",
	"important":    "a text in a `<strong>` element, to pass to `text` as a value",
	"kbd":          "a key of the keyboard, to pass to `text` as a value",
	"sentence":     "the text of an error, with a capital letter and a full stop",
	"outcome":      "why an event failed, as a text, or nil for an outcome without one: `{{with outcome .Event .Outcome}}{{text .}}{{end}}`",
	"cause":        "what was wrong with a rejected request, in English",
}

// functionTable describes the functions that are declared in these files.
func (r *reference) functionTable(files ...string) {
	r.printf("| function | result |\n|---|---|\n")
	var names []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), "../internal/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			r.t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if of, ok := literal.Type.(*ast.SelectorExpr); ok && of.Sel.Name == "FuncMap" {
				for _, element := range literal.Elts {
					names = append(names, strings.Trim(element.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value, `"`))
				}
			}
			return true
		})
	}
	slices.Sort(names)
	for _, name := range names {
		if functions[name] == "" {
			r.t.Errorf("the function %s has no description", name)
		}
		r.printf("| `%s` | %s |\n", name, functions[name])
	}
}

// TestFieldsOfPagesHaveAMeaning covers the types of all packages that the page describes,
// and the layout.
func TestFieldsOfPagesHaveAMeaning(t *testing.T) {
	r := newReference(t)
	r.page()
	types := maps.Clone(r.types)
	types["ui.View"] = reflect.TypeFor[ui.View]()
	for _, name := range slices.Sorted(maps.Keys(types)) {
		for i := range types[name].NumField() {
			field := types[name].Field(i)
			if (field.IsExported() || field.Anonymous) && r.meaning(types[name], field) == "" {
				t.Errorf("%s.%s has no comment", name, field.Name)
			}
		}
	}
}
