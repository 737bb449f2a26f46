package latchkey_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// privateDirs are the directories whose packages no other program imports.
var privateDirs = []string{"internal", "cmd", "bench", "e2e", "tools", "examples", "interop", "docs", "deploy", "testdata", "node_modules"}

// TestExportedNamesAndFieldsHaveComments: go doc must be enough to use the packages. One
// comment is enough for a group of constants or variables. For the fields of a struct and the
// methods of an interface, the comment of the type, or of a field above without a blank line
// between, is enough if it contains the name. The comment of the type is enough for a struct in
// one line, and the help text for a setting.
func TestExportedNamesAndFieldsHaveComments(t *testing.T) {
	files := token.NewFileSet()
	packages := 0
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); dir != "." && (strings.HasPrefix(name, ".") || slices.Contains(privateDirs, name)) {
			return fs.SkipDir
		}
		sources, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		found := false
		for _, source := range sources {
			name := source.Name()
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			found = true
			for _, missing := range uncommented(files, file) {
				t.Errorf("%s needs a comment", missing)
			}
		}
		if found {
			packages++
		}
		return nil
	})
	if err != nil || packages < 15 {
		t.Errorf("%d packages were read: %v", packages, err)
	}
}

func TestMissingCommentsAreFound(t *testing.T) {
	const code = `package p

type A struct{}

// B and its Named field.
type B struct {
	Named, Other int
	// C and D are a group.
	C int
	D int
	E int

	D2 int // a line
}

// I is an interface.
type I interface {
	// M is commented.
	M()
	N()
}

// The constants.
const (
	X = 1
	Y = 2
)

const Z = 3

// F is commented.
func F() {}

func (b B) G() {}

func (a hidden) H() {}

type hidden struct{ Field int }
`
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "p.go", code, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"p.go:3: A", "p.go:7: B.Other", "p.go:11: B.E", "p.go:20: I.N", "p.go:29: Z", "p.go:34: G"}
	if got := uncommented(files, file); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// uncommented returns the exported names of a file that have no comment, with their places.
func uncommented(files *token.FileSet, file *ast.File) (missing []string) {
	report := func(name *ast.Ident, of string) {
		if !name.IsExported() {
			return
		}
		place := files.Position(name.Pos())
		missing = append(missing, fmt.Sprintf("%s:%d: %s%s", filepath.ToSlash(place.Filename), place.Line, of, name.Name))
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && exportedReceiver(d) {
				report(d.Name, "")
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					if d.Doc == nil && s.Doc == nil && s.Comment == nil {
						for _, name := range s.Names {
							report(name, "")
						}
					}
				case *ast.TypeSpec:
					if d.Doc == nil && s.Doc == nil && s.Comment == nil {
						report(s.Name, "")
					}
					if s.Name.IsExported() {
						members(files, s, d.Doc.Text()+s.Doc.Text(), report)
					}
				}
			}
		}
	}
	return missing
}

// members reports the members of a type without a comment. doc is the comment of the type.
func members(files *token.FileSet, s *ast.TypeSpec, doc string, report func(name *ast.Ident, of string)) {
	var list *ast.FieldList
	switch of := s.Type.(type) {
	case *ast.StructType:
		list = of.Fields
	case *ast.InterfaceType:
		list = of.Methods
	default:
		return
	}
	group, end := "", 0
	for _, field := range list.List {
		start := files.Position(field.Pos()).Line
		if field.Doc != nil {
			group = field.Doc.Text()
		} else if start > end+1 {
			group = ""
		}
		end = files.Position(field.End()).Line
		if field.Comment != nil || field.Tag != nil && strings.Contains(field.Tag.Value, ` help:"`) || doc != "" && start == files.Position(list.Opening).Line {
			continue
		}
		for _, name := range field.Names {
			if word := regexp.MustCompile(`\b` + name.Name + `\b`); field.Doc == nil && !word.MatchString(group) && !word.MatchString(doc) {
				report(name, s.Name.Name+".")
			}
		}
	}
}

// exportedReceiver reports whether a function has no receiver, or one of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	return ast.IsExported(typeName(d.Recv.List[0].Type))
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
