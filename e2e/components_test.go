package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestComponentsAreAccessible shows each part of the design in each state, in the place
// of the start page of the back office.
func TestComponentsAreAccessible(t *testing.T) {
	parts, err := os.ReadFile(filepath.Join("..", "internal", "ui", "testdata", "components", "components.html"))
	if err != nil {
		t.Fatal(err)
	}
	templates := t.TempDir()
	if err := os.Mkdir(filepath.Join(templates, "admin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(templates, "admin", "index.html"), parts, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProvider(t, "--templates", templates)
	p.run(personPassword, "user", "add", "root", "--admin", "--password-stdin")
	b := newBrowser(t, true)
	b.open(strings.TrimSuffix(p.issuer, "/o") + "/admin/")
	b.logIn("root", personPassword)
	b.says("Every component in every state")
	b.accessible("components")
}
