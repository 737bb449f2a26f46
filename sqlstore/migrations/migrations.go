// Package migrations holds the tables of every engine, as a sequence of steps.
// A step only adds. What it makes unnecessary is removed one release later, so
// that the previous release keeps working on the newer tables.
package migrations

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// Files holds a folder for each engine.
//
//go:embed */*.sql
var Files embed.FS

// Step is one migration.
type Step struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	// Locks tells what it keeps waiting, as a sentence without its full stop.
	Locks string `json:"locks"`
	// Reads are the tables whose rows it reads; what else it does takes no
	// longer with more of them.
	Reads []Table `json:"reads"`
	// Takes is about how long it takes, and Held how long of that others may
	// have to wait for its locks: in milliseconds.
	Takes int64 `json:"takes_ms"`
	Held  int64 `json:"held_ms"`
	// SQL is what is run, with its comments but those for goose.
	SQL string `json:"sql"`

	underLocks bool          // it reads while it holds its locks
	perMillion time.Duration // of rows
}

// Table is one with about how many rows it has.
type Table struct {
	Name string `json:"table"`
	Rows int64  `json:"rows"`
}

// forGoose are the lines that tell it where a statement begins and ends.
var forGoose = regexp.MustCompile(`(?m)^-- \+goose .*\n?`)

// catalogue is what a change of the catalogue alone takes, in milliseconds.
const catalogue = 10

// Weigh tells by the rows that there are how long the steps take.
func Weigh(steps []Step, rows func(table string) (int64, error)) error {
	for i := range steps {
		step := &steps[i]
		var all int64
		for n := range step.Reads {
			table := &step.Reads[n]
			var err error
			if table.Rows, err = rows(table.Name); err != nil {
				return fmt.Errorf("the rows of %s: %w", table.Name, err)
			}
			all += table.Rows
		}
		reading := all * step.perMillion.Milliseconds() / 1_000_000
		step.Takes = catalogue + reading
		switch {
		case strings.HasPrefix(step.Locks, "none"):
		case step.underLocks:
			step.Held = step.Takes
		default:
			step.Held = catalogue
		}
	}
	return nil
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
		if step.SQL, err = step.head(up); err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// Newest is the version that the last step of an engine brings.
func Newest(engine string) (int64, error) {
	steps, err := Steps(engine, 0)
	if err != nil || len(steps) == 0 {
		return 0, err
	}
	return steps[len(steps)-1].Version, nil
}

// Ran names the steps that goose ran, and in its error the one that failed.
func Ran(done []*goose.MigrationResult, err error) (names []string, _ error) {
	var failed *goose.PartialError
	if errors.As(err, &failed) {
		done, err = failed.Applied, fmt.Errorf("step %s failed: %w", name(failed.Failed), failed.Err)
	}
	for _, step := range done {
		names = append(names, name(step))
	}
	return names, err
}

func name(step *goose.MigrationResult) string {
	return strings.TrimSuffix(path.Base(step.Source.Path), ".sql")
}

// head takes the words on locks and on reading from the beginning of a step,
// and gives the rest. The former end with the first line that ends a sentence.
func (s *Step) head(up string) (rest string, err error) {
	s.Reads = []Table{}
	rest, found := strings.CutPrefix(up, "-- Locks: ")
	for more := found; more && !strings.HasSuffix(s.Locks, "."); {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		s.Locks = strings.TrimSpace(s.Locks + " " + strings.TrimPrefix(line, "-- "))
	}
	s.Locks = strings.TrimSuffix(s.Locks, ".")
	if after, reads := strings.CutPrefix(rest, "-- Reads: "); reads {
		var line string
		line, rest, _ = strings.Cut(after, "\n")
		parts := strings.Split(strings.TrimSuffix(line, " a million rows."), ", ")
		if len(parts) != 3 {
			return "", fmt.Errorf("cannot read %q", line)
		}
		for _, table := range strings.Fields(parts[0]) {
			s.Reads = append(s.Reads, Table{Name: table})
		}
		s.underLocks = parts[1] == "under its locks"
		if s.perMillion, err = time.ParseDuration(parts[2]); err != nil {
			return "", err
		}
	}
	rest = forGoose.ReplaceAllString(strings.TrimPrefix(rest, "--\n"), "")
	return strings.TrimSpace(rest), nil
}
