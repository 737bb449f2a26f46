package latchkey_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestOnlySourcesAreCommitted: no program and nothing that was downloaded or built
// is in the repository, and .gitignore keeps it so.
func TestOnlySourcesAreCommitted(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		needs.Missing(t, "git, or the clone of the repository,")
	}
	binaries := []string{"sqlstore/testdata/before-0.1.0/sqlite.db"}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		content, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content, 0) >= 0 && filepath.Ext(name) != ".png" && !slices.Contains(binaries, name) {
			t.Errorf("%s is not text", name)
		}
	}
	for _, name := range []string{
		"latchkey", "cmd/latchkey/latchkey", "examples/api/api", "examples/embed/embed", "bench/bench", "tools/house/house", "provider.test",
		"e2e/node_modules/x/y.js", "e2e/.bin/oauth2-proxy", "e2e/.venv/bin/python", "e2e/clients/__pycache__/person.pyc", "e2e/spring/target/lib/a.jar",
	} {
		if err := exec.Command("git", "check-ignore", "--quiet", name).Run(); err != nil {
			t.Errorf("%s can be committed: .gitignore does not name it (%v)", name, err)
		}
	}
}

// TestEveryPackageFromNPMHasAChecksum: npm does not check a package without one.
func TestEveryPackageFromNPMHasAChecksum(t *testing.T) {
	text, err := os.ReadFile("e2e/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Integrity string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	for name, found := range lock.Packages {
		if name != "" && !strings.HasPrefix(found.Integrity, "sha512-") {
			t.Errorf("%s has the checksum %q", name, found.Integrity)
		}
	}
	if len(lock.Packages) < 10 {
		t.Errorf("%d packages", len(lock.Packages))
	}
}
