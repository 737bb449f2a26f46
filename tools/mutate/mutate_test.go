package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "module example.org/m\n\ngo 1.26.0\n"

const source = `package m

// Max returns the larger number.
func Max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func unused() int { return 1 }
`

const sourceTest = `package m

import "testing"

func TestMax(t *testing.T) {
	if Max(1, 2) != 2 || Max(2, 1) != 2 {
		t.Error("wrong")
	}
}
`

func TestAMutationIsKilledSurvivesOrDoesNotCompile(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{"go.mod": module, "m.go": source, "m_test.go": sourceTest} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copied, err := newTree(root, filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := parse(strings.Join([]string{
		"# a comment\nreason: the larger one\nfile: m.go\ntest: ./...\n- \tif a > b {\n+ \tif a < b {\n",
		"reason: not tested\nfile: m.go\ntest: ./...\n- return 1\n+ return 2\n",
		"reason: a removed line\nfile: m.go\ntest: ./...\n- \treturn b\n",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := copied.passes(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{killed, survived, doesNotCompile} {
		got, err := copied.try(t.Context(), list[i])
		if err != nil {
			t.Fatal(err)
		}
		if got.result != want || (got.test == "TestMax") != (want == killed) {
			t.Errorf("%s: %v, want %s", list[i].reason, got, want)
		}
	}
	if content, err := os.ReadFile(filepath.Join(copied.root, "m.go")); err != nil || string(content) != source {
		t.Errorf("the file was not restored: %v %s", err, content)
	}
}

func TestAStaleMutationIsReported(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.go"), []byte("x x y"), 0o644); err != nil {
		t.Fatal(err)
	}
	for old, stale := range map[string]bool{"x": true, "z": true, "y": false} {
		if _, err := (mutation{file: "a.go", old: old}).apply(root); (err != nil) != stale {
			t.Errorf("%q: %v", old, err)
		}
	}
}

func TestAMutationWithoutATestIsReported(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "m_test.go"), []byte(sourceTest), 0o644); err != nil {
		t.Fatal(err)
	}
	for tests, want := range map[string]bool{"./...": true, ".": true, ". -run TestMax": true, ". -run TestMin|Max/one": true, ". -run TestMin": false, "./other -run TestMax": false, "-C . . -run Max": true} {
		if err := (mutation{tests: strings.Fields(tests)}).checkTests(root); (err == nil) != want {
			t.Errorf("%s: got %v", tests, err)
		}
	}
}

func TestAnIncompleteMutationIsRejected(t *testing.T) {
	for _, text := range []string{"reason: x\nfile: y\n- z\n", "reason: x\ntest: ./...\n- z\n", "nonsense\n"} {
		if _, err := parse(text); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

// TestMutationsNeedNoEmptyLineBetweenThem: a merge can remove it.
func TestMutationsNeedNoEmptyLineBetweenThem(t *testing.T) {
	const text = "reason: one\nfile: a\ntest: ./...\n- x\nreason: two\nfile: b\ntest: ./...\n- y\n"
	if list, err := parse(text); err != nil || len(list) != 2 || list[0].old != "x" || list[1].file != "b" {
		t.Errorf("got %+v, %v", list, err)
	}
}

// TestAllListsAreRead, also the one beside the directory. A mutation that is in two of them counts once.
func TestAllListsAreRead(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "mutations")
	if _, err := readAll(directory); err == nil {
		t.Error("a directory without lists is accepted")
	}
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	one, two, three := "reason: 1\nfile: a\ntest: ./a\n- x\n", "reason: 2\nfile: b\ntest: ./b\n- x\n", "reason: 3\nfile: b\ntest: ./b\n- y\n"
	for name, content := range map[string]string{"mutations/a.txt": one, "mutations/b.txt": "# a comment\n\n" + two, "mutations.txt": one + three} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(directory), name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readAll(directory)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		got = append(got, fmt.Sprintf("%s:%d %s", m.list, m.line, m.reason))
	}
	if want := "a.txt:1 1, b.txt:3 2, mutations.txt:5 3"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestThePartsAreTheWholeList(t *testing.T) {
	all := []mutation{{line: 1}, {line: 2}, {line: 3}, {line: 4}, {line: 5}}
	seen := map[int]int{}
	for _, text := range []string{"1/3", "2/3", "3/3"} {
		var p part
		if err := p.Set(text); err != nil {
			t.Fatal(err)
		}
		for _, m := range p.of(all) {
			seen[m.line]++
		}
	}
	for _, m := range all {
		if seen[m.line] != 1 {
			t.Errorf("mutation %d is in %d parts", m.line, seen[m.line])
		}
	}
	for _, text := range []string{"", "0/2", "3/2", "1/0", "1", "1/2x", "-1/2"} {
		if err := new(part).Set(text); err == nil {
			t.Errorf("%q is accepted as a part", text)
		}
	}
}

func TestTheSamePackagesAreTestedTogether(t *testing.T) {
	var all []mutation
	for _, tests := range []string{"./a -run TestX", "./b -run TestY/z", "./a -run TestZ", "./a -run TestX", "./c", "./c -run TestX", "./d -run TestX", "./d"} {
		all = append(all, mutation{tests: strings.Fields(tests)})
	}
	var got []string
	for _, m := range together(all) {
		got = append(got, strings.Join(m.tests, " "))
	}
	if want := "./a -run TestX|TestZ, ./b -run TestY/z, ./c, ./d"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestAMutationIsTypeCheckedInMemory: the check finds the same mutations as the compiler, also those
// that break another file of the package.
func TestAMutationIsTypeCheckedInMemory(t *testing.T) {
	root := t.TempDir()
	const other = "package m\n\nimport \"strings\"\n\nfunc two() string { return strings.Repeat(name, Max(1, 2)) }\n\nfunc same[T any](v T) T { return v }\n"
	for name, content := range map[string]string{"go.mod": module, "m.go": source + "\nconst name = \"m\"\n", "other.go": other, "m_test.go": sourceTest} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		m     mutation
		wrong string // a part of the error, or empty: it compiles
	}{
		"a condition":                    {mutation{file: "m.go", old: "if a > b {", new: "if a < b {"}, ""},
		"a syntax error":                 {mutation{file: "m.go", old: "if a > b {", new: "if a > b"}, "expected"},
		"a variable that is not used":    {mutation{file: "m.go", old: "return 1", new: "x := 1; return 1"}, "declared and not used"},
		"an import that is not used":     {mutation{file: "other.go", old: "strings.Repeat(name, Max(1, 2))", new: "name"}, "imported and not used"},
		"a call with too few arguments":  {mutation{file: "other.go", old: "Max(1, 2)", new: "Max(1)"}, "not enough arguments"},
		"another signature":              {mutation{file: "m.go", old: "a, b int) int", new: "a, b int64) int64"}, "cannot use"},
		"a constant that is used":        {mutation{file: "m.go", old: "const name = ", new: "const other = "}, "undefined: name"},
		"a function that is not used":    {mutation{file: "m.go", old: "func unused() int { return 1 }", new: ""}, ""},
		"the end and the next functions": {mutation{file: "m.go", old: "return b\n}\n", new: "return b\n}\n\nfunc two() {}\n"}, "redeclared"},
	} {
		c, err := newCompiler(t.Context(), root, []mutation{test.m})
		if err != nil {
			t.Fatal(err)
		}
		mutated, err := test.m.apply(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.check(test.m, mutated); (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: got %v, want %q", name, err, test.wrong)
		}
	}
}
