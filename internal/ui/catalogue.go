package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// textsFolder contains a catalogue for each language, such as "de.json". The files of a
// host add to the built-in ones, of which those for a part of the product are in a folder
// of their own, such as "texts/admin/de.json".
const textsFolder = "texts"

// ownPrefix begins the keys of the texts that a host adds.
const ownPrefix = "own."

// A catalogue is a file with texts, by key. Its messages never change, because all
// languages that have no translation of a text share the English one.
type catalogue map[string]*message

// shipped are the languages into which all texts for people are translated, without
// English, with their names. A name is also a text of the catalogue, but the pages show all
// names, and a catalogue is read when its language is first used. The catalogue of a language
// that is not in this list has no effect, so nobody sees a page that is translated in part.
// docs/how-to/translate-the-pages.md describes how to add one.
var shipped = []LanguageName{
	{Tag: "de", Name: "Deutsch"},
	{Tag: "fr", Name: "Français"},
	{Tag: "es", Name: "Español"},
	{Tag: "pt-BR", Name: "Português (Brasil)"},
	{Tag: "it", Name: "Italiano"},
	{Tag: "ja", Name: "日本語"},
	{Tag: "zh-Hans", Name: "简体中文"},
	{Tag: "fa", Name: "فارسی"},
}

// A catalogueFile reads the catalogue of a language that is part of Latchkey. Its error cannot
// happen, because tests read all catalogues.
type catalogueFile func() (catalogue, error)

// builtInCatalogues are the catalogues of English and of the shipped languages.
var builtInCatalogues = sync.OnceValue(func() map[language.Tag]catalogueFile {
	all := map[language.Tag]catalogueFile{language.English: readBuiltIn("en")}
	for _, l := range shipped {
		all[language.Make(l.Tag)] = readBuiltIn(l.Tag)
	}
	return all
})

func readBuiltIn(tag string) catalogueFile {
	return sync.OnceValues(func() (catalogue, error) {
		all, err := readCatalogues(files, "", textsFolder+"/"+tag+".json", textsFolder+"/*/"+tag+".json")
		return all[language.Make(tag)], err
	})
}

// builtInLanguages returns the languages without the catalogues of a host.
var builtInLanguages = sync.OnceValues(func() (*languages, error) { return mergeLanguages(nil) })

// loadLanguages reads the built-in English catalogue and those of a host, which can be nil.
// The error contains all faults. If texts of a host have faults, the languages are returned
// without these texts.
func loadLanguages(host fs.FS) (*languages, error) {
	if host == nil {
		return builtInLanguages()
	}
	return mergeLanguages(host)
}

func mergeLanguages(host fs.FS) (*languages, error) {
	original, err := builtInCatalogues()[language.English]()
	if err != nil {
		return nil, err
	}
	own := make(map[language.Tag]catalogue)
	var faults []error
	if host != nil {
		own, err = readCatalogues(host, "template ", textsFolder+"/*.json")
		faults = append(faults, err)
	}
	english := original // shared, so that its texts are in memory once
	if len(own[language.English]) > 0 {
		english = maps.Clone(english)
	}
	faults = append(faults, overlay(english, own[language.English], original, true)...)
	for _, tag := range sortedTags(own) {
		if tag != language.English {
			faults = append(faults, overlay(catalogue{}, own[tag], english, false)...)
		}
	}
	for tag := range builtInCatalogues() {
		if own[tag] == nil {
			own[tag] = nil // so that own has all tags
		}
	}
	list := []*Language{englishLanguage(english)}
	for _, tag := range sortedTags(own) {
		if tag != language.English {
			list = append(list, newLanguage(tag, english, own))
		}
	}
	return newLanguages(list), errors.Join(faults...)
}

func sortedTags(of map[language.Tag]catalogue) []language.Tag {
	return slices.SortedFunc(maps.Keys(of), func(a, b language.Tag) int { return strings.Compare(a.String(), b.String()) })
}

// ancestors returns a tag, and the more general ones, such as de-AT and de.
func ancestors(tag language.Tag) (tags []language.Tag) {
	for ; tag != language.Und; tag = tag.Parent() {
		tags = append(tags, tag)
	}
	return tags
}

// overlay adds texts to a catalogue, and returns their faults. Only if add is set can
// they have keys of a host that do not exist.
func overlay(onto, texts, english catalogue, add bool) (faults []error) {
	for _, key := range slices.SortedFunc(maps.Keys(texts), func(a, b string) int { return texts[a].line - texts[b].line }) {
		m := texts[key]
		original, known := english[key]
		fault := ""
		switch {
		case known:
			fault = m.fault(original)
		case add && strings.HasPrefix(key, ownPrefix):
			fault = m.fault(m)
		case strings.HasPrefix(key, ownPrefix):
			fault = "the key is not in texts/en.json. Add it there"
		default:
			fault = "the key does not exist" + similarKey(key, english) + `. Keys of your own begin with "` + ownPrefix + `"`
		}
		if fault != "" {
			faults = append(faults, fmt.Errorf("%s: %s: %s", m.place(), key, fault))
			continue // the other languages are compared with the text that it would replace
		}
		onto[key] = m
	}
	return faults
}

// similarKey returns a hint if a key is similar to one that exists.
func similarKey(key string, english catalogue) string {
	return settings.DidYouMean(key, slices.Collect(maps.Keys(english)))
}

// readCatalogues reads the catalogues whose files match one of the patterns. It returns the
// texts without a fault even if others have one.
func readCatalogues(fsys fs.FS, prefix string, patterns ...string) (map[language.Tag]catalogue, error) {
	var names []string
	var faults []error
	for _, pattern := range patterns {
		found, err := fs.Glob(fsys, pattern)
		names, faults = append(names, found...), append(faults, err)
	}
	all := make(map[language.Tag]catalogue)
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".json")
		tag, err := language.Parse(base)
		if err != nil || tag.String() != base {
			faults = append(faults, fmt.Errorf("%s%s: the name of the file is not a language tag (BCP 47), such as de.json or pt-BR.json", prefix, name))
			continue
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		texts, err := readCatalogue(prefix+name, text, tag)
		if err != nil {
			faults = append(faults, err)
		}
		if all[tag] == nil {
			all[tag] = make(catalogue)
		}
		for key, m := range texts {
			if other, twice := all[tag][key]; twice {
				faults = append(faults, fmt.Errorf("%s: %s: the key is also in %s", m.place(), key, other.place()))
			}
			all[tag][key] = m
		}
	}
	return all, errors.Join(faults...)
}

// isCatalogue reports whether a file has the name of a catalogue.
func isCatalogue(name string) bool {
	base, isJSON := strings.CutSuffix(name, ".json")
	_, err := language.Parse(base)
	return isJSON && err == nil
}

// A catalogueReader reads a file. It knows the line of each key.
type catalogueReader struct {
	name    string
	text    []byte
	decoder *json.Decoder

	counted int64 // the bytes whose lines are counted
	lines   int   // the line ends in them
}

func readCatalogue(name string, text []byte, tag language.Tag) (catalogue, error) {
	r := catalogueReader{name: name, text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	texts, seen := make(catalogue), make(map[string]bool)
	var faults []error
	err := r.object(func(key string) error {
		line := r.line()
		forms, err := r.message(key)
		twice := seen[key]
		seen[key] = true
		switch {
		case err != nil && forms == nil:
			return err // the rest of the file cannot be read
		case err != nil:
			faults = append(faults, fmt.Errorf("%s:%d: %s: %w", name, line, key, err))
			return nil
		case twice:
			faults = append(faults, fmt.Errorf("%s:%d: %s: the key is in the file twice", name, line, key))
		}
		m := &message{tag: tag, forms: forms, file: name, line: line}
		m.html = m.fixed()
		texts[key] = m
		return nil
	})
	if err == nil {
		if _, err = r.decoder.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else {
			err = errors.New("there is more than one JSON object")
		}
	}
	if err != nil {
		line := r.line()
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			line = 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		}
		faults = append(faults, fmt.Errorf("%s:%d: %w", name, line, err))
	}
	return texts, errors.Join(faults...)
}

// line returns the line of the token that was read last.
func (r *catalogueReader) line() int {
	offset := r.decoder.InputOffset()
	r.lines += bytes.Count(r.text[r.counted:offset], []byte("\n"))
	r.counted = offset
	return 1 + r.lines
}

// object reads an object, and calls member after each name.
func (r *catalogueReader) object(member func(key string) error) error {
	if token, err := r.decoder.Token(); err != nil {
		return err
	} else if token != json.Delim('{') {
		return errors.New("this must be a JSON object with a text for each key")
	}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		if err := member(fmt.Sprint(token)); err != nil {
			return err
		}
	}
	_, err := r.decoder.Token()
	return err
}

// message reads a text, or an object with its plural forms. If the error is a fault of
// this text only, the forms are not nil.
func (r *catalogueReader) message(key string) (messageForms, error) {
	var raw json.RawMessage
	if err := r.decoder.Decode(&raw); err != nil {
		return nil, err
	}
	forms := messageForms{}
	var text string
	if json.Unmarshal(raw, &text) == nil && string(raw) != "null" {
		parts, err := parseMessage(text)
		return messageForms{{plural.Other, parts}}, err
	}
	var texts map[string]string
	if json.Unmarshal(raw, &texts) != nil || texts == nil {
		return forms, errors.New(`this must be a text, or an object with the plural forms, such as {"one": "{n} day", "other": "{n} days"}`)
	}
	for name, text := range texts {
		form, known := pluralForms[name]
		if !known {
			return forms, fmt.Errorf("%q is not a plural form; these are zero, one, two, few, many and other", name)
		}
		parts, err := parseMessage(text)
		if err != nil {
			return forms, fmt.Errorf("%s: %w", name, err)
		}
		forms = append(forms, messageForm{form, parts})
	}
	if forms.of(plural.Other) == nil {
		return forms, errors.New(`the plural form "other" is missing`)
	}
	return forms, nil
}

// TextsOf returns only the catalogues of a host's templates, or nil without templates.
func TextsOf(templates fs.FS) fs.FS {
	if templates == nil {
		return nil
	}
	return textsOnly{templates}
}

type textsOnly struct{ fs.FS }

// Open opens a catalogue, or a folder that contains it.
func (t textsOnly) Open(name string) (fs.File, error) {
	if name != "." && name != textsFolder && path.Dir(name) != textsFolder {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return t.FS.Open(name)
}
