package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRowsOfTablesHaveHeadings: a screen reader reads the heading of a row with each of its cells.
func TestRowsOfTablesHaveHeadings(t *testing.T) {
	files, err := filepath.Glob("pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(page), "\n") {
			if strings.Contains(line, "<tr><td") && !strings.Contains(line, `<th scope="row"`) {
				t.Errorf("%s:%d: a row of a table has no heading", file, i+1)
			}
		}
	}
}
