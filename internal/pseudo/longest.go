package pseudo

import (
	"strings"
	"testing/fstest"
	"unicode/utf8"
)

// The language tags of the texts of Longest, for pages in both directions. Their plural forms
// are those of English.
const (
	LongestLeftToRight = "fi"
	LongestRightToLeft = "ur"
)

// Longest returns the files of a host with two catalogues in which each text is the longest of all built-in
// languages, and at least 40 % longer than the English one. A layout that has space for them
// has space for every language.
func Longest() (fstest.MapFS, error) {
	pages, err := builtIn()
	if err != nil {
		return nil, err
	}
	texts := pages.Language("en").Texts("")
	for key, text := range texts {
		if forms, ok := text.(map[string]string); ok {
			longer := make(map[string]string)
			for form, english := range forms {
				longer[form] = stretched(english)
			}
			texts[key] = longer
			continue
		}
		texts[key] = stretched(text.(string))
	}
	for _, tag := range pages.Languages() {
		for key, text := range pages.Language(tag).Texts("") {
			if texts[key] == nil || length(text) <= length(texts[key]) {
				continue
			}
			if forms, ok := text.(map[string]string); ok {
				text = map[string]string{"one": forms["other"], "other": forms["other"]}
			}
			texts[key] = text
		}
	}
	all, err := files(LongestLeftToRight, texts)
	if err != nil {
		return nil, err
	}
	all["texts/"+LongestRightToLeft+".json"] = all["texts/"+LongestLeftToRight+".json"]
	return all, nil
}

// length returns the number of characters of a text, without its placeholders.
func length(text any) int {
	if forms, ok := text.(map[string]string); ok {
		text = forms["other"]
	}
	words, _ := text.(string)
	return utf8.RuneCountInString(placeholder.ReplaceAllString(words, ""))
}

// stretched returns a text that is 40 % longer: a word with more letters, or a sentence with
// more words.
func stretched(text string) string {
	words := strings.Fields(placeholder.ReplaceAllString(text, ""))
	if len(words) == 0 {
		return text
	}
	more := (length(text)*2 + 4) / 5
	if len(words) == 1 {
		return text + strings.Repeat("n", more)
	}
	var added strings.Builder
	for i := 0; added.Len() < more; i++ {
		added.WriteString(" " + strings.Trim(words[i%len(words)], ".,:?!()"))
	}
	return text + added.String()
}
