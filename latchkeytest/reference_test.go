package latchkeytest

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/web"
)

//go:generate go test . -run TestTemplateReferenceIsUpToDate -update

var update = flag.Bool("update", false, "write docs/reference/templates.md")

const module = "github.com/seed-e6a88a41/latchkey"

// TestTemplateReferenceIsUpToDate compares the page with the files and the types of
// their data; with -update it writes the page.
func TestTemplateReferenceIsUpToDate(t *testing.T) {
	const file = "../docs/reference/templates.md"
	r := newReference(t)
	want := r.page()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s does not match the pages (%v). Run: make generate", file, err)
	}
}

// A reference writes the page.
type reference struct {
	t        *testing.T
	out      strings.Builder
	comments map[string]map[string]string // of types and fields, by package
	types    map[string]reflect.Type      // that the pages use, by name
}

func newReference(t *testing.T) *reference {
	return &reference{t: t, comments: make(map[string]map[string]string), types: make(map[string]reflect.Type)}
}

func (r *reference) printf(format string, args ...any) { fmt.Fprintf(&r.out, format, args...) }

func (r *reference) page() string {
	r.printf("%s", referenceIntroduction)
	r.fields(reflect.TypeFor[ui.View]())
	r.printf("\n## Functions\n\nAll pages can use the [functions of Go's templates](https://pkg.go.dev/text/template#hdr-Functions) and these:\n\n")
	r.functionTable("ui/funcs.go", "ui/text.go", "ui/dates.go")
	r.printf("\nPages for people can also use:\n\n")
	r.functionTable("web/pages.go")
	r.printf("\nPages of the back office can also use:\n\n")
	r.functionTable("admin/pages.go")
	for _, part := range []struct {
		name, title string
		data        map[string]any
	}{{"web", "Pages for people", web.PageData()}, {"admin", "The back office", admin.PageData()}} {
		r.printf("\n## %s\n\n%s\n| file | data |\n|---|---|\n", part.title, r.blocks(part.name))
		for _, name := range slices.Sorted(maps.Keys(part.data)) {
			r.printf("| `%s/%s.html` | %s |\n", part.name, name, r.typeName(reflect.TypeOf(part.data[name])))
		}
	}
	r.printf("\n## Types\n")
	for done := make(map[string]bool); len(done) < len(r.types); {
		for _, name := range slices.Sorted(maps.Keys(r.types)) { // the fields add types
			if !done[name] {
				done[name] = true
				r.printf("\n### %s\n\n%s", name, r.typeComment(r.types[name]))
				r.fields(r.types[name])
			}
		}
	}
	return r.out.String()
}

const referenceIntroduction = `# Templates

<!-- Generated from the code: make generate -->

Every page can be replaced by a file of the same name in the folder of ` + "`--templates`" + `, or in
` + "`Options.Templates`" + `. [Change the pages](../how-to/change-the-pages.md) shows how. The files are
templates of Go's package [html/template](https://pkg.go.dev/html/template). A page consists of the layout, ` + "`layout.html`" + `, which includes
the block ` + "`content`" + ` from the file of the page. ` + "`question.html`" + ` defines the blocks ` + "`question`" + ` and
` + "`cancel`" + `, ` + "`retry.html`" + ` the block ` + "`retry`" + `, and ` + "`connection.html`" + ` the block ` + "`connection`" + `: the settings and
examples that the developers of an application need.

Fields can be added in each release. Removed fields are listed in the changelog, and a page
that uses one is reported at startup.

## The layout

The layout and the block ` + "`content`" + ` have these fields. ` + "`.Data`" + ` depends on the page. There are also
` + "`.Brand`" + ` (the name of the server), ` + "`.HomeURL`" + ` (the target of the link in the header),
` + "`.Language`" + ` (the language tag of the page) and ` + "`.Direction`" + ` (` + "`ltr` or `rtl`" + `). A field of
type ` + "`ui.Text`" + ` is shown with the function ` + "`text`" + `. [Translate the pages](../how-to/translate-the-pages.md) describes
how to add a language.

`

// blocks describes the blocks that all pages of a part can use.
func (r *reference) blocks(part string) string {
	var text strings.Builder
	files, err := fs.Glob(os.DirFS("../internal/"+part+"/pages"), "_*.html")
	if err != nil || len(files) == 0 {
		r.t.Fatal(part, err)
	}
	for _, file := range files {
		source, err := os.ReadFile("../internal/" + part + "/pages/" + file)
		if err != nil {
			r.t.Fatal(err)
		}
		var names []string
		for _, found := range regexp.MustCompile(`{{define "([^"]+)"}}`).FindAllStringSubmatch(string(source), -1) {
			names = append(names, "`"+found[1]+"`")
		}
		list := "block " + names[0]
		if last := len(names) - 1; last > 0 {
			list = "blocks " + strings.Join(names[:last], ", ") + " and " + names[last]
		}
		fmt.Fprintf(&text, "`%s/%s` defines the %s.\n", part, file, list)
	}
	return text.String()
}

// fields writes the table of the fields of a struct.
func (r *reference) fields(of reflect.Type) {
	if of.Kind() != reflect.Struct {
		r.printf("%s.\n", r.typeName(of))
		return
	}
	r.printf("| field | type | meaning |\n|---|---|---|\n")
	for i := range of.NumField() {
		field := of.Field(i)
		if !field.IsExported() && !field.Anonymous {
			continue
		}
		name := "`." + field.Name + "`"
		if field.Anonymous {
			name = "the fields of"
		}
		r.printf("| %s | %s | %s |\n", name, r.typeName(field.Type), strings.ReplaceAll(r.meaning(of, field), "|", `\|`))
	}
}

// typeName returns the name of a type, with a link if it is one of this page.
func (r *reference) typeName(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return r.typeName(t.Elem())
	case t.Name() == "" && t.Kind() == reflect.Slice:
		return "list of " + r.typeName(t.Elem())
	case t.Name() == "" && t.Kind() == reflect.Map:
		return "map from " + r.typeName(t.Key()) + " to " + r.typeName(t.Elem())
	case t.Kind() == reflect.Struct && strings.HasPrefix(t.PkgPath(), module):
		name := path.Base(t.PkgPath()) + "." + t.Name()
		r.types[name] = t
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(strings.ReplaceAll(name, ".", "")))
	}
	return "`" + t.String() + "`"
}

func (r *reference) typeComment(t reflect.Type) string {
	if text := r.comment(t, ""); text != "" {
		return text + "\n\n"
	}
	return ""
}

// meaning returns the comment of a field. For an embedded type without one, it is the
// first sentence of the comment of that type.
func (r *reference) meaning(of reflect.Type, field reflect.StructField) string {
	text := r.comment(of, field.Name)
	if text == "" && field.Anonymous {
		embedded := field.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		first, _, more := strings.Cut(r.comment(embedded, ""), ". ")
		if text = first; more {
			text += "."
		}
	}
	return text
}

// comment returns the comment of a field of a type, or of the type itself.
func (r *reference) comment(t reflect.Type, field string) string {
	if r.comments[t.PkgPath()] == nil {
		r.comments[t.PkgPath()] = readComments(r.t, strings.TrimPrefix(strings.TrimPrefix(t.PkgPath(), module), "/"))
	}
	return r.comments[t.PkgPath()][t.Name()+"."+field]
}

// readComments returns the comments of the structs of a package and of their fields.
func readComments(t *testing.T, folder string) map[string]string {
	t.Helper()
	comments := make(map[string]string)
	files, err := fs.Glob(os.DirFS("../"+folder), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), "../"+folder+"/"+file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			general, ok := declared.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				addComments(comments, general, spec.(*ast.TypeSpec))
			}
		}
	}
	return comments
}

func addComments(comments map[string]string, declared *ast.GenDecl, spec *ast.TypeSpec) {
	text := func(groups ...*ast.CommentGroup) string {
		for _, group := range groups {
			if group != nil {
				return strings.Join(strings.Fields(group.Text()), " ")
			}
		}
		return ""
	}
	comments[spec.Name.Name+"."] = text(spec.Doc, declared.Doc)
	if fields, ok := spec.Type.(*ast.StructType); ok {
		for _, field := range fields.Fields.List {
			for _, name := range field.Names {
				comments[spec.Name.Name+"."+name.Name] = text(field.Doc, field.Comment)
			}
			if len(field.Names) == 0 { // embedded
				name := types.ExprString(field.Type)
				comments[spec.Name.Name+"."+name[strings.LastIndexAny(name, "*.")+1:]] = text(field.Doc, field.Comment)
			}
		}
	}
}
