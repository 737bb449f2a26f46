// Command apidiff compares the Go API of the library, and of the modules in adapters, with that
// of the last release.
//
//	go run -C tools ./apidiff ROOT
//
// ROOT is a checkout with its tags. The last release is the newest tag v* before HEAD.
// Incompatible changes are an error, unless CHANGELOG.md has the section "### Go API"
// below "## [Unreleased]", in which they are explained. Without a release, there is
// nothing to compare.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: apidiff ROOT")
		os.Exit(2)
	}
	if err := compare(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "apidiff:", err)
		os.Exit(1)
	}
}

// compare compares the checkout with its last release.
func compare(root string, out io.Writer) error {
	tag, err := lastRelease(root)
	if err != nil {
		return err
	}
	if tag == "" {
		_, err = fmt.Fprintln(out, "apidiff: there is no release yet to compare the Go API with")
		return err
	}
	dir, err := os.MkdirTemp("", "apidiff")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	changes, err := changes(root, tag, dir)
	if err != nil || changes == "" {
		if err == nil {
			_, err = fmt.Fprintf(out, "apidiff: the Go API is compatible with %s\n", tag)
		}
		return err
	}
	explained, err := isExplained(root)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "apidiff: incompatible changes of the Go API since %s:\n%s\n", tag, changes); err != nil || explained {
		return err
	}
	return errors.New(`add the section "### Go API" below "## [Unreleased]" in CHANGELOG.md, and explain there what a program has to change`)
}

// lastRelease returns the newest tag of a release before HEAD, or "" if there is none.
func lastRelease(root string) (string, error) {
	shallow, err := run(root, "git", "rev-parse", "--is-shallow-repository")
	if err != nil {
		return "", err
	}
	if shallow == "true" {
		return "", errors.New("the clone is shallow, so the last release is not known; run git fetch --unshallow --tags")
	}
	tags, err := run(root, "git", "tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort=-version:refname")
	tag, _, _ := strings.Cut(tags, "\n")
	return tag, err
}

// changes returns the incompatible changes between a tag and the checkout. It writes the
// files of the tag to the empty directory dir.
func changes(root, tag, dir string) (string, error) {
	archive := filepath.Join(dir, "release.tar")
	for _, step := range [][]string{{"git", "archive", "--output", archive, tag}, {"tar", "-x", "-f", archive, "-C", dir}} {
		if _, err := run(root, step[0], step[1:]...); err != nil {
			return "", err
		}
	}
	modules, err := modules(dir)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, module := range modules {
		if err := changesOf(module, dir, root, &text); err != nil {
			return "", fmt.Errorf("%s, since %s: %w", module, tag, err)
		}
	}
	return strings.TrimSpace(text.String()), nil
}

// modules returns the directories of the public modules of a release: those that a program
// imports.
func modules(dir string) ([]string, error) {
	adapters, err := filepath.Glob(filepath.Join(dir, "adapters", "*", "go.mod"))
	all := []string{"."}
	for _, adapter := range adapters {
		module, err := filepath.Rel(dir, filepath.Dir(adapter))
		if err != nil {
			return nil, err
		}
		all = append(all, module)
	}
	return all, err
}

// changesOf writes the incompatible changes of a module between two checkouts. A module that
// does not exist anymore is an error.
func changesOf(module, old, current string, out io.Writer) error {
	before, err := load(filepath.Join(old, module))
	if err != nil {
		return err
	}
	after, err := load(filepath.Join(current, module))
	if err != nil {
		return err
	}
	return apidiff.ModuleChanges(before, after).TextIncompatible(out, false)
}

// load returns the public packages of the module in a directory.
func load(dir string) (*apidiff.Module, error) {
	mode := packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedModule
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: dir}, "./...")
	if err != nil {
		return nil, err
	}
	m := new(apidiff.Module)
	for _, p := range loaded {
		for _, fault := range p.Errors {
			err = errors.Join(err, fault)
		}
		if p.Name != "main" && !slices.Contains(strings.Split(p.PkgPath, "/"), "internal") {
			m.Path, m.Packages = p.Module.Path, append(m.Packages, p.Types)
		}
	}
	return m, err
}

// isExplained reports whether the changelog explains changes of the Go API.
func isExplained(root string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	_, unreleased, _ := strings.Cut(string(text), "\n## [Unreleased]")
	unreleased, _, _ = strings.Cut(unreleased, "\n## ")
	return strings.Contains(unreleased, "\n### Go API\n"), err
}

// run runs a program in a directory and returns what it prints, without the last line
// break.
func run(dir, program string, arguments ...string) (string, error) {
	c := exec.CommandContext(context.Background(), program, arguments...)
	var failure bytes.Buffer
	c.Dir, c.Stderr = dir, &failure
	text, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, failure.String())
	}
	return strings.TrimSpace(string(text)), nil
}
