package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const folder = "internal/ui/texts"

// A text is a string, or a string for each plural form.
type text any

// An entry is a text for a translator.
type entry struct {
	Key     string   `json:"key"`
	English text     `json:"english"`
	Comment string   `json:"comment,omitempty"`
	Places  []string `json:"places"`
}

// run lists the missing texts of a part, or adds translations.
func run(root fs.FS, folderOfRoot, language, part, add string) error {
	english, err := catalogues(root, "en")
	if err != nil {
		return err
	}
	have, err := catalogues(root, language)
	if err != nil {
		return err
	}
	if add != "" {
		return addTexts(english, have, filepath.Join(folderOfRoot, filepath.FromSlash(folder)), language, add)
	}
	missing, err := missingTexts(root, english, have, part)
	if err != nil {
		return err
	}
	list, err := encode(missing, "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Println(list)
	return err
}

// catalogues returns the texts of a language, by the folder of the part and the key.
func catalogues(root fs.FS, language string) (map[string]map[string]text, error) {
	all := make(map[string]map[string]text)
	for _, part := range []string{"", "admin", "acts", "consumer", "faults", "fields"} {
		content, err := fs.ReadFile(root, path.Join(folder, part, language+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		texts := make(map[string]text)
		if err := json.Unmarshal(content, &texts); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(part, language+".json"), err)
		}
		all[part] = texts
	}
	return all, nil
}

func missingTexts(root fs.FS, english, have map[string]map[string]text, part string) ([]entry, error) {
	missing := []entry{}
	for _, of := range slices.Sorted(maps.Keys(english)) {
		if part != "all" && part != of {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(english[of])) {
			if _, ok := have[of][key]; !ok {
				missing = append(missing, entry{Key: key, English: english[of][key]})
			}
		}
	}
	return missing, describe(root, missing)
}

// describe adds the places and the comments.
func describe(root fs.FS, entries []entry) error {
	content, err := fs.ReadFile(root, "internal/ui/testdata/comments.json")
	if err != nil {
		return err
	}
	comments := make(map[string]string)
	if err := json.Unmarshal(content, &comments); err != nil {
		return err
	}
	places, err := findPlaces(root)
	if err != nil {
		return err
	}
	for i, e := range entries {
		entries[i].Comment, entries[i].Places = comments[e.Key], places[e.Key]
	}
	return nil
}

var quotedKey = regexp.MustCompile(`"([a-z_0-9]+(?:\.[a-z_0-9]+)+)"`)

// findPlaces returns the lines that contain a key in quotation marks, by key. Tests are
// ignored.
func findPlaces(root fs.FS) (map[string][]string, error) {
	places := make(map[string][]string)
	for _, directory := range []string{"internal", "account", "validate"} {
		err := fs.WalkDir(root, directory, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			if entry.IsDir() || strings.HasSuffix(name, "_test.go") || !slices.Contains([]string{".go", ".html", ".js"}, path.Ext(name)) {
				return nil
			}
			content, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(content), "\n") {
				for _, found := range quotedKey.FindAllStringSubmatch(line, -1) {
					places[found[1]] = append(places[found[1]], fmt.Sprintf("%s:%d: %s", name, i+1, shorten(line)))
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

func shorten(line string) string {
	const longest = 200
	line = strings.TrimSpace(line)
	return line[:min(len(line), longest)]
}

// addTexts writes the translations of a file into the catalogues of their parts.
func addTexts(english, have map[string]map[string]text, textsFolder, language, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	translations := make(map[string]text)
	if err := json.Unmarshal(content, &translations); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	changed := make(map[string]bool)
	for key, translation := range translations {
		part, ok := partOf(english, key)
		if !ok {
			return fmt.Errorf("%s: %s: the key does not exist", file, key)
		}
		if have[part] == nil {
			have[part] = make(map[string]text)
		}
		have[part][key], changed[part] = translation, true
	}
	for part := range changed {
		written, err := format(have[part])
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(textsFolder, part, language+".json"), []byte(written), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func partOf(english map[string]map[string]text, key string) (string, bool) {
	for part, texts := range english {
		if _, ok := texts[key]; ok {
			return part, true
		}
	}
	return "", false
}

// pluralForms is the order of the plural forms in a catalogue.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// format writes a catalogue with one text per line, in the order of the keys.
func format(texts map[string]text) (string, error) {
	var b strings.Builder
	b.WriteString("{")
	for i, key := range slices.Sorted(maps.Keys(texts)) {
		if i > 0 {
			b.WriteString(",")
		}
		written, err := formatText(texts[key])
		if err != nil {
			return "", fmt.Errorf("%s: %w", key, err)
		}
		fmt.Fprintf(&b, "\n  %q: %s", key, written)
	}
	b.WriteString("\n}\n")
	return b.String(), nil
}

func formatText(of text) (string, error) {
	forms, ok := of.(map[string]any)
	if !ok {
		return encode(of, "")
	}
	var parts []string
	for _, name := range pluralForms {
		if form, ok := forms[name]; ok {
			written, err := encode(form, "")
			if err != nil {
				return "", err
			}
			parts = append(parts, fmt.Sprintf("%q: %s", name, written))
		}
	}
	if len(parts) != len(forms) {
		return "", fmt.Errorf("the plural forms are %q", pluralForms)
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}
