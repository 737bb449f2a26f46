package main

import (
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A room is a package. Paths are relative to the module; its root is "".
type room struct {
	path     string
	sentence string   // the first one of the package comment
	imports  []string // packages of this module
	uses     []string // those of the imports that no other import imports
	forTests bool     // it imports package testing
}

// name returns the name of the package in the picture.
func (r room) name() string {
	if r.path == "" {
		return "latchkey"
	}
	return r.path
}

// readPackages returns the packages of the module at root in the order of their
// paths, without examples and internal packages for tests.
func readPackages(root string) ([]room, error) {
	module, err := moduleOf(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	rooms := make(map[string]*room)
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(root, relative)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		path := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(relative)), ".")
		r := rooms[path]
		if r == nil {
			r = &room{path: path}
			rooms[path] = r
		}
		return r.read(name, module)
	})
	if err != nil {
		return nil, err
	}
	var list []room
	for _, r := range rooms {
		if r.forTests && strings.HasPrefix(r.path, "internal/") {
			continue
		}
		if r.sentence == "" {
			return nil, fmt.Errorf("%s has no package comment", r.name())
		}
		slices.Sort(r.imports)
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b room) int { return strings.Compare(a.path, b.path) })
	for i := range list {
		list[i].uses = slices.DeleteFunc(slices.Clone(list[i].imports), func(path string) bool {
			return slices.ContainsFunc(list[i].imports, func(via string) bool { return via != path && imports(rooms, via, path) })
		})
	}
	return list, nil
}

// imports reports whether a package imports another, directly or not.
func imports(rooms map[string]*room, from, to string) bool {
	return slices.ContainsFunc(rooms[from].imports, func(next string) bool { return next == to || imports(rooms, next, to) })
}

// skip returns fs.SkipDir for directories that are not part of the picture:
// hidden ones, other modules, examples and test data.
func skip(root, relative string) error {
	if relative == "." {
		return nil
	}
	base := filepath.Base(relative)
	_, err := os.Stat(filepath.Join(root, relative, "go.mod"))
	if err == nil || strings.HasPrefix(base, ".") || base == "examples" || base == "testdata" {
		return fs.SkipDir
	}
	return nil
}

// read adds the package comment and the imports of a file.
func (r *room) read(name, module string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	if file.Doc != nil && r.sentence == "" {
		r.sentence = firstSentence(file.Doc.Text())
	}
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		r.forTests = r.forTests || path == "testing"
		ours, found := strings.CutPrefix(path, module)
		if !found || (ours != "" && ours[0] != '/') {
			continue
		}
		if ours = strings.TrimPrefix(ours, "/"); !slices.Contains(r.imports, ours) {
			r.imports = append(r.imports, ours)
		}
	}
	return nil
}

var beginning = regexp.MustCompile(`^(Package|Command) \w+ (is )?`)

// firstSentence returns the first sentence of a package comment without
// "Package x" or "Package x is".
func firstSentence(comment string) string {
	sentence := beginning.ReplaceAllString(new(doc.Package).Synopsis(comment), "")
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(first)) + sentence[size:]
}

// moduleOf returns the path of the module from its go.mod.
func moduleOf(name string) (string, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if path, found := strings.CutPrefix(line, "module "); found {
			return strings.TrimSpace(path), nil
		}
	}
	return "", fmt.Errorf("%s has no module line", name)
}
