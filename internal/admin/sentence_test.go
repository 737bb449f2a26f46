package admin_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
)

//go:generate go test . -run TestTheCatalogueHasEverySentence -update

var update = flag.Bool("update", false, "write the catalogue of the sentences of the audit log")

// TestEveryActionHasASentenceInTheAuditLog, and so has every export of a list.
func TestEveryActionHasASentenceInTheAuditLog(t *testing.T) {
	for _, pattern := range admin.Patterns() {
		method, path, _ := strings.Cut(strings.TrimSuffix(pattern, "/{$}"), " /")
		if recorded := method == "POST" || strings.HasPrefix(path, "export/"); recorded && !audit.HasSentence(path) {
			t.Errorf("%s has no sentence", pattern)
		}
	}
}

// TestTheCatalogueHasEverySentence compares the catalogue, which can be translated, with the tables of the
// acts and of the reasons; with -update it writes the catalogue.
func TestTheCatalogueHasEverySentence(t *testing.T) {
	const catalogue = "../ui/texts/acts/en.json"
	texts := admin.ActTexts()
	if want := len(audit.Sentences()) + len(rejections.Fixes()); len(texts) != want {
		t.Errorf("%d texts for %d sentences and reasons: two have the same key", len(texts), want)
	}
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(texts); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(catalogue, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(catalogue); err != nil || string(got) != want.String() {
		t.Errorf("the catalogue differs from the tables. Run go generate ./internal/admin (%v)", err)
	}
}
