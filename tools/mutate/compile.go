package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/tools/go/packages"
)

// A compiler checks in memory whether mutated packages compile. It reads each package once, and the
// packages that it imports from the build cache.
type compiler struct {
	root     string
	files    *token.FileSet
	packages map[string]*original // by directory
}

// An original is a package without mutations.
type original struct {
	*packages.Package
	bare []*ast.File // the files, without the bodies of functions
}

// newCompiler loads the packages of the files that the mutations change.
func newCompiler(ctx context.Context, root string, mutations []mutation) (*compiler, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	c := &compiler{root, token.NewFileSet(), make(map[string]*original)}
	modules := make(map[string][]string)
	for _, m := range mutations {
		directory := filepath.Dir(filepath.Join(root, m.file))
		if filepath.Ext(m.file) != ".go" || c.packages[directory] != nil {
			continue
		}
		c.packages[directory] = &original{}
		module := moduleOf(directory)
		modules[module] = append(modules[module], directory)
	}
	for module, directories := range modules {
		if err := c.load(ctx, module, directories); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// moduleOf returns the nearest directory with a go.mod.
func moduleOf(directory string) string {
	for at := directory; ; at = filepath.Dir(at) {
		if exists(filepath.Join(at, "go.mod")) || at == filepath.Dir(at) {
			return at
		}
	}
}

func (c *compiler) load(ctx context.Context, module string, directories []string) error {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesSizes | packages.NeedModule
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: module, Fset: c.files, Mode: mode}, directories...)
	if err != nil {
		return err
	}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return fmt.Errorf("%s does not compile without a mutation: %w", p.PkgPath, p.Errors[0])
		}
		of := &original{Package: p}
		for _, file := range p.Syntax {
			of.bare = append(of.bare, withoutBodies(file))
		}
		c.packages[filepath.Dir(p.CompiledGoFiles[0])] = of
	}
	return nil
}

// withoutBodies returns a file whose functions have no bodies.
func withoutBodies(file *ast.File) *ast.File {
	bare := *file
	bare.Decls = slices.Clone(file.Decls)
	for i, d := range bare.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			declared := *f
			declared.Body = nil
			bare.Decls[i] = &declared
		}
	}
	return &bare
}

// check returns the first error of the package with a mutation, or nil. mutated is the changed
// content of the file.
func (c *compiler) check(m mutation, mutated string) error {
	name := filepath.Join(c.root, m.file)
	p := c.packages[filepath.Dir(name)]
	if p == nil {
		return nil // no Go file
	}
	at := slices.Index(p.CompiledGoFiles, name)
	if at < 0 {
		return nil // another platform has this file
	}
	file, err := parser.ParseFile(c.files, name, mutated, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	within, err := c.inBody(p.Syntax[at], m)
	if err != nil {
		return err
	}
	within = within && len(file.Decls) == len(p.Syntax[at].Decls)
	all := slices.Clone(p.Syntax)
	if within { // the other files see only the declaration
		all = slices.Clone(p.bare)
	}
	all[at] = file
	var first error
	config := types.Config{
		Importer: imports(p.Imports), Sizes: p.TypesSizes, GoVersion: "go" + p.Module.GoVersion,
		Error: func(err error) {
			wrong, ok := errors.AsType[types.Error](err)
			if first == nil && (!within || !ok || c.files.File(wrong.Pos) == c.files.File(file.FileStart)) {
				first = err
			}
		},
	}
	_, _ = config.Check(p.PkgPath, c.files, all, nil) // Error has the errors
	return first
}

// checkAll reports the mutations that do not compile, and returns their number.
func checkAll(ctx context.Context, root string, mutations []mutation) (failed int, err error) {
	c, err := newCompiler(ctx, root, mutations)
	if err != nil {
		return 0, err
	}
	faults := make([]error, len(mutations))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(mutations) && ctx.Err() == nil; i = next.Add(1) - 1 {
				mutated, err := mutations[i].apply(root)
				if err == nil {
					err = c.check(mutations[i], mutated)
				}
				faults[i] = err
			}
		})
	}
	workers.Wait()
	for i, err := range faults {
		if err != nil {
			fmt.Println(report(mutations[i], outcome{result: doesNotCompile}, 0), err)
			failed++
		}
	}
	return failed, ctx.Err()
}

// inBody reports whether a mutation changes only the body of one function.
func (c *compiler) inBody(file *ast.File, m mutation) (bool, error) {
	text, err := os.ReadFile(filepath.Join(c.root, m.file))
	if err != nil {
		return false, err
	}
	start := strings.Index(string(text), m.old)
	end := start + len(m.old)
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Body != nil && c.files.Position(f.Body.Lbrace).Offset < start && end <= c.files.Position(f.Body.Rbrace).Offset {
			return true, nil
		}
	}
	return false, nil
}

// imports are the packages that a package imports.
type imports map[string]*packages.Package

// Import is for package types.
func (i imports) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	p := i[path]
	if p == nil || p.Types == nil { // a mutation can use another package
		return nil, fmt.Errorf("the package %s is not imported without the mutation", path)
	}
	return p.Types, nil
}
