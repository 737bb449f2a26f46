package postgres_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// hostileTypes are the types of the parameters of the functions and operators
// that another role adds.
var hostileTypes = strings.Fields("name text varchar oid regclass bigint integer smallint bytea boolean int2vector name[] text[] bigint[] bytea[] oid[] smallint[]")

// plant creates, in the schema public, functions and operators that match the
// parameters of the statements of this module better than those of PostgreSQL,
// or equally well. Each of them fails when it is called.
func plant(t *testing.T, url string) {
	t.Helper()
	conn := connected(t, url)
	do(t, conn, `CREATE FUNCTION public.sprung() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'a function of another role was called'; END $$`)
	var traps strings.Builder
	trap := func(name string, types ...string) {
		fmt.Fprintf(&traps, "CREATE FUNCTION public.%s(%s) RETURNS text LANGUAGE sql AS 'SELECT public.sprung()';\n", name, strings.Join(types, ", "))
	}
	for _, name := range calledFunctions(t, asked(t, url, `SELECT DISTINCT proname::text FROM pg_proc`)) {
		for _, first := range hostileTypes {
			trap(name, first)
			for _, second := range hostileTypes {
				trap(name, first, second)
			}
		}
	}
	for i, operator := range strings.Fields("= <> < > <= >= + - * / || ~~ !~~ ~ -> ->>") {
		for _, left := range hostileTypes {
			for _, right := range hostileTypes {
				name := fmt.Sprintf("trap%d", i)
				fmt.Fprintf(&traps, "CREATE FUNCTION public.%s(%s, %s) RETURNS boolean LANGUAGE sql AS 'SELECT public.sprung() IS NULL';\n", name, left, right)
				fmt.Fprintf(&traps, "CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.%s);\n", operator, left, right, name)
			}
		}
	}
	do(t, conn, traps.String())
	if err := conn.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// calledFunctions returns the functions of PostgreSQL whose names appear before
// a parenthesis in the source code of the stores and of goose's lock.
func calledFunctions(t *testing.T, builtin []string) []string {
	t.Helper()
	call := regexp.MustCompile(`\b([a-z_0-9]+)\(`)
	called := make(map[string]bool)
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(".."), path)
		for _, found := range call.FindAllStringSubmatch(string(text), -1) {
			if slices.Contains(builtin, found[1]) {
				called[found[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(called))
}

// hostile is a database with the tables in which another role has added functions and
// operators to the schema of the tables.
func hostile(t *testing.T) (url string) {
	t.Helper()
	url = database(t)
	plant(t, url)
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	return url
}

// TestFunctionsThatAnotherRoleAddsAreNeverCalled: the class of CVE-2018-1058. All tests
// of the promises of the Store run in such a database, directly and behind a pooler, where
// Latchkey cannot set a search_path. Here a statement that is not careful calls the
// functions, so these tests would notice it.
func TestFunctionsThatAnotherRoleAddsAreNeverCalled(t *testing.T) {
	conn := connected(t, hostile(t))
	for _, careless := range []string{
		`SELECT length('a'::varchar)`, `SELECT length('a'::varchar) FROM latchkey_config_version`, `SELECT 'a'::varchar = 'b'::varchar`,
	} {
		if _, err := conn.Exec(ctx, careless); err == nil || !strings.Contains(err.Error(), "a function of another role was called") {
			t.Errorf("%s: got %v", careless, err)
		}
	}
}

// TestConversionCallsNoFunctionsThatAnotherRoleAdded, nor do the checks of rights
// and settings.
func TestConversionCallsNoFunctionsThatAnotherRoleAdded(t *testing.T) {
	old, err := os.ReadFile("../testdata/before-0.1.0/postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	from := database(t)
	do(t, connected(t, from), string(old))
	plant(t, from)
	if _, err := postgres.Pending(ctx, from); err != nil {
		t.Error(err)
	}
	if _, err := postgres.Migrate(ctx, from); err != nil {
		t.Fatal(err)
	}
	s := open(t, from, nil)
	if missing, err := s.MissingRights(ctx); missing != "" || err != nil {
		t.Errorf("got %q, %v", missing, err)
	}
	if _, err := s.Warnings(ctx); err != nil {
		t.Error(err)
	}
}
