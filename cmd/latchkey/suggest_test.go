package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSuggestedCommandsUseTheSameDatabase: a person copies a suggested command, and one without the
// flags would change, or create, the database of another server.
func TestSuggestedCommandsUseTheSameDatabase(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, text, want string }{
		{"serve --config c.yaml", "run latchkey migrate, or", "run LATCHKEY_DB_FILE=… latchkey migrate --config c.yaml, or"},
		{"user list", "run latchkey user list.", "run latchkey user list."},
		{"user list --db b.db", "List the users: latchkey user list", "List the users: latchkey user list --db b.db"},
		{"user list --db b.db", "for example: latchkey user delete zed --yes. Or run latchkey user use-accounts.", "for example: latchkey user delete --db b.db zed --yes. Or run latchkey user use-accounts --db b.db."},
		{"check --config c.yaml --data d'ir", "latchkey app add --client-id x", "latchkey app add --config c.yaml --data 'd'\\''ir' --client-id x"},
		{"user list --db postgres://id:secret@db.example/l", "latchkey user list", "latchkey user list --db postgres://id@db.example/l"},
		{"user list --db postgres://id@db.example/l?password=secret", "latchkey user list", "latchkey user list --db postgres://id@db.example/l"},
		{"user list --db postgres://id:secret@db.example/l?sslmode=verify-full&password=secret&sslpassword=secret&search_path=own&passfile=x", "latchkey user list", "latchkey user list --db 'postgres://id@db.example/l?search_path=own&sslmode=verify-full'"},
		{"user list --db password=secret", "latchkey user list", "latchkey user list --db '…'"},
		{"app list --server https://id.example", "latchkey app list, latchkey check", "latchkey app list --server https://id.example, latchkey check"},
		{"user list --db b.db", "latchkey is a program, latchkey user is a command, latchkey mock mock.json has no database", "latchkey is a program, latchkey user is a command, latchkey mock mock.json has no database"},
	} {
		c := &command{streams: streams{new(bytes.Buffer), new(bytes.Buffer), new(bytes.Buffer)}, config: newConfig()}
		root := rootCommand(c)
		running, rest, err := root.Find(strings.Fields(test.args))
		if err == nil {
			err = running.ParseFlags(rest)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.running = running
		c.config.note("db", "LATCHKEY_DB_FILE") // as systemd sets it
		if got := c.suggest(test.text); got != test.want {
			t.Errorf("%s: %q is suggested as %q, want %q", test.args, test.text, got, test.want)
		}
	}
}

// TestEveryTextThatSuggestsACommandNamesTheDatabase: warn, the errors of commands and the findings of check
// pass through suggest. A text that is printed in another way must be passed to it.
func TestEveryTextThatSuggestsACommandNamesTheDatabase(t *testing.T) {
	t.Parallel()
	prints := []string{"row", "line", "Print", "Printf", "Println", "Fprint", "Fprintf", "Fprintln", "WriteString", "Warn", "Info", "Error", "WarnContext", "InfoContext", "ErrorContext"}
	names, _ := filepath.Glob("*.go")
	suggestions := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var path []string // the names of the functions whose arguments contain the node, or ""
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case nil:
				path = path[:len(path)-1]
				return true
			case *ast.CallExpr:
				called := ""
				switch f := n.Fun.(type) {
				case *ast.Ident:
					called = f.Name
				case *ast.SelectorExpr:
					called = f.Sel.Name
				}
				path = append(path, called)
				return true
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && suggestedCommand.MatchString(text) {
					suggestions++
					if !slices.Contains(path, "suggest") && slices.ContainsFunc(path, func(f string) bool { return slices.Contains(prints, f) }) {
						t.Errorf("%s: %q is printed without c.suggest", files.Position(n.Pos()), text)
					}
				}
			}
			path = append(path, "")
			return true
		})
	}
	if suggestions < 40 {
		t.Errorf("only %d texts suggest a command", suggestions)
	}
}
