package latchkey_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
)

// TestEveryMethodAndOwnersActHasASentenceInTheAuditLog finds them in the calls that record them.
func TestEveryMethodAndOwnersActHasASentenceInTheAuditLog(t *testing.T) {
	for _, test := range []struct {
		files, call, prefix string
		least               int
	}{
		{"*.go", `(?:acted\(ctx, \w+, |createApplication\(ctx, )"([\w.]+)"`, "", 12},
		{"internal/web/developer*.go", `reportApp\(r, o, "(\w+)"`, developers.ActPrefix, 6},
		{"internal/web/developer*.go", `case "(offer)", "transfer", "withdraw":`, developers.ActPrefix, 1},
		{"internal/scim/*.go", `(?:Report|person|group)\("([\w{}/-]+)"`, "", 8},
	} {
		files, err := filepath.Glob(test.files)
		if err != nil {
			t.Fatal(err)
		}
		found := make(map[string]bool)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range regexp.MustCompile(test.call).FindAllStringSubmatch(string(text), -1) {
				found[test.prefix+match[1]] = true
			}
		}
		for kind := range found {
			if !audit.HasSentence(kind) {
				t.Errorf("%s has no sentence", kind)
			}
		}
		if len(found) < test.least {
			t.Errorf("only %d kinds were found with %s", len(found), test.call)
		}
	}
	for _, act := range []string{"transfer", "withdraw"} {
		if !audit.HasSentence(developers.ActPrefix + act) {
			t.Errorf("%s has no sentence", act)
		}
	}
}
