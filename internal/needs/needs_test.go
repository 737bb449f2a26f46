package needs

import (
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

func TestSkippedNamesEveryMissingProgram(t *testing.T) {
	t.Setenv("CI", "")
	t.Setenv("PATH", t.TempDir())
	if strace.find() != "" {
		t.Fatal("strace is found outside PATH")
	}
	if line := Skipped(); !strings.Contains(line, "strace") || !strings.Contains(line, "make setup") || strings.Contains(line, "\n") {
		t.Errorf("the line is %q", line)
	}
	t.Setenv("CI", "true")
	if line := Skipped(); line != "" {
		t.Errorf("in CI nothing is skipped, but the line is %q", line)
	}
}
