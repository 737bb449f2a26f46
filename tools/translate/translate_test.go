package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTranslationsAreListedUntilTheyAreAdded(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, folder, "en.json"), `{"a.days": {"one": "{n} day", "other": "{n} days"}, "a.name": "Name", "a.title": "Title <1>"}`)
	write(t, filepath.Join(root, folder, "admin", "en.json"), `{"admin.x": "X"}`)
	write(t, filepath.Join(root, folder, "de.json"), `{"a.title": "Titel <1>"}`)
	write(t, filepath.Join(root, "internal/ui/testdata/comments.json"), `{"a.name": "of a person"}`)
	write(t, filepath.Join(root, "internal/web/pages/a.html"), "<p>\n{{text \"a.name\"}}")
	write(t, filepath.Join(root, "account/a_test.go"), `"a.name"`)
	write(t, filepath.Join(root, "validate/a.go"), ``)
	list := func(part string) string {
		t.Helper()
		fsys := os.DirFS(root)
		english, err := catalogues(fsys, "en")
		if err != nil {
			t.Fatal(err)
		}
		have, err := catalogues(fsys, "de")
		if err != nil {
			t.Fatal(err)
		}
		missing, err := missingTexts(fsys, english, have, part)
		if err != nil {
			t.Fatal(err)
		}
		text, err := encode(missing, "")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const want = `[{"key":"a.days","english":{"one":"{n} day","other":"{n} days"},"places":null},{"key":"a.name","english":"Name","comment":"of a person","places":["internal/web/pages/a.html:2: {{text \"a.name\"}}"]}]`
	if got := list(""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := list("all"); !strings.Contains(got, `"admin.x"`) || !strings.Contains(got, `"a.name"`) {
		t.Errorf("got %s", got)
	}
	added := filepath.Join(root, "added.json")
	write(t, added, `{"a.name": "Name", "a.days": {"other": "{n} Tage", "one": "{n} Tag"}, "admin.x": "Y & Z"}`)
	if err := run(os.DirFS(root), root, "de", "", added); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"de.json":       "{\n  \"a.days\": {\"one\": \"{n} Tag\", \"other\": \"{n} Tage\"},\n  \"a.name\": \"Name\",\n  \"a.title\": \"Titel <1>\"\n}\n",
		"admin/de.json": "{\n  \"admin.x\": \"Y & Z\"\n}\n",
	} {
		if got, err := os.ReadFile(filepath.Join(root, folder, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	if got := list("all"); got != "[]" {
		t.Errorf("got %s", got)
	}
	for text, want := range map[string]string{`{"b": "x"}`: "b: the key does not exist", `{"a.days": {"plural": "x"}}`: "a.days: the plural forms are"} {
		write(t, added, text)
		if err := run(os.DirFS(root), root, "de", "", added); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v", text, err)
		}
	}
}
