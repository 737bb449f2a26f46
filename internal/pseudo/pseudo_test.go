package pseudo_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/pseudo"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

func TestWordsOutsideOfBracketsAreFound(t *testing.T) {
	for page, want := range map[string]string{
		`<p>⟦Log in as ⟧ada⟦.⟧</p>`:                                                "ada",
		`<p>⟦Log in as ⟧<bdi>ada</bdi>⟦.⟧ 1 – 2</p>`:                               "",
		`<p title="Log in">⟦a⟧</p>`:                                                "Log in",
		`<noscript><p>Use a script</p></noscript>`:                                 "Use a script",
		`<select><option translate="no">GET</option><option>All</option></select>`: "All",
		`<span class="a mono">x</span><code>y</code><textarea>z</textarea>`:        "",
	} {
		if got := strings.Join(pseudo.Untranslated(page), " "); got != want {
			t.Errorf("%s: got %q, want %q", page, got, want)
		}
	}
	if got := pseudo.Untranslated("<p>ada</p>", "ada"); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestAllTextsAreInBrackets(t *testing.T) {
	templates, err := pseudo.Templates()
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(templates, "texts/"+pseudo.Language+".json")
	if err != nil || !strings.Contains(string(text), `"home.logged_in":"⟦You are logged in as ⟧{user}⟦.⟧"`) {
		t.Errorf("got %s, %v", text, err)
	}
	if missing, err := ui.MissingTexts(templates); err != nil || len(missing) > 0 {
		t.Errorf("got %v, %v", missing, err)
	}
}

func TestLongestTextsHaveTheLengthOfTheLongestLanguage(t *testing.T) {
	templates, err := pseudo.Longest()
	if err != nil {
		t.Fatal(err)
	}
	file, err := fs.ReadFile(templates, "texts/"+pseudo.LongestLeftToRight+".json")
	if err != nil {
		t.Fatal(err)
	}
	if missing, err := ui.MissingTexts(templates); err != nil || len(missing) > 0 {
		t.Errorf("got %v, %v", missing, err)
	}
	u, err := ui.New(ui.Options{Templates: templates})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Files: fstest.MapFS{}})
	if err != nil {
		t.Fatal(err)
	}
	all := pages.Language(pseudo.LongestLeftToRight).Texts("")
	for _, tag := range pages.Languages() {
		for key, text := range pages.Language(tag).Texts("") {
			longest := all[key]
			if short, long := utf8.RuneCountInString(fmt.Sprint(text)), utf8.RuneCountInString(fmt.Sprint(longest)); long < short && !strings.Contains(fmt.Sprint(text), "{n}") {
				t.Errorf("%s in %s is longer than the longest text: %q, %q", key, tag, text, longest)
			}
		}
	}
	if !strings.Contains(string(file), `"button.save":"`) {
		t.Errorf("got %.200s", file)
	}
}
