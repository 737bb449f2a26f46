package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIncompatibleChangeNeedsAnExplanation builds a module with a release, and changes
// its API.
func TestIncompatibleChangeNeedsAnExplanation(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git := func(arguments ...string) {
		t.Helper()
		identity := []string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}
		if _, err := run(root, "git", append(identity, arguments...)...); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want, wantErr string) {
		t.Helper()
		var out strings.Builder
		err := compare(root, &out)
		if !strings.Contains(out.String(), want) || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("got %s, %v; want %q and %q", out.String(), err, want, wantErr)
		}
	}
	const changelog = "# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n\n### Go API\n\n- F.\n"
	write("go.mod", "module example.com/shop\n\ngo 1.26.0\n")
	write("CHANGELOG.md", changelog)
	write("shop.go", "package shop\n\nfunc F(int) {}\n")
	write("internal/x/x.go", "package x\n\nfunc G() {}\n")
	write("adapters/guard/go.mod", "module example.com/shop/adapters/guard\n\ngo 1.26.0\n\nrequire example.com/shop v0.0.0\n\nreplace example.com/shop => ../..\n")
	write("adapters/guard/guard.go", "package guard\n\nimport \"example.com/shop\"\n\nfunc H() { shop.F(1) }\n")
	write("bench/go.mod", "module example.com/shop/bench\n\ngo 1.26.0\n")
	write("bench/bench.go", "package bench\n\nfunc K() {}\n")
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "-m", "First")
	check("there is no release yet", "")
	git("tag", "v0.1.0")
	write("internal/x/x.go", "package x\n")
	write("shop.go", "package shop\n\nfunc F(int) {}\n\nfunc Added() {}\n")
	write("bench/bench.go", "package bench\n")
	check("compatible with v0.1.0", "")
	write("adapters/guard/guard.go", "package guard\n\nfunc H(int) {}\n")
	check("H: changed from func() to func(int)", "### Go API")
	write("adapters/guard/guard.go", "package guard\n\nfunc H() {}\n")
	write("shop.go", "package shop\n\nfunc F(string) {}\n")
	check("F: changed from func(int) to func(string)", "### Go API")
	write("CHANGELOG.md", strings.Replace(changelog, "[Unreleased]\n", "[Unreleased]\n\n### Go API\n\n- F takes a string.\n", 1))
	check("F: changed from func(int) to func(string)", "")
	write("shop.go", "package shop\n\nfunc F(\n")
	check("", "expected")
}
