package latchkeytest

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// TestPageOfTheHowToHasNoFaults, and its mistakes are reported as the page says.
func TestPageOfTheHowToHasNoFaults(t *testing.T) {
	page, err := os.ReadFile("../docs/how-to/change-the-pages.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(language string) string { return blocksOf(t, page, language)[0] }
	home := block("html")
	CheckTemplates(t, fstest.MapFS{"web/home.html": {Data: []byte(home)}, "assets/own.svg": {}})
	faults := templateFaults(fstest.MapFS{
		"web/home.html": {Data: []byte(strings.Replace(home, "{{if .User}}", "{{if .Name}}", 1))}, "web/logn.html": {},
	})
	if got := strings.Join(faults, "\n") + "\n"; got != block("text") {
		t.Errorf("got  %s\nwant %s", got, block("text"))
	}
}

// blocksOf returns the blocks of a page in a language.
func blocksOf(t *testing.T, page []byte, language string) (blocks []string) {
	t.Helper()
	for _, found := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllSubmatch(page, -1) {
		blocks = append(blocks, string(found[1]))
	}
	if blocks == nil {
		t.Fatalf("the page has no block of %s", language)
	}
	return blocks
}

// TestCataloguesOfTheHowToHaveNoFaults, and mistakes are reported as the page says.
func TestCataloguesOfTheHowToHaveNoFaults(t *testing.T) {
	page, err := os.ReadFile("../docs/how-to/translate-the-pages.md")
	if err != nil {
		t.Fatal(err)
	}
	texts, content := blocksOf(t, page, "json"), strings.ReplaceAll(blocksOf(t, page, "html")[0], ".User", ".Data.User")
	host := fstest.MapFS{
		"texts/de.json": {Data: []byte(texts[0])}, "texts/en.json": {Data: []byte(texts[1])},
		"web/home.html": {Data: []byte(`{{define "content"}}` + content + `{{end}}`)},
	}
	CheckTemplates(t, host)
	host["texts/de.json"] = &fstest.MapFile{Data: []byte(strings.NewReplacer("login.title", "login.titel", "{app} freigeben", "Freigeben").Replace(texts[0]))}
	faults := templateFaults(host)
	if got, want := strings.Join(faults, "\n")+"\n", blocksOf(t, page, "text")[0]; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTemplatesWithoutFaultsPass(t *testing.T) {
	CheckTemplates(t, fstest.MapFS{
		"assets/own.css": {}, "web/message.html": {Data: []byte(`{{define "content"}}<h1>{{text .Data.Heading}}</h1>{{text .Data.Text}}{{range .Data.Links}}<a href="{{.URL}}">{{text .Text}}</a>{{end}}{{end}}`)},
	})
}

func TestCheckTemplatesReportsWhatHappensOnlyInABrowser(t *testing.T) {
	const login = `<form method="post"><input name="username" required><input type="password" name="password">`
	for _, c := range []struct{ name, file, text, want string }{
		{"a fault of New", "web/login.html", "{{.Nothing}}", "template web/login.html:1:22: the layout has no field or method Nothing"},
		{"a form without a hidden field", "web/login.html", login + "</form>", `page web/login.html: no form has the field or button "next"`},
		{"a form without a button", "web/authorize.html", `<form method="post"><input name="request"><input name="allow"></form>`, `page web/authorize.html: no form has the field or button "decision"`},
		{"a form without the button Cancel", "web/authorize.html", `<form method="post"><input name="request"><input name="allow"><button name="decision" value="authorize"></form>`, `page web/authorize.html: no form has the field or button "decision=cancel"`},
		{"an error with an empty list", "web/home.html", "{{(index .Data.Links 0).URL}}", "page web/home.html: template: web/home.html:1:"},
		{"a script in the page", "web/home.html", "<script>go()</script>", "page web/home.html: the browser blocks a script in the page"},
		{"a style in the page", "web/home.html", "<style>p {}</style>", "page web/home.html: the browser blocks a style in the page"},
		{"a style attribute", "web/home.html", `<p style="color: red">`, "page web/home.html: the browser blocks the attribute style of <p>"},
		{"an event handler", "web/home.html", `<button onclick="go()">`, "page web/home.html: the browser blocks the attribute onclick of <button>"},
		{"an image of another server", "web/home.html", `<img src="https://cdn.example/x.png">`, "page web/home.html: the browser blocks https://cdn.example/x.png"},
	} {
		faults := templateFaults(fstest.MapFS{c.file: {Data: []byte(`{{define "content"}}` + c.text + "{{end}}")}})
		if got := strings.Join(faults, "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestBuiltInPagesRenderWithSampleData with a value in each field, and without.
func TestBuiltInPagesRenderWithSampleData(t *testing.T) {
	pages, _, err := parts(nil)
	if err != nil {
		t.Fatal(err)
	}
	n, all := 0, func(string) bool { return true }
	for _, part := range pages {
		for _, full := range []bool{true, false} {
			for _, page := range part.Samples(full, all) {
				n++
				if page.Err != nil {
					t.Errorf("full %t: %v", full, page.Err)
				}
				for _, fault := range ui.BlockedByPolicy(page.HTML) {
					t.Errorf("%s: %s", page.File, fault)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d pages were rendered", n)
	}
}

// A style sheet with a misspelt variable, or a color that nobody can read, is reported.
func TestCheckTemplatesReportsTheThemeOfAHost(t *testing.T) {
	for sheet, want := range map[string]string{
		":root { --brnd: #0f5f57; }":  "assets/theme.css: no style sheet uses the variable --brnd (did you mean --brand?)",
		":root { --brand: #ffff00; }": "assets/theme.css: ",
		"p { margin: 0 }":             "",
		"/* --old: 1px; */ :root { --own: 1px } p { margin: var(--own) }": "",
	} {
		if got := strings.Join(templateFaults(fstest.MapFS{"assets/theme.css": {Data: []byte(sheet)}}), "\n"); (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", sheet, got, want)
		}
	}
}
