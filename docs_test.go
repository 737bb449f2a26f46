package latchkey_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryTestThatTheIndexNamesExists keeps docs/rfc/index honest.
func TestEveryTestThatTheIndexNamesExists(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile("docs/rfc/index.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(string(index), -1) {
		if !strings.Contains(tests.String(), "func "+name+"(") {
			t.Errorf("docs/rfc/index.md names %s, which is not there", name)
		}
	}
	for line := range strings.Lines(string(index)) {
		if strings.Contains(line, "| yes") && !strings.Contains(line, "Test") {
			t.Errorf("no test shows this: %s", line)
		}
	}
}

// TestEveryLinkOfTheDocsLeadsSomewhere follows the links between files.
func TestEveryLinkOfTheDocsLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)\)`)
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".md") || strings.Contains(path, "node_modules") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
