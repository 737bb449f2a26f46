package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCommandsInTheDocsRun runs every block of the docs that is marked as run, with the files
// of the blocks that are marked as file.
func TestCommandsInTheDocsRun(t *testing.T) {
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	folder := t.TempDir() // for the files that the commands write
	var files []string
	for _, pattern := range []string{"/*/*.md", "/*/*/*.md"} {
		found, err := filepath.Glob(docs + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	block := regexp.MustCompile("(?s)```console run\n(.*?)```")
	written := regexp.MustCompile("(?s)```[a-z]+ file (\\S+)\n(.*?)```")
	word := regexp.MustCompile(`"[^"]*"|\S+`)
	ran := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := block.FindAllStringSubmatch(string(text), -1)
		if len(blocks) == 0 {
			continue
		}
		env := append(os.Environ(), "LATCHKEY_DATA="+t.TempDir())
		run := func(args ...string) (string, error) {
			cmd := exec.Command(program(t), args...)
			cmd.Dir, cmd.Env = folder, env
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		if out, err := run("migrate", "--create"); err != nil { // creates the database
			t.Fatal(err, out)
		}
		for _, found := range written.FindAllStringSubmatch(string(text), -1) { // the files that the commands read
			if err := os.WriteFile(filepath.Join(folder, filepath.Base(found[1])), []byte(found[2]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, found := range blocks {
			for line := range strings.Lines(found[1]) {
				words := word.FindAllString(strings.TrimSpace(line), -1)
				if len(words) == 0 {
					continue // the indentation of a block in a list
				}
				for i := range words {
					words[i] = strings.Trim(words[i], `"`)
				}
				if out, err := run(words[1:]...); err != nil {
					t.Errorf("%s: %s: %v: %s", file, line, err, out)
				}
				ran++
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands were found", ran)
	}
}
