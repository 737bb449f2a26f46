package latchkey_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// foreground are packages whose goroutines run only in tests, or in a command whose
// output is text for people.
var foreground = []string{"storetest", "latchkeytest", "internal/pgtest", "internal/dnstest", "internal/testdb", "internal/loadtest", "internal/livecheck", "sqlstore/copy"}

// TestEveryGoroutineLogsItsPanic, so that a log of JSON never ends with text: the first
// statement of every goroutine is "defer crash.Log(...)", and so is that of every
// function that time.AfterFunc, context.AfterFunc or singleflight runs in one.
func TestEveryGoroutineLogsItsPanic(t *testing.T) {
	goroutines := 0
	files := token.NewFileSet()
	check := func(at token.Pos, function ast.Expr) {
		goroutines++
		if !defersLog(function) {
			t.Errorf("%s: the goroutine does not begin with defer crash.Log", files.Position(at))
		}
	}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains(append([]string{"e2e", "bench", "tools", "docs", "examples"}, foreground...), path) || path != "." && strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				check(node.Pos(), node.Call.Fun)
			case *ast.CallExpr:
				method, ok := node.Fun.(*ast.SelectorExpr)
				switch {
				case ok && method.Sel.Name == "Go" && len(node.Args) == 1, ok && slices.Contains([]string{"AfterFunc", "DoChan"}, method.Sel.Name) && len(node.Args) == 2:
					check(node.Pos(), node.Args[len(node.Args)-1])
				}
			}
			return true
		})
		return nil
	})
	if err != nil || goroutines < 10 {
		t.Errorf("%d goroutines were found: %v", goroutines, err)
	}
}

// defersLog reports whether an expression is a function whose first statement defers
// crash.Log.
func defersLog(function ast.Expr) bool {
	literal, ok := function.(*ast.FuncLit)
	if !ok || len(literal.Body.List) == 0 {
		return false
	}
	deferred, ok := literal.Body.List[0].(*ast.DeferStmt)
	if !ok {
		return false
	}
	called, ok := deferred.Call.Fun.(*ast.SelectorExpr)
	if !ok || called.Sel.Name != "Log" {
		return false
	}
	in, ok := called.X.(*ast.Ident)
	return ok && in.Name == "crash"
}
