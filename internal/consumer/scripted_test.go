package consumer

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// TestFormsOfScriptsCannotBeSentWithoutThem: a browser sends a form without a method to
// the page itself. A code in it would be lost, and a secret would be in the URL.
func TestFormsOfScriptsCannotBeSentWithoutThem(t *testing.T) {
	files, err := fs.Glob(pages, "pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	form, button := regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`), regexp.MustCompile(`<button[^>]*>`)
	found := 0
	for _, name := range files {
		text, err := fs.ReadFile(pages, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range form.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(match[1], `method="post"`) {
				continue
			}
			for _, b := range button.FindAllString(match[2], -1) {
				if strings.Contains(b, `type="button"`) {
					continue
				}
				found++
				if !strings.Contains(b, " disabled data-scripted") {
					t.Errorf("%s: %s is not disabled until the script is loaded", name, b)
				}
			}
		}
	}
	if found < 7 {
		t.Errorf("%d buttons were found", found)
	}
}
