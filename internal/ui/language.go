package ui

import (
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
)

// A Language is a language in which pages can be shown, with all texts. A text that
// is not translated is in English.
type Language struct {
	// Tag is the language tag (BCP 47), such as "de".
	Tag string
	// Direction is "ltr" or "rtl".
	Direction string
	name      LanguageName
	// translates reports whether a text whose key begins with prefix is translated.
	translates func(prefix string) bool
	// texts reads the texts when they are first needed. Only few languages are in use on
	// most servers, and all of them would take several megabytes.
	texts func() *languageTexts
}

// languageTexts are the texts of a language.
type languageTexts struct {
	catalogue
	// missing are the keys that are not translated, in order.
	missing []string
	// printer writes numbers, and english those in texts that are not translated.
	printer, english *textmessage.Printer
}

// languages are those with a catalogue, English first.
type languages struct {
	list    []*Language
	matcher language.Matcher
	names   []LanguageName // in the order of list
}

// A LanguageName is a language that a person can choose.
type LanguageName struct {
	// Tag is the language tag (BCP 47), Name is the name of the language in the language
	// itself, and Direction is "ltr" or "rtl".
	Tag, Name, Direction string
}

// languageName is the key of the name of a language in the language itself.
const languageName = "layout.language_name"

// newLanguages returns a list, whose first language is English.
func newLanguages(list []*Language) *languages {
	all := &languages{list: list}
	var tags []language.Tag
	for _, l := range list {
		tags = append(tags, language.MustParse(l.Tag))
		all.names = append(all.names, l.name)
	}
	all.matcher = language.NewMatcher(tags)
	return all
}

// englishLanguage returns English with these texts.
func englishLanguage(texts catalogue) *Language {
	printer := textmessage.NewPrinter(language.English)
	all := &languageTexts{catalogue: texts, printer: printer, english: printer}
	return &Language{
		Tag: "en", Direction: "ltr", name: LanguageName{"en", source(texts[languageName].parts(nil)), "ltr"},
		translates: func(string) bool { return true }, texts: func() *languageTexts { return all },
	}
}

// newLanguage returns a language with the built-in translations and those of a host. The more
// general languages, such as de for de-AT, contribute the texts that it does not have.
func newLanguage(tag language.Tag, english catalogue, own map[language.Tag]catalogue) *Language {
	l := &Language{Tag: tag.String(), Direction: direction(tag), name: LanguageName{tag.String(), tag.String(), "ltr"}}
	if name := nameOf(tag, own); name != "" {
		l.name.Name, l.name.Direction = name, l.Direction
	}
	l.translates = func(prefix string) bool {
		return prefix == "" || slices.ContainsFunc(ancestors(tag), func(ancestor language.Tag) bool {
			for key := range own[ancestor] {
				if strings.HasPrefix(key, prefix) {
					return true
				}
			}
			return isShipped(ancestor, prefix)
		})
	}
	l.texts = sync.OnceValue(func() *languageTexts {
		translated := make(catalogue)
		for _, ancestor := range slices.Backward(ancestors(tag)) {
			if read := builtInCatalogues()[ancestor]; read != nil {
				texts, _ := read()
				maps.Copy(translated, texts)
			}
			maps.Copy(translated, own[ancestor])
		}
		return newTexts(tag, english, translated)
	})
	return l
}

// nameOf returns the name of a language from the catalogues of a host or the built-in list,
// or "".
func nameOf(tag language.Tag, own map[language.Tag]catalogue) string {
	for _, ancestor := range ancestors(tag) {
		if m := own[ancestor][languageName]; m != nil {
			return source(m.parts(nil))
		}
		for _, l := range shipped {
			if language.Make(l.Tag) == ancestor {
				return l.Name
			}
		}
	}
	return ""
}

// isShipped reports whether a language has a built-in catalogue for the texts of a part whose
// keys begin with prefix.
func isShipped(tag language.Tag, prefix string) bool {
	if builtInCatalogues()[tag] == nil {
		return false
	}
	_, err := fs.Stat(files, path.Join(textsFolder, strings.TrimSuffix(prefix, "."), tag.String()+".json"))
	return err == nil
}

// newTexts returns translated texts, and the English ones of those that are not translated.
func newTexts(tag language.Tag, english, translated catalogue) *languageTexts {
	texts := &languageTexts{catalogue: maps.Clone(english), printer: textmessage.NewPrinter(tag), english: textmessage.NewPrinter(language.English)}
	for _, key := range slices.Sorted(maps.Keys(english)) {
		m, ok := translated[key]
		if !ok {
			m = english[key]
			texts.missing = append(texts.missing, key)
		}
		if direction(m.tag) != direction(tag) {
			isolated := *m // other languages use the original
			isolated.forms = m.isolated()
			isolated.html = isolated.fixed()
			m = &isolated
		}
		texts.catalogue[key] = m
	}
	return texts
}

// rightToLeftScripts are the scripts that are written from right to left and are in use
// (Unicode Standard Annex 24).
const rightToLeftScripts = "Adlm Arab Hebr Nkoo Rohg Syrc Thaa"

// direction returns "rtl" for a language that is written from right to left, and otherwise
// "ltr".
func direction(tag language.Tag) string {
	if script, _ := tag.Script(); strings.Contains(rightToLeftScripts, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// A PreferredLanguages is the key of a value in the context of a request: a function
// func() []string that returns language tags. They come before those of the browser.
type PreferredLanguages struct{}

// with returns English, and the languages into which a text whose key begins with prefix
// is translated. A part of the product that is not translated is in English as a whole.
func (l *languages) with(prefix string) *languages {
	var some []*Language
	for i, of := range l.list {
		if i == 0 || of.translates(prefix) {
			some = append(some, of)
		}
	}
	return newLanguages(some)
}

// of returns the language of the answer to a request.
func (l *languages) of(r *http.Request) *Language {
	if len(l.list) == 1 { // the headers are not needed
		return l.list[0]
	}
	var preferred []string
	if tags, ok := r.Context().Value(PreferredLanguages{}).(func() []string); ok {
		preferred = tags()
	}
	return l.match(append(preferred[:len(preferred):len(preferred)], AcceptedLanguages(r)...))
}

// match returns the language that fits best, or English.
func (l *languages) match(tags []string) *Language {
	if len(l.list) == 1 {
		return l.list[0]
	}
	const longest, most = 64, 32 // bounds for the tags that a client sends
	var wanted []language.Tag
	for _, tag := range tags[:min(len(tags), most)] {
		if len(tag) > longest {
			continue
		}
		if parsed, err := language.Parse(tag); err == nil {
			wanted = append(wanted, parsed)
		}
	}
	_, i, confidence := l.matcher.Match(wanted...)
	if confidence == language.No {
		i = 0
	}
	return l.list[i]
}

// AcceptedLanguages returns the languages that a person prefers, by the settings of
// the browser (RFC 9110 §12.5.4), the most preferred first.
func AcceptedLanguages(r *http.Request) (tags []string) {
	const longest, most = 256, 16
	header := r.Header.Get("Accept-Language")
	if len(header) > longest {
		return nil
	}
	accepted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil
	}
	for _, tag := range accepted[:min(len(accepted), most)] {
		tags = append(tags, tag.String())
	}
	return tags
}

// Languages returns the tags of the languages in which the pages can be shown.
func (p *Pages) Languages() (tags []string) {
	for _, l := range p.languages().list {
		tags = append(tags, l.Tag)
	}
	slices.Sort(tags)
	return tags
}

// LanguageNames returns the languages in which the pages can be shown, English first.
func (p *Pages) LanguageNames() []LanguageName { return p.languages().names }

// Language returns the language of the pages that fits best, or English.
func (p *Pages) Language(tags ...string) *Language { return p.languages().match(tags) }

// LanguageOf returns the language in which Render answers a request.
func (p *Pages) LanguageOf(r *http.Request) *Language { return p.languages().of(r) }

func (p *Pages) languages() *languages { return p.set.Load().languages }

// parts are the folders with the texts of the parts of the product that can be in English as
// a whole, by the beginning of the keys of their pages.
var parts = map[string][]string{"admin.": {"admin", "acts", "faults", "fields"}, "consumer.": {"consumer"}}

// inFolder reports whether the built-in text with this key is in one of the folders.
func inFolder(key string, folders []string) bool {
	english, err := builtInCatalogues()[language.English]()
	if err != nil || english[key] == nil {
		return false
	}
	return slices.Contains(folders, path.Base(path.Dir(english[key].file)))
}

// MissingTexts returns the keys of the texts that are not translated, by language, for the
// languages for which a host has a catalogue. Those of a part that is in English as a whole
// are not included. The error contains all faults of the catalogues.
func MissingTexts(host fs.FS) (map[string][]string, error) {
	all, err := loadLanguages(host)
	if err != nil {
		return nil, err
	}
	missing := make(map[string][]string)
	for _, l := range all.list {
		if _, err := fs.Stat(host, path.Join(textsFolder, l.Tag+".json")); err != nil {
			continue
		}
		keys := slices.Clone(l.texts().missing)
		for part, folders := range parts {
			if !l.translates(part) {
				keys = slices.DeleteFunc(keys, func(key string) bool { return inFolder(key, folders) })
			}
		}
		if len(keys) > 0 {
			missing[l.Tag] = keys
		}
	}
	return missing, nil
}
