package latchkey_test

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// largestCycle is how many files may refer to each other in a circle.
const largestCycle = 8

// TestFilesReferOnlyToFilesAboveThemInTheReadingOrder compares the references
// between the files of a package with the reading order in its doc.go. In
// package provider, methods of Provider may be called from every file.
func TestFilesReferOnlyToFilesAboveThemInTheReadingOrder(t *testing.T) {
	for _, test := range []struct{ folder, anywhere string }{
		{"oauth", ""},
		{"provider", "Provider"},
	} {
		t.Run(test.folder, func(t *testing.T) {
			p := loadPackage(t, test.folder)
			order := readingOrder(t, test.folder, p.names)
			for _, name := range p.names {
				if name != "doc.go" && !slices.Contains(order, name) {
					t.Errorf("%s is not in the reading order of %s/doc.go", name, test.folder)
				}
			}
			for _, name := range order {
				if !slices.Contains(p.names, name) {
					t.Errorf("%s/doc.go lists %s, which does not exist", test.folder, name)
				}
			}
			edges := make(map[string][]string)
			upward := make(map[[2]string][]string) // names by the two files
			for _, r := range p.references() {
				edges[r.from] = append(edges[r.from], r.to)
				from, to := slices.Index(order, r.from), slices.Index(order, r.to)
				if to <= from || from < 0 || (test.anywhere != "" && r.receiver == test.anywhere) {
					continue
				}
				if files := [2]string{r.from, r.to}; !slices.Contains(upward[files], r.name) {
					upward[files] = append(upward[files], r.name)
				}
			}
			for files, names := range upward {
				t.Errorf("%s refers to %s, which %s declares below it in the reading order", files[0], strings.Join(names, ", "), files[1])
			}
			for _, cycle := range cycles(p.names, edges) {
				if len(cycle) > largestCycle {
					t.Errorf("%d files refer to each other, the largest number allowed is %d: %s", len(cycle), largestCycle, strings.Join(cycle, " "))
				}
			}
		})
	}
}

// readingOrder returns the file names that doc.go lists, from the line with
// "Reading order" on. A pattern such as grant_*.go stands for the files that are not listed
// by their names, in alphabetical order.
func readingOrder(t *testing.T, folder string, files []string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(content), "Reading order")
	if !found {
		t.Fatalf("%s/doc.go has no reading order", folder)
	}
	var order []string
	names := regexp.MustCompile(`[\w*]+\.go\b`).FindAllString(list, -1)
	for _, name := range names {
		if !strings.Contains(name, "*") {
			order = append(order, name)
			continue
		}
		for _, file := range files {
			if matches, _ := filepath.Match(name, file); matches && !slices.Contains(names, file) {
				order = append(order, file)
			}
		}
	}
	return order
}

// checkedPackage is a package with the types of all its expressions.
type checkedPackage struct {
	names []string // of its files
	files *token.FileSet
	types *types.Package
	info  types.Info
}

// loadPackage checks the types of a package.
func loadPackage(t *testing.T, folder string) *checkedPackage {
	t.Helper()
	return loadPackages(t, folder)[0]
}

// loadPackages checks the types of packages, as they are built for this system. Their
// imports are read from the build cache, so that nothing is downloaded.
func loadPackages(t *testing.T, folders ...string) (all []*checkedPackage) {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	for _, folder := range folders {
		args = append(args, "./"+folder)
	}
	list := exec.Command("go", args...)
	list.Env = append(os.Environ(), "CGO_ENABLED=0") // like the programs that tests build, so that they share the build cache
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := make(map[string]string)
	for line := range strings.Lines(string(output)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[path] = file
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, folder := range folders {
		p := &checkedPackage{
			files: files,
			info:  types.Info{Uses: make(map[*ast.Ident]types.Object)},
		}
		source, err := build.ImportDir(folder, 0)
		if err != nil {
			t.Fatal(err)
		}
		var syntax []*ast.File
		for _, name := range source.GoFiles {
			file, err := parser.ParseFile(p.files, filepath.Join(folder, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			p.names = append(p.names, name)
			syntax = append(syntax, file)
		}
		config := types.Config{Importer: imports}
		if p.types, err = config.Check(module+"/"+folder, p.files, syntax, &p.info); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// reference is a use of a name that another file of the package declares.
type reference struct {
	from, to string // files
	name     string
	receiver string // the type, if the name is a method
}

// references returns the references between the files of the package, in the
// order of the files.
func (p *checkedPackage) references() []reference {
	var found []reference
	for use, object := range p.info.Uses {
		if object.Pkg() != p.types || !object.Pos().IsValid() {
			continue
		}
		r := reference{from: p.file(use.Pos()), to: p.file(object.Pos()), name: object.Name()}
		if r.from == r.to {
			continue
		}
		if f, isFunc := object.(*types.Func); isFunc && f.Signature().Recv() != nil {
			r.receiver = receiverName(f.Signature().Recv().Type())
			r.name = r.receiver + "." + r.name
		}
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b reference) int {
		return strings.Compare(a.from+" "+a.to+" "+a.name, b.from+" "+b.to+" "+b.name)
	})
	return found
}

func (p *checkedPackage) file(at token.Pos) string {
	return filepath.Base(p.files.Position(at).Filename)
}

func receiverName(t types.Type) string {
	if pointer, isPointer := t.(*types.Pointer); isPointer {
		t = pointer.Elem()
	}
	if named, isNamed := t.(*types.Named); isNamed {
		return named.Obj().Name()
	}
	return ""
}

// cycles returns the sets of files that refer to each other, directly or
// through others (Tarjan's strongly connected components).
func cycles(names []string, edges map[string][]string) [][]string {
	var found [][]string
	var stack []string
	index, low := make(map[string]int), make(map[string]int)
	var visit func(string)
	visit = func(name string) {
		index[name] = len(index) + 1
		low[name] = index[name]
		stack = append(stack, name)
		for _, next := range edges[name] {
			switch {
			case index[next] == 0:
				visit(next)
				low[name] = min(low[name], low[next])
			case slices.Contains(stack, next):
				low[name] = min(low[name], index[next])
			}
		}
		if low[name] == index[name] {
			at := slices.Index(stack, name)
			if len(stack)-at > 1 {
				found = append(found, slices.Sorted(slices.Values(stack[at:])))
			}
			stack = stack[:at]
		}
	}
	for _, name := range names {
		if index[name] == 0 {
			visit(name)
		}
	}
	return found
}
