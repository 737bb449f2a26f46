package ui_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// textParts are the folders of the catalogues. A language has all folders of a part or none,
// but it must have the texts of the pages for people.
var textParts = map[string][]string{"people": {""}, "the back office": {"admin", "acts", "faults", "fields"}, "the consumer": {"consumer"}}

// readTexts returns the texts of a file, or nil if it does not exist.
func readTexts(t *testing.T, folder, tag string) map[string]any {
	t.Helper()
	file, err := os.ReadFile(path.Join("texts", folder, tag+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]any)
	if err := json.Unmarshal(file, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// translatedFolders returns the folders whose texts a language must have.
func translatedFolders(t *testing.T, tag string) (folders []string) {
	t.Helper()
	for part, of := range textParts {
		if part == "people" || slices.ContainsFunc(of, func(folder string) bool { return readTexts(t, folder, tag) != nil }) {
			folders = append(folders, of...)
		}
	}
	slices.Sort(folders)
	return folders
}

// A page that is translated in part would be worse than one in English, so a new English
// text needs a translation into all shipped languages.
func TestShippedLanguagesHaveAllTexts(t *testing.T) {
	for _, tag := range ui.Shipped() {
		for _, folder := range translatedFolders(t, tag) {
			have, missing := readTexts(t, folder, tag), []string{}
			for key := range readTexts(t, folder, "en") {
				if have[key] == nil {
					missing = append(missing, key)
				}
			}
			if slices.Sort(missing); len(missing) > 0 {
				t.Errorf("%s does not have %d texts. List them for a translator with: go run -C tools ./translate -part all \"$PWD\" %s\n\t%s",
					path.Join("texts", folder, tag+".json"), len(missing), tag, strings.Join(missing, "\n\t"))
			}
		}
	}
}

// The pages show the names of all languages before a catalogue is read.
func TestShippedLanguagesHaveTheNamesOfTheirCatalogues(t *testing.T) {
	for tag, name := range ui.ShippedNames() {
		if want := readTexts(t, "", tag)["layout.language_name"]; name != want {
			t.Errorf("%s: the list has the name %q, and the catalogue %q", tag, name, want)
		}
	}
}

// The files in testdata/same list the texts that are the same in English and in the language,
// such as names.
func TestShippedTextsDifferFromTheEnglishOnes(t *testing.T) {
	for _, tag := range ui.Shipped() {
		same, used := sameTexts(t, tag), make(map[string]bool)
		for _, folder := range translatedFolders(t, tag) {
			english, texts := readTexts(t, folder, "en"), readTexts(t, folder, tag)
			for _, key := range slices.Sorted(maps.Keys(texts)) {
				text := fmt.Sprint(texts[key])
				if forms, ok := texts[key].(map[string]any); ok {
					text = fmt.Sprint(forms["other"])
				}
				switch {
				case !hasWords(text) || !reflect.DeepEqual(texts[key], english[key]):
				case slices.Contains(same, text):
					used[text] = true
				default:
					t.Errorf("texts/%s: %s: %q is not translated. If the words are the same in this language, add the text to testdata/same/%s.txt", path.Join(folder, tag+".json"), key, text, tag)
				}
			}
		}
		for _, text := range same {
			if !used[text] {
				t.Errorf("testdata/same/%s.txt: no text that is the same in both languages is %q", tag, text)
			}
		}
	}
}

// hasWords reports whether a text is more than placeholders and punctuation.
func hasWords(text string) bool {
	return strings.ContainsFunc(regexp.MustCompile(`{[a-z_]+}`).ReplaceAllString(text, ""), unicode.IsLetter)
}

func sameTexts(t *testing.T, tag string) []string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "same", tag+".txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(file), "\n"), func(line string) bool { return line == "" })
}

// TestAllCataloguesAreValid also checks the languages that are not shipped yet. Unknown keys,
// placeholders and plural forms are faults.
func TestAllCataloguesAreValid(t *testing.T) {
	files, err := fs.Glob(os.DirFS("texts"), "*.json")
	if err != nil || len(files) < 1+len(ui.Shipped()) {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if err := ui.CatalogueFaults(strings.TrimSuffix(file, ".json")); err != nil {
			t.Error(err)
		}
	}
}

// The catalogues have one text per line, in the order of their keys, so that changes of
// several people can be merged.
func TestCataloguesAreSorted(t *testing.T) {
	files, err := filepath.Glob("texts/*.json")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("texts/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, deeper...) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
			if found := regexp.MustCompile(`^  "([^"]+)": `).FindStringSubmatch(line); found != nil {
				keys = append(keys, found[1])
			} else if line != "{" && line != "}" {
				t.Errorf("%s: a line has no key: %s", file, line)
			}
		}
		if !slices.IsSorted(keys) {
			t.Errorf("%s: the keys are not sorted", file)
		}
	}
}

// The comments are for translators: tools/translate shows them.
func TestCommentsAreAboutTextsThatExist(t *testing.T) {
	file, err := os.ReadFile("testdata/comments.json")
	if err != nil {
		t.Fatal(err)
	}
	var comments map[string]string
	if err := json.Unmarshal(file, &comments); err != nil {
		t.Fatal(err)
	}
	english := make(map[string]any)
	for _, folders := range textParts {
		for _, folder := range folders {
			maps.Copy(english, readTexts(t, folder, "en"))
		}
	}
	for key := range comments {
		if english[key] == nil {
			t.Errorf("there is a comment about %s, which does not exist", key)
		}
	}
}
