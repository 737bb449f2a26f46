package latchkey_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path"
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
	pictures := 0 // their size, in bytes
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		content, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if isPagePicture(name, content) {
			pictures += len(content)
			continue
		}
		if bytes.IndexByte(content, 0) >= 0 && filepath.Ext(name) != ".png" && !slices.Contains(binaries, name) {
			t.Errorf("%s is not text", name)
		}
	}
	if pictures > maxPagePictures {
		t.Errorf("the pictures of pages have %d bytes, at most %d are allowed: leave out pages or languages", pictures, maxPagePictures)
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

// The limits of the pictures of pages, in bytes: of each of them, and of all.
const (
	maxPagePicture  = 100 << 10
	maxPagePictures = 13 << 20
)

// isPagePicture reports whether a file is a picture of a page that make pictures took. It must
// be a WebP file, and small, because every clone of the repository downloads it.
func isPagePicture(name string, content []byte) bool {
	place, err := path.Match("docs/img/pages/*/*.webp", name)
	return err == nil && place && len(content) <= maxPagePicture && len(content) > 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP"
}

// TestOnlyPicturesOfPagesAreWebP: a file with another name, format or size is not text.
func TestOnlyPicturesOfPagesAreWebP(t *testing.T) {
	t.Parallel()
	picture := "RIFF\x00\x00\x00\x00WEBPVP8 "
	for name, c := range map[string]struct {
		file, content string
		want          bool
	}{
		"a picture":         {"docs/img/pages/en/login.webp", picture, true},
		"as long as it can": {"docs/img/pages/en/login.webp", picture + strings.Repeat("x", maxPagePicture-len(picture)), true},
		"too long":          {"docs/img/pages/en/login.webp", picture + strings.Repeat("x", maxPagePicture-len(picture)+1), false},
		"another format":    {"docs/img/pages/en/login.webp", "\x7fELF\x00\x00\x00\x00WEBPVP8 ", false},
		"empty":             {"docs/img/pages/en/login.webp", "", false},
		"another extension": {"docs/img/pages/en/login.bin", picture, false},
		"another folder":    {"docs/img/login.webp", picture, false},
		"a deeper folder":   {"docs/img/pages/en/more/login.webp", picture, false},
	} {
		if got := isPagePicture(c.file, []byte(c.content)); got != c.want {
			t.Errorf("%s: got %v", name, got)
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
