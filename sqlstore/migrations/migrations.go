// Package migrations holds the tables of every engine, step by step. A step
// only adds; what it makes needless is taken away a release later, so that
// the release before keeps working on the newer tables.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Files holds a folder for each engine.
//
//go:embed */*.sql
var Files embed.FS

// Step is one migration.
type Step struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	// Locks tells what it keeps waiting, and for how long.
	Locks string `json:"locks"`
	// SQL is what is run, with its comments.
	SQL string `json:"sql"`
}

// Steps are those of an engine, "postgres" or "sqlite", after a version.
func Steps(engine string, after int64) ([]Step, error) {
	names, err := fs.Glob(Files, engine+"/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, name := range names {
		text, err := fs.ReadFile(Files, name)
		if err != nil {
			return nil, err
		}
		step := Step{Name: strings.TrimSuffix(path.Base(name), ".sql")}
		number, _, _ := strings.Cut(step.Name, "_")
		if step.Version, err = strconv.ParseInt(number, 10, 64); err != nil {
			return nil, fmt.Errorf("migration %s has no number", name)
		}
		if step.Version <= after {
			continue
		}
		_, up, _ := strings.Cut(string(text), "-- +goose Up\n")
		up, _, _ = strings.Cut(up, "-- +goose Down")
		step.Locks, step.SQL = split(up)
		steps = append(steps, step)
	}
	return steps, nil
}

// split takes the words on locks from the beginning of a step; they end with
// the first line that ends a sentence.
func split(up string) (locks, sql string) {
	rest, found := strings.CutPrefix(up, "-- Locks: ")
	if !found {
		return "", strings.TrimSpace(up)
	}
	for {
		line, after, more := strings.Cut(rest, "\n")
		locks, rest = locks+strings.TrimPrefix(line, "-- "), after
		if !more || strings.HasSuffix(line, ".") {
			return locks, strings.TrimSpace(strings.TrimPrefix(rest, "--\n"))
		}
		locks += " "
	}
}
