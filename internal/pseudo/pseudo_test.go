package pseudo_test

import (
	"io/fs"
	"strings"
	"testing"

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
