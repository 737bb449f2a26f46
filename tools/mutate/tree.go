package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// What became of a mutation.
const (
	killed         = "killed"
	survived       = "SURVIVED"
	doesNotCompile = "does not compile"
)

// An outcome is what became of a mutation, and the first test that failed.
type outcome struct{ result, test string }

var failedTest = regexp.MustCompile(`--- FAIL: (\S+)`)

// testTimeout is how long the tests of a mutation may take. A mutation that
// makes them hang is noticed.
const testTimeout = 5 * time.Minute

// A tree is the copy to which mutations are applied.
type tree struct{ root string }

// newTree copies the files below root to target, and replaces what was there.
func newTree(root, target string) (*tree, error) {
	t := &tree{target}
	if err := os.RemoveAll(t.root); err != nil {
		return nil, err
	}
	return t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "node_modules"}, entry.Name()) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(t.root, relative), 0o755)
		}
		if !entry.Type().IsRegular() || entry.Name() == ".git" {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(t.root, relative), content, 0o644)
	})
}

// passes checks that the tests pass without a mutation. It runs go test once for the
// same packages, because that links their tests each time.
func (t *tree) passes(ctx context.Context, mutations []mutation) error {
	for _, m := range together(mutations) {
		if output, err := t.test(ctx, m); err != nil {
			return fmt.Errorf("go test %s fails without a mutation: %w\n%s", strings.Join(m.tests, " "), err, output)
		}
	}
	return nil
}

// together returns mutations with the same tests, of which no two have the same
// packages.
func together(mutations []mutation) (all []mutation) {
	where := make(map[string]int)
	for _, m := range mutations {
		packages, pattern, some := strings.Cut(strings.Join(m.tests, " "), " -run ")
		i, known := where[packages]
		switch {
		case !known:
			where[packages] = len(all)
			all = append(all, mutation{tests: m.tests})
		case !some:
			all[i].tests = m.tests
		case !slices.Contains(all[i].tests, "-run"): // all tests
		default:
			last := len(all[i].tests) - 1
			if other := all[i].tests[last]; !slices.Contains(strings.Split(other, "|"), pattern) {
				all[i].tests = append(slices.Clone(all[i].tests[:last]), other+"|"+pattern)
			}
		}
	}
	return all
}

// try applies a mutation, runs its tests and takes the mutation back.
func (t *tree) try(ctx context.Context, m mutation) (outcome, error) {
	name := filepath.Join(t.root, m.file)
	original, err := os.ReadFile(name)
	if err != nil {
		return outcome{}, err
	}
	mutated, err := m.apply(t.root)
	if err != nil {
		return outcome{}, err
	}
	if err := os.WriteFile(name, []byte(mutated), 0o644); err != nil {
		return outcome{}, err
	}
	defer func() { _ = os.WriteFile(name, original, 0o644) }()
	output, err := t.test(ctx, m)
	switch {
	case ctx.Err() != nil:
		return outcome{}, ctx.Err()
	case err == nil:
		return outcome{result: survived}, nil
	case bytes.Contains(output, []byte("[build failed]")), bytes.Contains(output, []byte("[setup failed]")):
		return outcome{result: doesNotCompile}, nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return outcome{}, err
	}
	o := outcome{result: killed}
	if found := failedTest.FindSubmatch(output); found != nil {
		o.test = string(found[1])
	}
	return o, nil
}

// test runs the tests of a mutation, which end at the first failure.
func (t *tree) test(ctx context.Context, m mutation) ([]byte, error) {
	dir, tests := t.root, m.tests
	if len(tests) > 2 && tests[0] == "-C" {
		dir, tests = filepath.Join(dir, tests[1]), tests[2:]
	}
	args := append([]string{"test", "-failfast", "-vet=off", "-timeout", testTimeout.String()}, tests...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	return cmd.CombinedOutput()
}
