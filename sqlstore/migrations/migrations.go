// Package migrations holds the tables of every engine, as a sequence of steps.
// A step only adds. Columns and tables that it makes unnecessary are removed one
// release later, so that the previous release keeps working on the newer tables.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// VersionTable is the table in which goose records the steps that were run. A
// host program that uses goose in the same database has a table of its own.
const VersionTable = "latchkey_goose_version"

// Files holds one folder per engine, "postgres" and "sqlite", with the steps as goose
// reads them, such as sqlite/00001_first.sql.
//
//go:embed */*.sql
var Files embed.FS

// Step is one migration.
type Step struct {
	// Version is the number of the step, and Name the name of its file without .sql, such
	// as 00001_first.
	Version int64  `json:"version"`
	Name    string `json:"name"`
	// Locks names the tables that the step locks, as a sentence without its full stop.
	Locks string `json:"locks"`
	// Reads lists the tables whose rows the step reads. Everything else in a
	// step takes the same time however many rows there are.
	Reads []Table `json:"reads"`
	// Takes estimates how long the step takes, and Held how long others may
	// have to wait for its locks, both in milliseconds.
	Takes int64 `json:"takes_ms"`
	Held  int64 `json:"held_ms"`
	// SQL holds the statements, without the comments that are for goose.
	SQL string `json:"sql"`

	noTransaction bool // it must not run in a transaction

	underLocks bool          // it reads while it holds its locks
	perMillion time.Duration // the time to read a million rows
}

// Table is a table with an estimate of the number of its rows.
type Table struct {
	Name string `json:"table"` // the name of the table
	Rows int64  `json:"rows"`  // 0 before Weigh
}

// Steps returns the steps of an engine, "postgres" or "sqlite", after a
// version.
func Steps(engine string, after int64) ([]Step, error) { return steps(Files, engine, after) }

func steps(files fs.FS, engine string, after int64) ([]Step, error) {
	names, err := fs.Glob(files, engine+"/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
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
		before, up, _ := strings.Cut(string(text), "-- +goose Up\n")
		step.noTransaction = strings.Contains(before, "-- +goose NO TRANSACTION")
		up, _, _ = strings.Cut(up, "-- +goose Down")
		if step.SQL, err = step.head(up); err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// Newest returns the version after the last step of an engine.
func Newest(engine string) (int64, error) {
	steps, err := Steps(engine, 0)
	if err != nil || len(steps) == 0 {
		return 0, err
	}
	return steps[len(steps)-1].Version, nil
}

var comment = regexp.MustCompile(`(?m)--.*$`)

// First returns the statements of the first step of an engine, without
// comments.
func First(engine string) (statements []string, err error) {
	steps, err := Steps(engine, 0)
	if err != nil {
		return nil, err
	}
	for statement := range strings.SplitSeq(comment.ReplaceAllString(steps[0].SQL, ""), ";") {
		if statement = strings.TrimSpace(statement); statement != "" {
			statements = append(statements, statement)
		}
	}
	return statements, nil
}

// forGoose matches the lines that mark for goose where a statement begins and
// ends.
var forGoose = regexp.MustCompile(`(?m)^-- \+goose .*\n?`)

// head reads the lines about locks and reading at the beginning of a step, and
// returns the rest. The lines about locks end with the first full stop at the
// end of a line.
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
