package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a code block of a page.
type block struct {
	page string // the path in the repository
	line int    // of the first line of its text
	// kind is the language, such as console, and info the words after it: they are not
	// shown to a reader.
	kind, info string
	text       string
	before     string // the paragraph before the block
	section    string // the text of its section and of the next one, without blocks
}

// The code blocks of a tutorial:
//
//	console             commands for the shell. All of a page are run in one shell
//	console background  commands that run until the page ends, in a shell of their own
//	console unrun       commands that no test can run; see unrun
//	text                output of the commands before it. … stands for any text, and a
//	                    line of … for any lines
//	go PATH             a program that the reader writes to PATH in the checkout
//	go from PATH        an excerpt of a file of the checkout
//	yaml PATH           another file that the reader writes, for example with settings
var fence = regexp.MustCompile("^( *)```(.*)$")

// blocksOf returns the code blocks of a page.
func blocksOf(t *testing.T, page string) (blocks []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	var paragraph, body []string
	var open *block
	last, first, section := 0, 0, "" // the first blocks of the last section and of this one, and its text
	indent := ""
	endSection := func() {
		for i := last; i < len(blocks); i++ {
			blocks[i].section += section
		}
		last, first, section = first, len(blocks), ""
	}
	for i, line := range strings.Split(string(text), "\n") {
		found := fence.FindStringSubmatch(line)
		if open == nil && strings.HasPrefix(line, "## ") {
			endSection()
		}
		if open == nil && found == nil {
			section += line + "\n"
		}
		switch {
		case found != nil && open == nil:
			indent = found[1]
			open = &block{page: page, line: i + 2, before: strings.Join(paragraph, " ")}
			open.kind, open.info, _ = strings.Cut(found[2], " ")
			body = nil
		case found != nil:
			open.text = strings.Join(body, "\n")
			blocks, open, paragraph = append(blocks, *open), nil, nil
		case open != nil:
			body = append(body, strings.TrimPrefix(line, indent))
		case strings.TrimSpace(line) != "":
			paragraph = append(paragraph, strings.TrimSpace(line))
		case len(paragraph) > 0 && !strings.HasSuffix(paragraph[len(paragraph)-1], ":"):
			paragraph = nil
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block does not end", page, open.line)
	}
	endSection()
	return blocks
}

// shown reports whether the output is what a text block shows, and begins whether it
// begins so.
func shown(want, output string) bool {
	return regexp.MustCompile(`^` + outputPattern(want) + `$`).MatchString(strings.TrimSpace(output))
}

func begins(want, output string) bool {
	return regexp.MustCompile(`^` + outputPattern(want)).MatchString(strings.TrimSpace(output))
}

func outputPattern(want string) string {
	pattern := regexp.QuoteMeta(strings.TrimSpace(want))
	pattern = regexp.MustCompile(`(?m)^…$`).ReplaceAllString(pattern, `(?s:.*)`)
	return strings.ReplaceAll(pattern, "…", `[^\n]*`)
}

// tutorials returns the paths of the tutorials in their order.
func tutorials(t *testing.T) (pages []string) {
	t.Helper()
	found, err := filepath.Glob("../../docs/tutorial/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		pages = append(pages, strings.TrimPrefix(path, "../../"))
	}
	return pages
}

func TestShownComparesOutputWithPlaceholders(t *testing.T) {
	for _, c := range []struct {
		want, output string
		same         bool
	}{
		{"a\nb", "a\nb\n", true},
		{"a (1) …, c", "a (1) b b, c", true},
		{"a …", "a b\nc", false},
		{"a\n…\nd", "a\nb\nc\nd", true},
		{"a\n…", "a", false},
		{"a\n…", "a\n", false},
		{"a", "ab", false},
	} {
		if got := shown(c.want, c.output); got != c.same {
			t.Errorf("shown(%q, %q) = %v", c.want, c.output, got)
		}
	}
}
