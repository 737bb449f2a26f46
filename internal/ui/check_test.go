package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type checkedPage struct {
	Name  string
	Names []string
	More  map[string]checkedItem
	Item  *checkedItem
}

type checkedItem struct{ Title string }

func (checkedItem) Link(string) string { return "" }

// checkFiles returns the faults of a host's files.
func checkFiles(t *testing.T, host fstest.MapFS) string {
	t.Helper()
	u, err := ui.New(ui.Options{Templates: host})
	if err != nil {
		t.Fatal(err)
	}
	builtIn := fstest.MapFS{
		"hello.html": {Data: []byte(`{{define "content"}}{{template "part" .Data.Item}}{{end}}`)}, "other.html": {Data: []byte(`{{define "content"}}other{{end}}`)},
		"_part.html": {Data: []byte(`{{define "part"}}{{.Title}}{{end}}`)},
	}
	_, err = u.Pages(ui.Part{Name: "test", Files: builtIn, Data: map[string]any{"hello": checkedPage{}, "other": nil}})
	if err == nil {
		err = u.CheckFiles("test")
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestFaultsOfTemplatesNameTheirFileAndLine: each page is parsed, and its fields,
// blocks and contexts are checked, before anybody opens it.
func TestFaultsOfTemplatesNameTheirFileAndLine(t *testing.T) {
	content := func(text string) string { return "{{define \"content\"}}\n" + text + "{{end}}" }
	for _, c := range []struct{ name, file, text, want string }{
		{"nothing is wrong", "test/hello.html", content(`{{with .Data}}{{$n := .Name}}{{range $i, $x := .Names}}{{$i}}{{$x}}{{$n}}{{end}}{{range .More}}{{.Link "a"}}{{end}}{{(index .More "a").Title}}{{with .Item}}{{.Title}}{{text $.Title}}{{end}}{{end}}`), ""},
		{"a parse error", "test/hello.html", content("{{if}}"), "template test/hello.html:2: missing value for if"},
		{"an unclosed block", "test/hello.html", "{{define \"content\"}}", "template test/hello.html:1: unexpected EOF"},
		{"an unknown function", "test/hello.html", content("{{shout .Title}}"), `template test/hello.html:2: function "shout" not defined`},
		{"an unknown field", "test/hello.html", content("{{.Data.Nam}}"), "template test/hello.html:2:7: checkedPage has no field or method Nam (it has Name, Names, More, Item)"},
		{"an unknown field in a branch", "test/hello.html", content("{{if .Data.Item}}\n{{else}}{{range .Data.Names}}{{.Title}}{{end}}{{end}}"), "template test/hello.html:3:31: string has no field or method Title"},
		{"an unknown field of a variable", "test/hello.html", content("{{$i := .Data.Item}}{{$i.Name}}"), "template test/hello.html:2:24: checkedItem has no field or method Name (it has Title)"},
		{"an unknown field of a value of a map", "test/hello.html", content(`{{(index .Data.More "a").Name}}`), "template test/hello.html:2:24: checkedItem has no field or method Name (it has Title)"},
		{"an unknown field of the layout", "layout.html", "<p>\n{{.Titel}}{{template \"content\" .}}", "template layout.html:2:2: the layout has no field or method Titel"},
		{"a field of a page without data", "test/other.html", content("{{.Data.Name}}"), "template test/other.html:2:7: this page has no data"},
		{"a range over a text", "test/hello.html", content("{{range .Data.Name}}{{end}}"), "template test/hello.html:2:8: range needs a list, but this is a string"},
		{"too few arguments", "test/hello.html", content("{{join .Data.Names}}"), "template test/hello.html:2:2: the function join has 1 arguments here, want 2"},
		{"a file that does not exist", "test/hello.html", content(`<img src="{{asset "own.svg"}}" alt="">`), "template test/hello.html:2:18: the file assets/own.svg does not exist"},
		{"a misspelt file", "test/hello.html", content(`{{asset "icon.svg"}}`), "template test/hello.html:2:8: the file assets/icon.svg does not exist (did you mean icons.svg?)"},
		{"files that only a host has", "test/hello.html", content(`{{with .Data.Name}}{{asset "theme.css"}}{{asset "brand.css"}}{{asset .}}{{end}}`), ""},
		{"a block that does not exist", "test/hello.html", content(`{{template "parts" .}}`), `template test/hello.html:2:11: the block "parts" does not exist`},
		{"no content", "test/hello.html", "<h1>Hello</h1>", `template test/hello.html:1: the block "content" is missing or empty`},
		{"text outside of a block", "test/hello.html", content("") + "\n\n <p>Hello", "template test/hello.html:4:1: no page shows this, because it is outside of {{define}}"},
		{"a layout without content", "layout.html", "<p>{{.Title}}", "template layout.html:1: the file does not contain {{template \"content\" .}}"},
		{"a changed part without a block that pages need", "test/_part.html", `{{define "prt"}}{{end}}`, `template test/hello.html:1:31: the block "part" does not exist`},
		{"a fault in a part", "test/_part.html", `{{define "part"}}{{.Name}}{{end}}`, "template test/_part.html:1:19: checkedItem has no field or method Name (it has Title)"},
		{"an attribute without an end", "test/hello.html", content(`<p title="{{text .Title}}>`), `template test/hello.html:1:20: the block "content" ends in a non-text context`},
		{"an ambiguous context", "test/hello.html", content("<p>\n<a href='{{if .Title}}/x?{{end}}{{.Title}}'>"), "template test/hello.html:3:"},
		{"a misspelt page", "test/helo.html", content(""), "template test/helo.html: the file does not replace a built-in file (did you mean test/hello.html?)"},
		{"a page in the wrong folder", "hello.html", content(""), "template hello.html: the file does not replace a built-in file (did you mean test/hello.html?)"},
		{"a page of an embed.FS", "pages/test/hello.html", content(""), `template pages/test/hello.html: the file has no effect, because it is in the folder pages instead of at the top. With an embed.FS, use fs.Sub(files, "pages")`},
		{"a catalogue of an embed.FS", "pages/texts/de.json", "{}", `template pages/texts/de.json: the file has no effect, because it is in the folder pages instead of at the top. With an embed.FS, use fs.Sub(files, "pages")`},
		{"a page with another extension", "test/hello.tmpl", content(""), "template test/hello.tmpl: the file does not replace a built-in file (did you mean test/hello.html?)"},
		{"a page with the name of no other page", "test/consent-dialog.html", content(""), "template test/consent-dialog.html: the file does not replace a built-in file (test has "},
		{"a style outside of the assets", "styles/own.css", "p {}", "template styles/own.css: the file does not replace a built-in file"},
		{"a catalogue in the wrong folder", "text/de.json", "{}", "template text/de.json: the file has no effect. Catalogues are in the folder texts, and have names such as de.json"},
		{"a catalogue without a folder", "pt-BR.json", "{}", "template pt-BR.json: the file has no effect"},
		{"a catalogue with another extension", "texts/de.jsn", "{}", "template texts/de.jsn: the file has no effect"},
		{"a catalogue", "texts/de.json", "{}", ""},
		{"another file with JSON", "package.json", "{}", ""},
		{"an own part, an asset and other files", "test/_own.html", `{{define "own"}}{{end}}`, ""},
	} {
		host := fstest.MapFS{c.file: {Data: []byte(c.text)}, "assets/own.css": {}, "README.md": {}, ".cache/x.html": {}, "test/.hidden": {}}
		if got := checkFiles(t, host); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// recordedFiles records which files are read.
type recordedFiles struct {
	fstest.MapFS
	read map[string]bool
}

func (f recordedFiles) ReadFile(name string) ([]byte, error) {
	f.read[name] = true
	return f.MapFS.ReadFile(name)
}

// TestOnlyPagesWithFilesOfTheHostAreParsedAtFirst: each test of a program can have a provider of its
// own, with the pages of the program.
func TestOnlyPagesWithFilesOfTheHostAreParsedAtFirst(t *testing.T) {
	content := &fstest.MapFile{Data: []byte(`{{define "content"}}own{{end}}`)}
	for file, all := range map[string]bool{"test/hello.html": false, "layout.html": true, "test/_part.html": true, "test/_own.html": true} {
		host := recordedFiles{fstest.MapFS{file: content}, make(map[string]bool)}
		u, err := ui.New(ui.Options{Templates: host})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = u.Pages(ui.Part{Name: "test", Files: fstest.MapFS{"hello.html": content, "other.html": content, "_part.html": content}})
		if !host.read["test/hello.html"] || host.read["test/other.html"] != all {
			t.Errorf("with %s of the host: read %v", file, host.read)
		}
	}
}

func TestAllFaultsOfTemplatesAreReportedOnce(t *testing.T) {
	got := checkFiles(t, fstest.MapFS{
		"layout.html": {Data: []byte(`{{.A}}{{template "content" .}}`)}, "test/hello.html": {Data: []byte(`{{define "content"}}{{.Data.B}}{{.Data.C}}{{end}}`)},
	})
	if lines := strings.Split(got, "\n"); len(lines) != 3 {
		t.Errorf("got %d faults, want 3:\n%s", len(lines), got)
	}
}

// TestPagesAcceptOnlyDataOfTheirType: the fields of a page are checked against this
// type.
func TestPagesAcceptOnlyDataOfTheirType(t *testing.T) {
	u, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := u.Pages(ui.Part{Files: page(`{{define "content"}}shown{{end}}`), Data: map[string]any{"hello": checkedPage{}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		data any
		want bool
	}{{checkedPage{}, true}, {&checkedPage{}, true}, {checkedItem{}, false}, {nil, false}} {
		err := pages.Render(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), http.StatusOK, "hello", ui.View{Data: c.data})
		if (err == nil) != c.want {
			t.Errorf("%T: got error %v", c.data, err)
		}
	}
}
