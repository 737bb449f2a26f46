package latchkey_test

import (
	"os"
	"strings"
	"testing"
)

// TestDocsListEachChangeOnceInTheChangelog: Git merges CHANGELOG.md by union, which
// keeps both versions of an entry that two branches changed.
func TestDocsListEachChangeOnceInTheChangelog(t *testing.T) {
	content, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	const beginning = 45 // characters that distinguish two entries
	first := map[string]int{}
	for i, line := range strings.Split(string(content), "\n") {
		if !strings.HasPrefix(line, "- ") {
			continue
		}
		key := line[:min(len(line), beginning)]
		if other := first[key]; other > 0 {
			t.Errorf("lines %d and %d begin with %q. Keep the newer one", other, i+1, key)
		}
		first[key] = i + 1
	}
}
