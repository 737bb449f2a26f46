package needs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorder is a test that only records how it ended.
type recorder struct {
	testing.TB
	skipped, failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Skipf(string, ...any)  { r.skipped = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestWithoutAProgramATestIsSkippedExceptInCI(t *testing.T) {
	absent := program{"Nothing", []string{"latchkey-does-not-exist"}, []string{"/does/not/exist/*"}}
	for value, fails := range map[string]bool{"": false, "false": false, "0": false, "true": true, "1": true} {
		t.Setenv("CI", value)
		r := &recorder{TB: t}
		absent.require(r)
		if r.failed != fails || r.skipped == fails {
			t.Errorf("CI=%q: failed %t, skipped %t", value, r.failed, r.skipped)
		}
	}
}

// TestSkippedNamesEveryMissingProgram: each exported function that returns the path of a program
// calls require for it, and Skipped names the program if it is missing.
func TestSkippedNamesEveryMissingProgram(t *testing.T) {
	t.Setenv("CI", "")
	t.Setenv("PATH", t.TempDir())
	declared := slices.Clone(programs)
	t.Cleanup(func() { programs = declared })
	for i := range programs {
		programs[i].paths = nil
	}
	line := Skipped()
	if !strings.Contains(line, "make setup") || strings.Contains(line, "\n") {
		t.Errorf("the line is %q", line)
	}
	source, err := os.ReadFile("needs.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`return (\w+)\.require\(t\)`).FindAllStringSubmatch(string(source), -1) {
		declaration := regexp.MustCompile(`\b` + name[1] + `\s+= declare\("([^"]+)"`).FindStringSubmatch(string(source))
		if declaration == nil || !strings.Contains(line, declaration[1]) {
			t.Errorf("%s is not in the line %q", name[1], line)
		}
	}
	if n := len(declared); strings.Count(line, ", ") != n-1 || n < 10 {
		t.Errorf("the line %q has not the names of %d programs", line, n)
	}
	t.Setenv("CI", "true")
	if line := Skipped(); line != "" {
		t.Errorf("in CI nothing is skipped, but the line is %q", line)
	}
}
