package ui_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// catalogueFault returns what is wrong with a catalogue of a host.
func catalogueFault(file, text string) string {
	_, err := ui.New(ui.Options{Templates: fstest.MapFS{"texts/" + file: {Data: []byte(text)}}})
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFaultsOfCataloguesNameTheirFileAndLine(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"nothing is wrong", "de.json", "{\n\"login.title\": \"Anmelden\",\n\"onward.heading\": \"Zurück zu {app}\",\n\"duration.days\": {\"one\": \"ein Tag\", \"other\": \"{n} Tage\"}}", ""},
		{"own texts", "en.json", `{"own.hello": "Hello {name}", "own.visits": {"one": "{n} visit", "other": "{n} visits"}}`, ""},
		{"an empty catalogue", "de.json", `{}`, ""},
		{"a language without plural forms", "ja.json", `{"duration.days": "{n}日"}`, ""},
		{"a name that is not a language", "german.json", `{}`, "template texts/german.json: the name of the file is not a language tag"},
		{"a name with another spelling", "DE.json", `{}`, "template texts/DE.json: the name of the file is not a language tag"},
		{"no JSON", "de.json", "{\n\"login.title\": \"Anmelden\"\n\"login.button\": \"Anmelden\"}", "template texts/de.json:3: invalid character"},
		{"a list", "de.json", "[]", "template texts/de.json:1: this must be a JSON object"},
		{"an unfinished file", "de.json", "{\n\"login.title\": \"Anmelden\",", "template texts/de.json:2: "},
		{"two objects", "de.json", "{}\n{}", "template texts/de.json:2: there is more than one JSON object"},
		{"an unknown key", "de.json", "{\n\n\"login.titel\": \"Anmelden\"}", `template texts/de.json:3: login.titel: the key does not exist (did you mean login.title?)`},
		{"an unknown key in English", "en.json", `{"login.titel": "Log in"}`, `template texts/en.json:1: login.titel: the key does not exist`},
		{"an unknown placeholder in English", "en.json", `{"onward.heading": "Back to {ap}"}`, "template texts/en.json:1: onward.heading: the placeholder {ap} does not exist in the English text"},
		{"an English text without plural forms", "en.json", `{"duration.days": "{n} d"}`, ""},
		{"an own key that English does not have", "de.json", `{"own.hello": "Hallo"}`, "template texts/de.json:1: own.hello: the key is not in texts/en.json"},
		{"a key twice", "de.json", "{\"login.title\": \"a\",\n\"login.title\": \"b\"}", "template texts/de.json:2: login.title: the key is in the file twice"},
		{"a number", "de.json", `{"login.title": 1}`, "template texts/de.json:1: login.title: this must be a text"},
		{"null", "de.json", `{"login.title": null}`, "template texts/de.json:1: login.title: this must be a text"},
		{"an empty text", "de.json", `{"login.title": " "}`, "template texts/de.json:1: login.title: the text is empty"},
		{"a control character", "de.json", `{"login.title": "a\u0000"}`, "template texts/de.json:1: login.title: the text contains a control character"},
		{"an override of the direction", "de.json", `{"login.title": "a\u202eb\u202c"}`, "template texts/de.json:1: login.title: the text contains a character that changes the direction of the text after it (U+202E)"},
		{"an isolate that does not end", "de.json", `{"login.title": "a \u2067b"}`, "changes the direction of the text after it (U+2067)"},
		{"an isolate that ends twice", "de.json", `{"login.title": "\u2067b\u2069\u2069"}`, "changes the direction of the text after it (U+2069)"},
		{"an isolate, a mark and a non-joiner", "fa.json", `{"login.title": "\u2066Latchkey\u2069\u200f می\u200cشود"}`, ""},
		{"a missing placeholder", "de.json", `{"onward.heading": "Zurück"}`, "template texts/de.json:1: onward.heading: the placeholder {app} of the English text is missing"},
		{"an unknown placeholder", "de.json", `{"onward.heading": "Zurück zu {app}, {user}"}`, "template texts/de.json:1: onward.heading: the placeholder {user} does not exist in the English text"},
		{"an open brace", "de.json", `{"onward.heading": "Zurück zu {app"}`, "template texts/de.json:1: onward.heading: the placeholder {app is not a name in braces"},
		{"a placeholder that is missing in a form", "de.json", `{"duration.days": {"one": "{n} Tag", "other": "Tage"}}`, "template texts/de.json:1: duration.days: the placeholder {n} of the English text is missing"},
		{"a missing form", "pl.json", `{"duration.days": {"one": "{n} dzień", "many": "{n} dni", "other": "{n} dnia"}}`, `template texts/pl.json:1: duration.days: the plural form "few" of the language is missing`},
		{"a form that the language does not have", "de.json", `{"duration.days": {"one": "{n} Tag", "few": "{n} Tage", "other": "{n} Tage"}}`, `template texts/de.json:1: duration.days: the language does not have the plural form "few"`},
		{"no other form", "de.json", `{"duration.days": {"one": "{n} Tag"}}`, `template texts/de.json:1: duration.days: the plural form "other" is missing`},
		{"an unknown form", "de.json", `{"duration.days": {"plural": "{n} Tage", "other": "{n} Tage"}}`, `template texts/de.json:1: duration.days: "plural" is not a plural form`},
		{"forms of a text without a number", "de.json", `{"login.title": {"one": "Anmelden", "other": "Anmelden"}}`, "template texts/de.json:1: login.title: the text has plural forms, but the English text has none"},
	} {
		if got := catalogueFault(c.file, c.text); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAllFaultsOfCataloguesAreReported(t *testing.T) {
	got := catalogueFault("de.json", "{\"a\": \"x\",\n\"login.title\": \"\",\n\"login.button\": 1}")
	if lines := strings.Split(got, "\n"); len(lines) != 3 || !strings.Contains(got, "a: the key does not exist") || !strings.Contains(got, "login.title") || !strings.Contains(got, "login.button") {
		t.Errorf("got %s", got)
	}
	got = catalogueFault("de.json", "{\"a\": \"x\",\n\"onward.heading\": \"y\"}")
	if lines := strings.Split(got, "\n"); len(lines) != 2 {
		t.Errorf("got %s", got)
	}
}

// ofHost are the catalogues of a host, in languages that are not built in.
func ofHost() fstest.MapFS {
	return fstest.MapFS{
		"texts/nl.json": {Data: []byte(`{"login.title": "Inloggen", "onward.heading": "Terug naar {app}", "duration.days": {"one": "{n} dag", "other": "{n} dagen"}}`)},
		"texts/he.json": {Data: []byte(`{"login.title": "כניסה", "onward.heading": "חזרה אל {app}"}`)},
	}
}

// inLanguage renders a page of a host for a browser with these languages.
func inLanguage(t *testing.T, host fstest.MapFS, accept, content string, data any) *httptest.ResponseRecorder {
	t.Helper()
	u, err := ui.New(ui.Options{Templates: host})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Name: "test", Files: page(`{{define "content"}}` + content + `{{end}}`)})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Language", accept)
	w := httptest.NewRecorder()
	if err := pages.Render(w, r, http.StatusOK, "hello", ui.View{Title: ui.Text{"onward.heading", "app", "Shop"}, Data: data}); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestPagesAreInTheLanguageOfTheBrowser(t *testing.T) {
	for accept, want := range map[string]string{
		"nl": "nl ltr Inloggen", "nl-BE,en;q=0.5": "nl ltr Inloggen", "sv,nl;q=0.5": "nl ltr Inloggen", "en-GB,nl;q=0.9": "en ltr Log in",
		"he-IL": "he rtl כניסה", "": "en ltr Log in", "sv": "en ltr Log in", ";;;": "en ltr Log in", "x": "en ltr Log in", "de-CH": "de ltr Anmelden",
	} {
		w := inLanguage(t, ofHost(), accept, `{{text "login.title"}}|`, nil)
		language, rest, _ := strings.Cut(want, " ")
		direction, text, _ := strings.Cut(rest, " ")
		body := w.Body.String()
		if !strings.Contains(body, `<html lang="`+language+`" dir="`+direction+`">`) || !strings.Contains(body, text+"|") {
			t.Errorf("%s: want %s, got %s", accept, want, body)
		}
		if w.Header().Get("Content-Language") != language || strings.Join(w.Header()["Vary"], " ") != "Accept-Language Cookie" {
			t.Errorf("%s: got headers %v", accept, w.Header())
		}
	}
}

func TestTextsThatAreNotTranslatedAreInEnglish(t *testing.T) {
	if body := inLanguage(t, ofHost(), "nl", `{{text "login.forgot"}}`, nil).Body.String(); !strings.Contains(body, "Forgot your password?") {
		t.Errorf("got %s", body)
	}
	// The plural forms are those of the language of the text.
	if body := inLanguage(t, ofHost(), "he", `{{text "duration.days" "n" 0}}`, nil).Body.String(); !strings.Contains(body, "0 days") {
		t.Errorf("got %s", body)
	}
	// A part that is not translated at all is in English as a whole.
	for part, text := range map[string]string{"": "", "consumer": `{"consumer.home.title": "Proberen"}`} {
		missing, err := ui.MissingTexts(fstest.MapFS{"texts/nl.json": {Data: []byte(cmp.Or(text, "{}"))}})
		if has := strings.Join(missing["nl"], " "); err != nil || strings.Contains(has, "consumer.") != (part != "") {
			t.Errorf("%q: got %s, %v", part, has, err)
		}
	}
	missing, err := ui.MissingTexts(ofHost())
	if has := strings.Join(missing["nl"], " "); err != nil || !strings.Contains(has, "login.forgot") || strings.Contains(has, "login.title") || missing["en"] != nil {
		t.Errorf("got %v, %v", missing, err)
	}
}

func TestPartThatIsNotTranslatedIsInEnglishAsAWhole(t *testing.T) {
	for text, want := range map[string]string{`{"button.save": "Opslaan"}`: `<html lang="en" dir="ltr">`, `{"button.save": "Opslaan", "consumer.home.title": "Proberen"}`: `<html lang="nl" dir="ltr">`} {
		u, err := ui.New(ui.Options{Templates: fstest.MapFS{"texts/nl.json": {Data: []byte(text)}}})
		if err != nil {
			t.Fatal(err)
		}
		pages, err := u.Pages(ui.Part{Name: "test", Texts: "consumer.", Files: fstest.MapFS{"hello.html": {Data: []byte(`{{define "content"}}{{text "button.save"}}{{end}}`)}}})
		if err != nil {
			t.Fatal(err)
		}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", "nl")
		if err := pages.Render(w, r, http.StatusOK, "hello", ui.View{}); err != nil || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %s, %v", text, w.Body, err)
		}
	}
}

// TestTextsOfHasOnlyCatalogues: the consumer takes only the catalogues of
// the templates.
func TestTextsOfHasOnlyCatalogues(t *testing.T) {
	host := ui.TextsOf(fstest.MapFS{"layout.html": {}, "texts/de.json": {}, "assets/base.css": {}})
	for name, want := range map[string]bool{".": true, "texts": true, "texts/de.json": true, "layout.html": false, "assets": false, "assets/base.css": false} {
		if _, err := host.Open(name); (err == nil) != want {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	if ui.TextsOf(nil) != nil {
		t.Error("there are texts without templates")
	}
}

func TestTextsHavePluralForms(t *testing.T) {
	polish := fstest.MapFS{"texts/pl.json": {Data: []byte(`{"duration.days": {"one": "{n} dzień", "few": "{n} dni", "many": "{n} dni!", "other": "{n} dnia"}}`)}}
	for n, want := range map[int]string{1: "1 dzień", 2: "2 dni|", 5: "5 dni!|", 22: "22 dni|", 112: "112 dni!|"} {
		if body := inLanguage(t, polish, "pl", `{{text "duration.days" "n" .Data}}|`, n).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%d: got %s", n, body)
		}
	}
	for d, want := range map[time.Duration]string{time.Second: "1 second", 2 * time.Minute: "2 minutes", 3 * time.Hour: "3 hours", 48 * time.Hour: "2 days", 0: ""} {
		if got := ui.Duration(d); got != want {
			t.Errorf("%d: got %q, want %q", d, got, want)
		}
	}
}

// A translator must not be able to add markup or scripts, and neither must a name.
func TestCatalogueCannotInjectMarkup(t *testing.T) {
	const attack = `<script src=//evil.example></script>\" onmouseover=\"alert(1)' x='`
	host := fstest.MapFS{"texts/de.json": {Data: []byte(`{"login.title": "` + attack + `", "onward.heading": "` + attack + `{app}"}`)}}
	name := `<img src=x onerror=alert(1)>" autofocus onfocus="`
	// The page of a host can have a text anywhere.
	host["test/hello.html"] = &fstest.MapFile{Data: []byte(`{{define "content"}}<p title="{{text "login.title"}}">{{text "login.title"}}</p>
<p title="{{text "onward.heading" "app" .Data}}">{{text "onward.heading" "app" .Data}}{{text "onward.heading" "app" (strong .Data)}}</p><p data-x={{text "login.title"}}>
<a href="{{text "login.title"}}">x</a><script>var x = {{text "login.title"}};</script>{{end}}`)}
	host["test/hello.html"].Data = []byte(strings.Replace(string(host["test/hello.html"].Data), "<a href", `{{textlink "/x?a=1&b=2" "login.title"}}{{textlink "javascript:alert(1)" "login.title"}}{{textlink .Data "onward.heading" "app" .Data}}<a href`, 1))
	body := inLanguage(t, host, "de", "", name).Body.String()
	if !strings.Contains(body, `<a href="/x?a=1&amp;b=2">`) || strings.Contains(body, "javascript:") {
		t.Errorf("the links are wrong: %s", body)
	}
	for _, bad := range []string{"<script src=//", "<img src=x", `" onmouseover="`, `" onfocus="`, "' x='"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page contains %s:\n%s", bad, body)
		}
	}
	if !strings.Contains(body, "<strong><bdi>&lt;img src=x onerror=alert(1)&gt;") {
		t.Errorf("the name is not marked up: %s", body)
	}
}

// Unicode Standard Annex 9 §2.4.
func TestValuesOfTextsAreIsolated(t *testing.T) {
	for accept, names := range map[string]map[string]bool{"en": {"Shop": false, "חנות": true}, "he": {"Shop": true, "123": false, "חנות": true}} {
		for name, want := range names {
			for _, data := range []any{name, ui.Plain(name)} { // a Text is the name of an unknown browser
				body := inLanguage(t, ofHost(), accept, `{{text "onward.heading" "app" .Data}}`, data).Body.String()
				if got := strings.Contains(body, "\u2068"+name+"\u2069"); got != want {
					t.Errorf("%s %s: isolated %t, want %t", accept, name, got, want)
				}
			}
		}
	}
}

// Unicode Standard Annex 9 §2.4: otherwise the full stop would be at the beginning.
func TestEnglishTextsOnAPageFromRightToLeftKeepTheirDirection(t *testing.T) {
	body := inLanguage(t, ofHost(), "he", `{{text "retry.explanation"}}{{text "home.logged_in" "user" .Data}}`, "ada").Body.String()
	for _, want := range []string{"\u2066Your entries", "from this page.\u2069", "\u2066You are logged in as \u2068ada\u2069.\u2069"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in %s", want, body)
		}
	}
	if body := inLanguage(t, ofHost(), "nl", `{{text "retry.explanation"}}`, "").Body.String(); strings.Contains(body, "\u2066") {
		t.Errorf("got %s", body)
	}
}

// WCAG 2.2, 3.1.2 (Language of Parts).
func TestEnglishTextsHaveTheirLanguage(t *testing.T) {
	for accept, want := range map[string]string{"en": "|a &lt;b&gt;.|", "nl": `|<span lang="en" dir="ltr">a &lt;b&gt;.</span>|`, "he": `|<span lang="en" dir="ltr">a &lt;b&gt;.</span>|`} {
		if body := inLanguage(t, ofHost(), accept, `|{{text .Data}}|`, ui.English("a <b>.")).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s: want %s in %s", accept, want, body)
		}
	}
	if ui.English("") != nil || ui.English("a").String() != "a" {
		t.Error("the text is wrong")
	}
}

func TestTemplatesAreCheckedAgainstTheCatalogue(t *testing.T) {
	for content, want := range map[string]string{
		`{{text "own.hello" "name" .Data.Name}}`:       "",
		`{{text "login.titel"}}`:                       `template test/hello.html:1:27: the text "login.titel" does not exist (did you mean login.title?)`,
		`{{text "onward.heading"}}`:                    `template test/hello.html:1:27: the text "onward.heading" has the placeholders ["app"], but the values here are []`,
		`{{text "onward.heading" "ap" .Data.Name}}`:    `has the placeholders ["app"], but the values here are ["ap"]`,
		`{{text "onward.heading" .Data.Name}}`:         `the function text needs pairs of a name and a value`,
		`<p title="{{text "login.titel"}}">`:           `the text "login.titel" does not exist`,
		`{{if .Data.Name}}{{text "x" "a" "b"}}{{end}}`: `the text "x" does not exist`,
	} {
		host := fstest.MapFS{"test/hello.html": {Data: []byte(`{{define "content"}}` + content + `{{end}}`)}, "texts/en.json": {Data: []byte(`{"own.hello": "Hello {name}"}`)}}
		if got := checkFiles(t, host); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", content, got, want)
		}
	}
}

// A language that is written from right to left needs no style sheet of its own.
func TestStylesHaveNoLeftAndRight(t *testing.T) {
	for _, name := range []string{"latchkey.css", "office.css"} {
		styles, err := os.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`[^{};]*\b(?:left|right)\b[^;}]*`).FindAllString(string(styles), -1); found != nil {
			t.Errorf("%s: use start and end (CSS Logical Properties) in %q", name, found)
		}
	}
}
