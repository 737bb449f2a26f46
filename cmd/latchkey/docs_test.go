package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCommandsInTheDocsRun runs every block of the docs that is marked as run.
func TestCommandsInTheDocsRun(t *testing.T) {
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // for the files that the commands write
	var files []string
	for _, pattern := range []string{"/*/*.md", "/*/*/*.md"} {
		found, err := filepath.Glob(docs + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	block := regexp.MustCompile("(?s)```console run\n(.*?)```")
	word := regexp.MustCompile(`"[^"]*"|\S+`)
	ran := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("LATCHKEY_DATA", t.TempDir())
		var none bytes.Buffer
		execute(context.Background(), []string{"user", "list"}, streams{strings.NewReader(""), &none, &none}) // creates the database
		for _, found := range block.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(found[1]) {
				words := word.FindAllString(strings.TrimSpace(line), -1)
				if len(words) == 0 {
					continue // the indentation of a block in a list
				}
				for i := range words {
					words[i] = strings.Trim(words[i], `"`)
				}
				var out bytes.Buffer
				if status := execute(context.Background(), words[1:], streams{strings.NewReader(""), &out, &out}); status != exitOK {
					t.Errorf("%s: %s: status %d: %s", file, line, status, &out)
				}
				ran++
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands were found", ran)
	}
}
