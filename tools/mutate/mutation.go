package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A mutation replaces a text in a file, so that a test should fail.
type mutation struct {
	list     string // the name of the file with the mutation
	line     int    // in that file
	reason   string // what the tests should notice
	file     string
	tests    []string // arguments of go test: packages, and perhaps -run
	old, new string
}

// readAll reads the mutations of all files in a directory. Each directory of the module has
// a file, so that changes of different packages do not conflict. A file with the name of
// the directory and .txt beside it is read as well: mutations that it has in common with
// the others count once.
func readAll(directory string) (all []mutation, err error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.txt"))
	if err != nil {
		return nil, err
	}
	if beside := directory + ".txt"; exists(beside) {
		files = append(files, beside)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no lists of mutations (*.txt)", directory)
	}
	type key struct{ file, tests, old, new string }
	seen := make(map[key]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		list, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, m := range list {
			m.list = filepath.Base(file)
			if k := (key{m.file, strings.Join(m.tests, " "), m.old, m.new}); !seen[k] {
				seen[k] = true
				all = append(all, m)
			}
		}
	}
	return all, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// parse reads a list of mutations. They are separated by blank lines:
//
//	reason: A code is bound to its client.
//	file: provider/grant_code.go
//	test: ./provider -run TestCode
//	- if code.ClientID != client.ID {
//	+ if false {
//
// The test can begin with "-C" and the folder of another module. Lines with "- " are the text that is replaced, lines with "+ " the text that
// replaces it; without "+" the text is removed. Lines with "#" are comments.
func parse(text string) ([]mutation, error) {
	var list []mutation
	var m mutation
	var old, replacement []string
	end := func() error {
		if m.line == 0 {
			return nil
		}
		if m.reason == "" || m.file == "" || len(m.tests) == 0 || len(old) == 0 {
			return fmt.Errorf("line %d: a mutation needs reason, file, test and a line with \"- \"", m.line)
		}
		m.old, m.new = strings.Join(old, "\n"), strings.Join(replacement, "\n")
		list = append(list, m)
		m, old, replacement = mutation{}, nil, nil
		return nil
	}
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		empty := strings.TrimSpace(line) == ""
		if empty || strings.HasPrefix(line, "reason: ") { // a merge can remove the empty line
			if err := end(); err != nil {
				return nil, err
			}
		}
		if empty {
			continue
		}
		if m.line == 0 {
			m.line = i + 1
		}
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "reason:":
			m.reason = value
		case "file:":
			m.file = value
		case "test:":
			m.tests = strings.Fields(value)
		case "-":
			old = append(old, value)
		case "+":
			replacement = append(replacement, value)
		default:
			return nil, fmt.Errorf("line %d: %q begins with none of reason:, file:, test:, -, +", i+1, line)
		}
	}
	return list, end()
}

// declaration matches the name of a test function.
var declaration = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)

// checkTests returns an error if -run selects no test function: go test passes then, and the
// mutation would survive whatever the tests check.
func (m mutation) checkTests(root string) error {
	run := slices.Index(m.tests, "-run")
	if run < 0 || run+1 == len(m.tests) {
		return nil
	}
	pattern, _, _ := strings.Cut(m.tests[run+1], "/") // the rest selects subtests
	names, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	packages := m.tests[:run]
	if packages[0] == "-C" {
		root, packages = filepath.Join(root, packages[1]), packages[2:]
	}
	for _, directory := range packages {
		files, err := filepath.Glob(filepath.Join(root, directory, "*_test.go"))
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			for _, found := range declaration.FindAllSubmatch(text, -1) {
				if names.Match(found[1]) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("-run %s selects no test of %s", pattern, strings.Join(packages, " "))
}

// apply returns the mutated content of the file below root.
func (m mutation) apply(root string) (string, error) {
	content, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(content), m.old); n != 1 {
		return "", fmt.Errorf("the text is in the file %d times, want once: %q", n, m.old)
	}
	return strings.Replace(string(content), m.old, m.new, 1), nil
}
