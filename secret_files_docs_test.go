package latchkey_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFilesWithSecretsAreCreatedForOneUser: a command that writes a secret to a file, in the docs or
// in a text of a program, sets the umask. Otherwise, other users of the machine can read the
// file, which latchkey check reports as an error.
func TestFilesWithSecretsAreCreatedForOneUser(t *testing.T) {
	// openssl genpkey is not here, because it creates a file that only its owner can read.
	writes, found := regexp.MustCompile(`(?m)(openssl rand|base64 -d|latchkey \S[^\n]* --json)\b[^\n]*?( >+ ?|-out )[\w./~$]`), 0
	public := regexp.MustCompile(`latchkey (app (list|show)|diff|openapi|\w+ list)\b`) // these write no secret
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		extension := filepath.Ext(path)
		if entry.IsDir() || extension != ".md" && extension != ".go" && extension != ".yaml" && extension != ".service" || strings.HasSuffix(path, "_docs_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(content)
		if !strings.Contains(text, "openssl rand") && !strings.Contains(text, "base64 -d") && !strings.Contains(text, "--json") {
			return nil
		}
		for _, at := range writes.FindAllStringIndex(text, -1) {
			line := text[at[0]:at[1]]
			if public.MatchString(line) {
				continue
			}
			found++
			if before := text[max(0, at[0]-200):at[0]]; !strings.Contains(before, "umask 077") {
				t.Errorf("%s: no umask before %q", path, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 8 {
		t.Errorf("only %d commands were found", found)
	}
}
