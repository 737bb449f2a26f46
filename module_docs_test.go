package latchkey_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docPages returns the pages that people read to write a program, with their texts.
func docPages(t *testing.T) map[string]string {
	t.Helper()
	pages := make(map[string]string)
	for _, pattern := range []string{"README.md", "docs/tutorial/*.md", "docs/how-to/*.md", "docs/how-to/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range found {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			pages[page] = string(text)
		}
	}
	return pages
}

// ownModule is the command with which a page completes a module of the reader.
var ownModule = regexp.MustCompile("In a module of your own, run `(go [^`]+)` after you have written ")

// TestPagesWithProgramsSayHowToCompleteAModule: a program that is written in a module of its own
// compiles only if its go.sum contains what the packages of Latchkey need, which go get of the module
// does not add.
func TestPagesWithProgramsSayHowToCompleteAModule(t *testing.T) {
	program := regexp.MustCompile("(?s)```go[^\n]*\n[^`]*?(func main\\(\\)|sqlite\\.Use\\()")
	others := []string{ // pages that begin with a part of a program
		"docs/how-to/guard-an-api.md", "docs/how-to/protect-an-mcp-server.md", "docs/how-to/test-a-program.md", "docs/tutorial/09-mcp-server.md",
	}
	found := 0
	for page, text := range docPages(t) {
		if strings.Contains(text, "go get github.com/seed-e6a88a41") {
			t.Errorf("%s: go get does not add all that is needed; name go mod tidy", page)
		}
		if !slices.Contains(others, page) && !program.MatchString(text) {
			continue
		}
		found++
		if command := ownModule.FindStringSubmatch(text); command == nil || command[1] != "go mod tidy" {
			t.Errorf("%s does not say how to complete a module of the reader: got %q", page, command)
		}
	}
	if found < 9 {
		t.Errorf("only %d pages were found", found)
	}
}

// TestProgramsOfTheDocsHaveAllModules does what the README says, in a new module with the
// programs of the tutorials, the examples and a test.
func TestProgramsOfTheDocsHaveAllModules(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	pages, module := docPages(t), t.TempDir()
	add := func(path, content string) {
		path = filepath.Join(module, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	programs := 0
	for _, text := range pages {
		for _, file := range regexp.MustCompile("(?s)```go ([\\w/]+\\.go)\n(.*?)```").FindAllStringSubmatch(text, -1) {
			programs++
			add(file[1], file[2])
		}
	}
	if programs < 3 {
		t.Errorf("only %d files were found", programs)
	}
	for _, name := range []string{"embed", "production", "api"} {
		if err := os.CopyFS(filepath.Join(module, name), os.DirFS("examples/"+name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(module, name, "main_test.go")); err != nil { // it uses internal packages
			t.Fatal(err)
		}
	}
	test, err := os.ReadFile("latchkeytest/howto_test.go")
	if err != nil {
		t.Fatal(err)
	}
	add("tested/howto_test.go", string(test))
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		// The checksums of the modules were verified when they were downloaded for this module.
		cmd.Dir, cmd.Env = module, append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOSUMDB=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run("go", "mod", "init", "example.com/app")
	run("go", "mod", "edit", "-replace", "github.com/seed-e6a88a41/latchkey="+root)
	command := ownModule.FindStringSubmatch(pages["README.md"])
	if command == nil {
		t.Fatal("README.md names no command")
	}
	run(strings.Fields(command[1])...)
	run("go", "list", "-deps", "-test", "./...") // it fails if go.mod or go.sum lacks a module
}
