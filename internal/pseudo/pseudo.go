// Package pseudo finds untranslatable words on pages. It translates all texts
// of the catalogues into a language whose words are in brackets: what a page shows outside
// of brackets is not in a catalogue.
package pseudo

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
	"unicode"

	"golang.org/x/net/html"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// Language is the language tag of the translation. Its plural forms are those of English.
const Language = "nb"

// Templates returns the files of a host that translates all texts.
func Templates() (fs.FS, error) {
	pages, err := builtIn()
	if err != nil {
		return nil, err
	}
	texts := pages.Language("en").Texts("")
	for key, text := range texts {
		switch text := text.(type) {
		case string:
			texts[key] = bracketed(text)
		case map[string]string:
			for form := range text {
				text[form] = bracketed(text[form])
			}
		}
	}
	return files(Language, texts)
}

// builtIn returns pages with the built-in texts.
func builtIn() (*ui.Pages, error) {
	u, err := ui.New(ui.Options{})
	if err != nil {
		return nil, err
	}
	return u.Pages(ui.Part{Files: fstest.MapFS{}})
}

// files returns the files of a host with a catalogue.
func files(language string, texts map[string]any) (fstest.MapFS, error) {
	catalogue, err := json.Marshal(texts)
	return fstest.MapFS{"texts/" + language + ".json": {Data: catalogue}}, err
}

var placeholder = regexp.MustCompile(`{[a-z_]+}`)

// bracketed puts the text between placeholders into brackets.
func bracketed(text string) string {
	var b strings.Builder
	begin := 0
	for _, at := range append(placeholder.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		if literal := text[begin:at[0]]; literal != "" {
			b.WriteString("⟦" + literal + "⟧")
		}
		b.WriteString(text[at[0]:at[1]])
		begin = at[1]
	}
	return b.String()
}

// shown are the attributes whose values people see or hear.
var shown = []string{"alt", "aria-label", "placeholder", "title", "data-copied"}

// literal are the elements whose content is not a text, but a value or a name.
var literal = []string{"code", "pre", "bdi", "script", "style", "textarea"}

var inBrackets = regexp.MustCompile(`(?s)⟦.*?⟧`)

// Untranslated returns the texts of a page that are not in a catalogue. The elements of
// values are ignored, and so are the given values.
func Untranslated(page string, values ...string) (found []string) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	check := func(text string) {
		text = inBrackets.ReplaceAllString(text, " ")
		for _, value := range values {
			text = strings.ReplaceAll(text, value, " ")
		}
		if strings.ContainsFunc(text, unicode.IsLetter) {
			found = append(found, strings.TrimSpace(text))
		}
	}
	var walk func(*html.Node)
	walk = func(node *html.Node) {
		switch node.Type {
		case html.TextNode:
			check(node.Data)
		case html.ElementNode:
			for _, a := range node.Attr {
				if slices.Contains(shown, a.Key) {
					check(a.Val)
				}
			}
			if isLiteral(node) {
				return
			}
			if node.Data == "noscript" && node.FirstChild != nil { // its content is text for a parser that runs scripts
				found = append(found, Untranslated(node.FirstChild.Data, values...)...)
				return
			}
		}
		for child := range node.ChildNodes() {
			walk(child)
		}
	}
	walk(root)
	return found
}

// isLiteral reports whether an element has the content of a protocol or a name.
func isLiteral(node *html.Node) bool {
	if slices.Contains(literal, node.Data) {
		return true
	}
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool {
		return a.Key == "translate" && a.Val == "no" || a.Key == "class" && slices.ContainsFunc(strings.Fields(a.Val), func(class string) bool { return class == "member" || class == "mono" })
	})
}
