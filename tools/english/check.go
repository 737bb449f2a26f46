package main

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A finding is one use of a pattern.
type finding struct {
	file string // relative to the root, with slashes
	line int
	text string // the match, with a few words around it
	use  string // what to write instead
	rule string // the pattern
}

func (f finding) directory() string { return path.Dir(f.file) }
func (f finding) word() string      { return f.rule }

// skipped are the directories that are not checked.
var skipped = []string{".git", "node_modules", "testdata"}

// check returns the findings in all files below root, in the order of the files.
func check(root string) ([]finding, error) {
	rules, err := parseRules(wordList)
	if err != nil {
		return nil, err
	}
	var found []finding
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skipped, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		read := reader(name)
		if read == nil {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		passages, err := read(name, content)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		found = append(found, apply(rules, filepath.ToSlash(relative), passages, allowed(content))...)
		return nil
	})
	return found, err
}

// reader returns the function that finds the prose of a file, or nil if the
// file has none that is checked.
func reader(name string) func(string, []byte) ([]passage, error) {
	switch filepath.Ext(name) {
	case ".go":
		return goPassages
	case ".md":
		return markdownPassages
	case ".html":
		return htmlPassages
	case ".sql":
		return sqlPassages
	}
	return nil
}

// apply compares passages with rules, and leaves out the allowed lines. Of
// overlapping findings the first one is kept.
func apply(rules []rule, file string, passages []passage, allowed map[int]bool) []finding {
	var found []finding
	for _, p := range passages {
		var taken [][]int
		for _, r := range rules {
			if !r.applies(p.kind) {
				continue
			}
			for _, at := range r.find(p.text) {
				if line := p.line(at[0]); !allowed[line] && !overlaps(taken, at) {
					taken = append(taken, at)
					found = append(found, finding{file, line, around(p.text, at), r.use, r.pattern.String()})
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int { return a.line - b.line })
	return found
}

func overlaps(spans [][]int, at []int) bool {
	return slices.ContainsFunc(spans, func(s []int) bool { return s[0] < at[1] && at[0] < s[1] })
}

// around returns the match and up to three words on either side of it.
func around(text string, at []int) string {
	start, end := at[0], at[1]
	for words := 0; start > 0; start-- {
		if text[start-1] == ' ' {
			if words++; words > 3 {
				break
			}
		}
	}
	for words := 0; end < len(text); end++ {
		if text[end] == ' ' {
			if words++; words > 3 {
				break
			}
		}
	}
	if short := start + longest; short < end {
		return strings.ToValidUTF8(strings.TrimSpace(text[start:short]), "") + "…"
	}
	return strings.TrimSpace(text[start:end])
}

// longest bounds how much of a sentence is printed, in bytes.
const longest = 100

// allowed returns the numbers of the lines with "english:allow" and a reason,
// and of the lines below them.
func allowed(content []byte) map[int]bool {
	lines := make(map[int]bool)
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if _, reason, found := bytes.Cut(line, []byte("english:allow ")); found && len(bytes.TrimSpace(reason)) > 3 {
			lines[number], lines[number+1] = true, true
		}
	}
	return lines
}
