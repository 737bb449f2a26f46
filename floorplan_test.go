package latchkey_test

import (
	"fmt"
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

// A room is what a package may import of this module, and what it must not
// import: these paths and everything below them. "*" is every package.
type room struct{ may, never []string }

// drivers are the database drivers; only an engine imports one.
var drivers = []string{"modernc.org/sqlite", "github.com/jackc", "github.com/lib/pq", "github.com/mattn/go-sqlite3"}

var rooms = map[string]room{
	"":                          {may: []string{"audit", "internal/crash", "oauth", "provider", "account", "resource", "validate", "paging", "internal/settings", "internal/bodylimit", "internal/developers", "internal/web", "internal/acts", "internal/admin", "internal/adminapi", "internal/scim", "internal/counts", "internal/rejections", "internal/flows", "internal/ui", "internal/outbound", "internal/upstream", "internal/loginproviders", "internal/webhook"}, never: []string{"database/sql"}},
	"paging":                    {never: []string{"net/http", "database/sql", "html/template"}},
	"validate":                  {never: []string{"net/http", "database/sql", "html/template"}},
	"audit":                     {may: []string{"account", "internal/crash", "oauth", "paging"}, never: []string{"net/http", "database/sql", "html/template"}},
	"oauth":                     {may: []string{"paging"}, never: []string{"net/http", "database/sql", "html/template"}},
	"provider":                  {may: []string{"internal/crash", "internal/deliveries", "internal/palette", "oauth", "internal/seal", "internal/settings", "internal/turns", "validate", "internal/jose"}, never: []string{"net/http", "database/sql", "html/template"}},
	"account":                   {may: []string{"internal/crash", "internal/settings", "internal/hashcost", "internal/passkeys", "internal/portrait", "internal/seal", "internal/turns", "internal/writeback", "paging", "validate"}, never: []string{"net/http", "database/sql", "html/template"}},
	"resource":                  {may: []string{"internal/crash", "internal/jose"}, never: []string{"database/sql", "html/template"}},
	"sqlstore":                  {may: []string{"audit", "internal/crash", "oauth", "account", "paging"}, never: append([]string{"net/http"}, drivers...)},
	"sqlstore/migrations":       {never: append([]string{"net/http"}, drivers...)},
	"sqlstore/convert":          {may: []string{"oauth", "account", "sqlstore/migrations"}, never: append([]string{"net/http"}, drivers...)},
	"sqlstore/internal/rowtest": {may: []string{"audit", "sqlstore", "oauth", "account", "paging"}, never: append([]string{"net/http"}, drivers...)},
	"sqlstore/copy":             {may: []string{"sqlstore"}, never: append([]string{"net/http"}, drivers...)},
	"sqlstore/sqlite":           {may: []string{"audit", "sqlstore", "sqlstore/convert", "sqlstore/copy", "sqlstore/migrations", "oauth", "account", "paging"}, never: []string{"net/http", "github.com/jackc"}},
	"sqlstore/postgres":         {may: []string{"audit", "sqlstore", "sqlstore/convert", "sqlstore/copy", "sqlstore/migrations", "oauth", "account", "paging"}, never: []string{"net/http", "modernc.org/sqlite"}},
	"internal/jose":             {may: []string{"internal/crash"}, never: append([]string{"net/http", "database/sql", "html/template"}, drivers...)},
	"internal/pgtest":           {may: []string{"internal/needs"}, never: []string{"net/http"}},
	"internal/testdb":           {may: []string{"internal/pgtest", "sqlstore", "sqlstore/copy", "sqlstore/postgres", "sqlstore/sqlite"}, never: []string{"net/http"}},
	"internal/dnstest":          {never: []string{"net/http", "database/sql"}},
	"internal/needs":            {never: []string{"net/http", "database/sql"}},
	"memstore":                  {may: []string{"audit", "oauth", "account", "paging"}, never: []string{"net/http", "database/sql"}},
	"storetest":                 {may: []string{"audit", "oauth", "account", "paging"}, never: append([]string{"net/http", "database/sql"}, drivers...)},
	"internal/outbound":         {may: []string{"oauth"}, never: []string{"database/sql"}},
	"internal/loginproviders":   {may: []string{"internal/crash", "internal/seal", "internal/upstream", "account", "oauth"}, never: []string{"net/http", "database/sql", "html/template"}},
	"internal/hasher":           {may: []string{"internal/crash"}, never: append([]string{"database/sql"}, drivers...)}, // only a program that starts itself again links it
	"internal/upstream":         {may: []string{"internal/crash", "internal/outbound"}, never: []string{"database/sql", "html/template"}},
	"ldap":                      {may: []string{"internal/crash", "internal/upstream"}, never: []string{"net/http", "database/sql", "html/template"}}, // only a host that chooses it links it
	"internal/counts":           {may: []string{"internal/writeback", "oauth"}, never: []string{"net/http", "database/sql", "html/template"}},
	"internal/flows":            {may: []string{"internal/writeback", "oauth"}, never: []string{"net/http", "database/sql"}},
	"internal/rejections":       {may: []string{"internal/writeback", "oauth"}, never: []string{"net/http", "database/sql"}},
	"internal/palette":          {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/ui":               {may: []string{"internal/palette", "internal/settings"}, never: []string{"database/sql"}},
	"internal/web":              {may: []string{"audit", "internal/bodylimit", "internal/crash", "internal/endpoint", "oauth", "provider", "account", "paging", "validate", "internal/rejections", "internal/flows", "internal/palette", "internal/seal", "internal/ui", "internal/upstream", "internal/loginproviders", "internal/developers", "internal/clientfields"}, never: []string{"database/sql"}},
	"internal/admin":            {may: []string{"audit", "internal/acts", "internal/endpoint", "oauth", "provider", "account", "paging", "validate", "internal/counts", "internal/rejections", "internal/flows", "internal/clientfields", "internal/developers", "internal/ui", "internal/upstream", "internal/loginproviders"}, never: []string{"database/sql"}},
	"internal/acts":             {may: []string{"audit", "internal/clientfields", "oauth", "provider", "account", "paging", "validate"}, never: []string{"net/http", "database/sql", "html/template"}},
	"internal/adminapi":         {may: []string{"audit", "internal/acts", "internal/bodylimit", "internal/clientfields", "internal/declared", "internal/counts", "internal/developers", "internal/endpoint", "internal/flows", "internal/loginproviders", "internal/rejections", "internal/seal", "internal/upstream", "oauth", "provider", "account", "paging", "resource", "validate"}, never: []string{"database/sql", "html/template"}},
	"internal/scim":             {may: []string{"account", "audit", "internal/adminapi", "internal/endpoint", "oauth", "paging", "resource", "validate"}, never: []string{"database/sql", "html/template"}},
	"internal/declared":         {may: []string{"account", "audit", "oauth", "provider", "paging", "internal/acts", "internal/clientfields", "internal/loginproviders", "internal/settings", "internal/upstream", "validate"}, never: []string{"net/http", "database/sql", "html/template"}},
	"internal/developers":       {may: []string{"account", "oauth", "provider", "paging", "validate", "internal/settings", "internal/clientfields"}, never: []string{"net/http", "database/sql", "html/template"}},
	"internal/clientfields":     {may: []string{"account", "oauth", "provider", "internal/settings", "internal/ui"}, never: []string{"net/http", "database/sql"}},
	"internal/portrait":         {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/bodylimit":        {never: []string{"database/sql"}},
	"internal/consumer":         {may: []string{"internal/bodylimit", "internal/ui"}, never: []string{"database/sql"}},
	"internal/deliveries":       {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/webhook":          {may: []string{"internal/crash", "internal/deliveries", "oauth"}, never: []string{"database/sql", "html/template"}},
	"internal/endpoint":         {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/crash":            {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/passkeys":         {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/seal":             {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/settings":         {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/hashcost":         {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/testkeys":         {may: []string{"internal/jose"}, never: []string{"net/http", "database/sql"}},
	"internal/testjwt":          {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/writeback":        {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/turns":            {never: []string{"net/http", "database/sql", "html/template"}},
	"internal/ops":              {may: []string{"audit", "internal/crash", "internal/endpoint", "", "oauth", "provider", "sqlstore"}, never: append([]string{"database/sql", "html/template"}, drivers...)},
	"internal/livecheck":        {never: []string{"database/sql", "html/template"}},
	"internal/loadtest":         {never: []string{"database/sql", "html/template"}},
	"internal/mock":             {may: []string{""}, never: []string{"database/sql", "html/template"}},
	"internal/hosttest":         {may: []string{"", "oauth"}, never: []string{"database/sql"}},
	"internal/pseudo":           {may: []string{"internal/ui"}, never: []string{"database/sql"}},
	"adapters/connectguard":     {may: []string{"resource"}, never: []string{"database/sql", "html/template"}}, // a module of its own, like the next
	"adapters/grpcguard":        {may: []string{"resource"}, never: []string{"database/sql", "html/template"}},
	"interop":                   {may: []string{"resource"}}, // also a module of its own
	"latchkeytest":              {may: []string{"", "internal/admin", "internal/mock", "internal/ui", "internal/web", "internal/testkeys", "oauth", "provider", "account", "memstore"}},
	"cmd/latchkey":              {may: []string{"*"}},
}

// TestPackagesImportOnlyWhatTheFloorPlanAllows compares the imports of every
// package with the plan. Tests are not part of the plan.
func TestPackagesImportOnlyWhatTheFloorPlanAllows(t *testing.T) {
	seen := make(map[string]bool)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{"e2e", "bench", "tools", "docs", "examples", "testdata"}, path) || (strings.HasPrefix(entry.Name(), ".") && path != ".") {
				return fs.SkipDir // other modules, and directories outside the plan
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		folder := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), ".")
		plan, planned := rooms[folder]
		if !planned {
			t.Errorf("%s: the package is not in the floor plan: add %q, and give the reason in docs/decisions", path, folder)
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
			if objection := plan.objection(name); objection != "" {
				t.Errorf("%s imports %s: %s", path, name, objection)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder := range rooms {
		if !seen[folder] {
			t.Errorf("the floor plan lists the package %q, which does not exist", folder)
		}
	}
}

// objection returns why the package must not import the path, or "".
func (r room) objection(path string) string {
	for _, never := range r.never {
		if within(path, never) {
			return fmt.Sprintf("the package must not import %s or anything below it", never)
		}
	}
	if !within(path, module) || slices.Contains(r.may, "*") {
		return ""
	}
	if ours := strings.TrimPrefix(strings.TrimPrefix(path, module), "/"); !slices.Contains(r.may, ours) {
		return fmt.Sprintf("the floor plan does not list %q for the package", ours)
	}
	return ""
}

// within reports whether path is parent or below it.
func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

func TestTheFloorPlanForbidsEverythingBelowAForbiddenPath(t *testing.T) {
	for _, test := range []struct {
		room, path string
		allowed    bool
	}{
		{"oauth", "net/http", false},
		{"oauth", "net/http/httputil", false},
		{"oauth", "net/url", true},
		{"oauth", "database/sql/driver", false},
		{"provider", module + "/oauth", true},
		{"provider", module + "/account", false},
		{"sqlstore", "github.com/jackc/pgx/v5", false},
		{"sqlstore", "modernc.org/sqlite/lib", false},
		{"sqlstore/postgres", "github.com/jackc/pgx/v5", true},
		{"sqlstore/postgres", module + "/sqlstore/sqlite", false},
		{"sqlstore", module + "/sqlstore/postgres", false},
		{"internal/web", module + "/internal/admin", false},
		{"latchkeytest", module, true},
		{"cmd/latchkey", module + "/internal/web", true},
	} {
		if objection := rooms[test.room].objection(test.path); (objection == "") != test.allowed {
			t.Errorf("%q imports %s: allowed is %t (%s), want %t", test.room, test.path, objection == "", objection, test.allowed)
		}
	}
}
