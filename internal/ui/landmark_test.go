package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedSection = regexp.MustCompile(`<section[^>]*aria-labelledby="([^"]+)"`)
	namedRegion  = regexp.MustCompile(`role="region" aria-labelledby="([^"]+)"`)
	heading      = regexp.MustCompile(`<h([1-6])[ >]`)
)

// TestLandmarksAndHeadingsOfPages reads all templates. A region has another name than the section
// around it, so that people who go from landmark to landmark can tell them apart, and no level of
// headings is skipped.
func TestLandmarksAndHeadingsOfPages(t *testing.T) {
	for _, pattern := range []string{"../web/pages/*.html", "../admin/pages/*.html", "../consumer/pages/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 5 {
			t.Fatal(pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Split(string(text), "{{define ")[1:] {
				sections := make(map[string]bool)
				for _, found := range namedSection.FindAllStringSubmatch(part, -1) {
					sections[found[1]] = true
				}
				for _, found := range namedRegion.FindAllStringSubmatch(part, -1) {
					if sections[found[1]] {
						t.Errorf("%s: a section and a region in it have the same name: %s", file, found[1])
					}
				}
				last := "6"
				for _, found := range heading.FindAllStringSubmatch(part, -1) {
					if found[1][0] > last[0]+1 {
						t.Errorf("%s: h%s follows h%s", file, found[1], last)
					}
					last = found[1]
				}
			}
		}
	}
}
