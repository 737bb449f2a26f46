package latchkey_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/seed-e6a88a41/latchkey"

// room is a package of the house: which of ours it may import, and what it
// must never. "*" is anything.
type room struct{ may, never []string }

var rooms = map[string]room{
	"":                    {may: []string{"oauth", "provider", "account", "resource", "internal/web", "internal/admin", "internal/ui", "internal/outbound"}, never: []string{"database/sql"}},
	"provider":            {may: []string{"oauth"}, never: []string{"net/http", "database/sql", "html/template"}},
	"oauth":               {never: []string{"net/http", "database/sql", "html/template"}},
	"account":             {never: []string{"net/http", "database/sql", "html/template"}},
	"resource":            {never: []string{"database/sql"}},
	"sqlstore":            {may: []string{"oauth", "account"}, never: []string{"net/http", "modernc.org/sqlite"}},
	"sqlstore/migrations": {never: []string{"net/http"}},
	"sqlstore/sqlite":     {may: []string{"sqlstore", "sqlstore/migrations", "oauth", "account"}, never: []string{"net/http"}},
	"sqlstore/postgres":   {may: []string{"sqlstore", "sqlstore/migrations", "oauth", "account"}, never: []string{"net/http", "modernc.org/sqlite"}},
	"internal/pgtest":     {never: []string{"net/http"}},
	"memstore":            {may: []string{"oauth", "account"}, never: []string{"net/http", "database/sql"}},
	"storetest":           {may: []string{"oauth", "account"}, never: []string{"net/http", "database/sql"}},
	"internal/outbound":   {never: []string{"database/sql"}},
	"internal/ui":         {never: []string{"database/sql"}},
	"internal/web":        {may: []string{"oauth", "provider", "account", "internal/ui"}, never: []string{"database/sql"}},
	"internal/admin":      {may: []string{"oauth", "provider", "account", "internal/ui"}, never: []string{"database/sql"}},
	"internal/consumer":   {may: []string{"internal/ui"}, never: []string{"database/sql"}},
	"latchkeytest":        {may: []string{"", "oauth", "provider", "account", "memstore"}},
	"cmd/latchkey":        {may: []string{"*"}},
}

// TestTheFloorPlan holds every package to its place in the house. Tests may
// look from outside, so their files do not count.
func TestTheFloorPlan(t *testing.T) {
	seen := make(map[string]bool)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{"e2e", "bench", "tools", "docs", "testdata"}, path) || (strings.HasPrefix(entry.Name(), ".") && path != ".") {
				return fs.SkipDir // modules of their own, and no code
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		folder := filepath.ToSlash(filepath.Dir(path))
		if folder == "." {
			folder = ""
		}
		if strings.HasPrefix(folder, "examples/") {
			return nil
		}
		plan, planned := rooms[folder]
		if !planned {
			t.Errorf("%s is in no room of the plan: add %q, and say in docs/decisions why", path, folder)
			return nil
		}
		seen[folder] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			plan.hold(t, path, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder := range rooms {
		if !seen[folder] {
			t.Errorf("the plan has a room %q, but the house does not", folder)
		}
	}
}

func (r room) hold(t *testing.T, file, name string) {
	t.Helper()
	if slices.Contains(r.never, name) {
		t.Errorf("%s imports %s", file, name)
	}
	ours, found := strings.CutPrefix(name, module)
	if !found || slices.Contains(r.may, "*") {
		return
	}
	if !slices.Contains(r.may, strings.TrimPrefix(ours, "/")) {
		t.Errorf("%s imports %s, which is not on its floor", file, name)
	}
}
