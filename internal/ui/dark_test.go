package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// darkRule is the rule of the style sheet for people who prefer dark pages. It sets
// colors and nothing else.
var darkRule = regexp.MustCompile(`@media \(prefers-color-scheme: dark\) \{\s*:root \{(?:\s*--[a-z-]+: #[0-9a-f]{6};)+\s*\}\s*\}`)

// TestDarkPagesDifferOnlyInColors: the tests in a browser check dark pages only with
// the accessibility rules about colors.
func TestDarkPagesDifferOnlyInColors(t *testing.T) {
	rules := 0
	for _, pattern := range []string{"*.html", "assets/*", "../*/pages/*.*", "../*/pages/assets/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rules += len(darkRule.FindAll(text, -1))
			rest := darkRule.ReplaceAllString(string(text), "")
			for _, word := range []string{"prefers-color-scheme", "matchMedia", "light-dark("} {
				if strings.Contains(rest, word) {
					t.Errorf("%s contains %s", file, word)
				}
			}
		}
	}
	if rules != 1 {
		t.Errorf("%d rules set the colors of dark pages, want 1", rules)
	}
}
