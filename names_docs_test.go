package latchkey_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// otherNames are texts in italics in the tutorials and how-to guides that do not name anything on a
// page of Latchkey.
var otherNames = []string{
	"ada", "private_key_jwt", "forward authentication", // a person, and terms
	"To App", "Provisioning", "Create Users", "Update User Attributes", "Deactivate Users", // Okta
	"SCIM 2.0 Test App (OAuth Bearer Token)", "SCIM 2.0 Base URL", "OAuth Bearer Token", "Test API Credentials",
	"Tenant URL", "Secret token", "Test connection", // Microsoft Entra
}

// textsOfPages maps the English texts of all pages to their keys.
func textsOfPages(t *testing.T) map[string][]string {
	t.Helper()
	keys := make(map[string][]string)
	for _, pattern := range []string{"internal/ui/texts/en.json", "internal/ui/texts/*/en.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || files == nil {
			t.Fatal(files, err)
		}
		for _, file := range files {
			var catalogue map[string]any
			if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &catalogue) != nil {
				t.Fatal(file, err)
			}
			for key, value := range catalogue {
				if text, simple := value.(string); simple {
					keys[text] = append(keys[text], key)
				}
			}
		}
	}
	return keys
}

// TestDocsNameButtonsAsThePagesDo: a tutorial or a how-to page shows the name of a button, a link or
// a field in italics. A reader looks for exactly this text, with an ellipsis if the button opens a
// page that asks first.
func TestDocsNameButtonsAsThePagesDo(t *testing.T) {
	keys := textsOfPages(t)
	var templates strings.Builder
	for _, folder := range []string{"internal/web/pages", "internal/admin/pages", "internal/consumer"} {
		if err := eachFile(folder, ".html", func(_, text string) { templates.WriteString(text) }); err != nil {
			t.Fatal(err)
		}
	}
	asking := func(key string) bool { return strings.Contains(templates.String(), `{{text "`+key+`"}}…`) }
	plain := func(key string) bool {
		return strings.Count(templates.String(), `{{text "`+key+`"`) > strings.Count(templates.String(), `{{text "`+key+`"}}…`)
	}
	var found int
	name, code := regexp.MustCompile(`(?:^|[\s(])\*([^*\s][^*\n]*)\*`), regexp.MustCompile("(?s)```.*?```")
	for _, folder := range []string{"docs/tutorial", "docs/how-to"} {
		err := eachFile(folder, ".md", func(path, text string) {
			for _, match := range name.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
				shown := match[1]
				bare, ellipsis := strings.CutSuffix(shown, "…")
				same, asks := keys[shown], keys[bare]
				found++
				switch {
				case slices.Contains(otherNames, shown) || strings.Contains(shown, "`"):
				case ellipsis && slices.ContainsFunc(asks, asking):
				case len(same) == 0:
					t.Errorf("%s: no page has the text %q", path, shown)
				case slices.ContainsFunc(same, asking) && !slices.ContainsFunc(same, plain):
					t.Errorf("%s: the pages show %q with an ellipsis at the end", path, shown)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 100 {
		t.Errorf("only %d names were found", found)
	}
}

// eachFile calls visit for each file below a folder if the name of the file has the ending.
func eachFile(folder, ending string, visit func(path, text string)) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ending) || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		visit(path, string(text))
		return err
	})
}
