package latchkey_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestPublicNamesHaveTypesThatOthersCanUse: another module can neither create nor name a value
// of a type of an internal package, so no exported field, parameter, result, variable or
// constant of a public package has one. A type that a public package exports with an alias can
// be named.
func TestPublicNamesHaveTypesThatOthersCanUse(t *testing.T) {
	packages := publicPackages(t)
	uses := &typeUses{t: t, usable: make(map[*types.TypeName]bool)}
	for _, p := range packages {
		for _, name := range p.Scope().Names() {
			if alias, ok := p.Scope().Lookup(name).(*types.TypeName); ok && alias.Exported() && alias.IsAlias() {
				if named, ok := types.Unalias(alias.Type()).(*types.Named); ok {
					uses.usable[named.Obj()] = true
				}
			}
		}
	}
	for _, p := range packages {
		for _, name := range p.Scope().Names() {
			object := p.Scope().Lookup(name)
			if !object.Exported() {
				continue
			}
			where := p.Path() + "." + name
			name, isType := object.(*types.TypeName)
			switch {
			case !isType:
				uses.check(object.Type(), where)
			case !uses.usable[name] && !name.IsAlias():
				uses.declared(object.Type(), where)
			}
		}
	}
	if len(packages) < 10 || len(uses.usable) == 0 {
		t.Errorf("found %d packages and %d aliases", len(packages), len(uses.usable))
	}
}

// publicPackages returns the packages of this module that others can import, from the build
// cache.
func publicPackages(t *testing.T) (all []*types.Package) {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}\t{{.Name}}", "./...")
	list.Env = append(os.Environ(), "CGO_ENABLED=0") // like the programs that tests build, so that they share the build cache
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports, paths := make(map[string]string), []string{}
	for line := range strings.Lines(string(output)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		exports[fields[0]] = fields[1]
		if (fields[0] == module || strings.HasPrefix(fields[0], module+"/")) && fields[2] != "main" && !isInternal(fields[0]) {
			paths = append(paths, fields[0])
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, path := range paths {
		p, err := imports.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// isInternal reports whether only this module can import a package.
func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }

// typeUses finds types of internal packages.
type typeUses struct {
	t      *testing.T
	usable map[*types.TypeName]bool // those that have an exported alias
}

// declared checks the exported fields and methods of a type.
func (u *typeUses) declared(of types.Type, where string) {
	named, ok := types.Unalias(of).(*types.Named)
	if !ok {
		u.check(of, where)
		return
	}
	u.check(named.Underlying(), where)
	for method := range named.Methods() {
		if method.Exported() {
			u.check(method.Type(), where+"."+method.Name())
		}
	}
}

// check reports the types of internal packages of which a type consists.
func (u *typeUses) check(of types.Type, where string) {
	switch of := types.Unalias(of).(type) {
	case *types.Named:
		object := of.Obj()
		if object.Pkg() != nil && strings.HasPrefix(object.Pkg().Path(), module) && isInternal(object.Pkg().Path()) && !u.usable[object] {
			u.t.Errorf("%s has the type %s, which no other module can use", where, of)
		}
		for argument := range of.TypeArgs().Types() {
			u.check(argument, where)
		}
	case *types.Pointer:
		u.check(of.Elem(), where)
	case *types.Slice:
		u.check(of.Elem(), where)
	case *types.Array:
		u.check(of.Elem(), where)
	case *types.Chan:
		u.check(of.Elem(), where)
	case *types.Map:
		u.check(of.Key(), where)
		u.check(of.Elem(), where)
	case *types.Tuple:
		for v := range of.Variables() {
			u.check(v.Type(), where)
		}
	case *types.Signature:
		u.check(of.Params(), where)
		u.check(of.Results(), where)
	case *types.Struct:
		for field := range of.Fields() {
			if field.Exported() {
				u.check(field.Type(), where+"."+field.Name())
			}
		}
	case *types.Interface:
		for method := range of.Methods() {
			u.check(method.Type(), where+"."+method.Name())
		}
	}
}
