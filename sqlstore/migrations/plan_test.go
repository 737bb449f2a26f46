package migrations

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// examples are steps as later releases may have them.
var examples = fstest.MapFS{
	"postgres/00001_first.sql": {Data: []byte("-- +goose Up\n-- Locks: none.\n-- The tables.\nCREATE TABLE latchkey_x (id BIGINT);\n\n-- +goose Down\nDROP TABLE latchkey_x;\n")},
	"postgres/00002_column.sql": {Data: []byte("-- +goose Up\n-- Locks: latchkey_x, ACCESS EXCLUSIVE, for a change of the\n-- catalogue.\n" +
		"SET LOCAL lock_timeout = '40ms';\nALTER TABLE latchkey_x ADD COLUMN y TEXT NOT NULL DEFAULT '';\n")},
	"postgres/00003_beside.sql": {Data: []byte("-- +goose NO TRANSACTION\n-- +goose Up\n-- Locks: none that blocks reads or writes.\n" +
		"-- Reads: latchkey_x latchkey_z, beside all others, 500ms a million rows.\n-- +goose StatementBegin\nCREATE INDEX CONCURRENTLY latchkey_x_y ON latchkey_x (y);\n-- +goose StatementEnd\n")},
	"postgres/00004_rows.sql": {Data: []byte("-- +goose Up\n-- Locks: latchkey_x, ACCESS EXCLUSIVE.\n" +
		"-- Reads: latchkey_x, under its locks, 1s a million rows.\nCREATE INDEX latchkey_x_z ON latchkey_x (z);\n")},
}

// TestAPlanSaysHowLongAStepTakes for the number of rows, and whether others wait
// for all of that time or only for a change of the catalogue.
func TestAPlanSaysHowLongAStepTakes(t *testing.T) {
	const change = catalogueChange
	for _, c := range []struct {
		rows        int64 // of every table
		takes, held []int64
	}{
		{0, []int64{change, change, change, change}, []int64{0, change, 0, change}},
		{2_000_000, []int64{change, change, change + 2000, change + 2000}, []int64{0, change, 0, change + 2000}},
	} {
		steps, err := steps(examples, "postgres", 0)
		if err == nil {
			err = Weigh(steps, func(string) (int64, error) { return c.rows, nil })
		}
		if err != nil {
			t.Fatal(err)
		}
		var takes, held []int64
		for _, step := range steps {
			takes, held = append(takes, step.Takes), append(held, step.Held)
		}
		if !slices.Equal(takes, c.takes) || !slices.Equal(held, c.held) {
			t.Errorf("with %d rows a step takes %v and holds its locks for %v", c.rows, takes, held)
		}
	}
}

// TestAPlanShowsOnlySQL and keeps the lines for goose and about locks out of it.
func TestAPlanShowsOnlySQL(t *testing.T) {
	all, err := steps(examples, "postgres", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		ours, err := Steps(engine, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ours...)
	}
	for _, step := range all {
		if strings.Contains(step.SQL, "-- Reads:") || strings.Contains(step.SQL, "-- Locks:") || strings.Contains(step.SQL, "+goose") || !strings.HasSuffix(step.SQL, ";") {
			t.Errorf("%s shows more than SQL:\n%s", step.Name, step.SQL)
		}
		if strings.HasSuffix(step.Locks, ".") || step.Locks == "" {
			t.Errorf("the locks of %s: %q", step.Name, step.Locks)
		}
	}
	if after, err := steps(examples, "postgres", 2); err != nil || len(after) != 2 || after[0].Locks != "none that blocks reads or writes" {
		t.Errorf("the steps after the second: %+v %v", after, err)
	}
}

// TestMalformedLineAboutReadingIsAnError, so that no plan is wrong.
func TestMalformedLineAboutReadingIsAnError(t *testing.T) {
	for _, line := range []string{"latchkey_x, under its locks", "latchkey_x, under its locks, quickly a million rows."} {
		files := fstest.MapFS{"sqlite/00001_x.sql": {Data: []byte("-- +goose Up\n-- Locks: none.\n-- Reads: " + line + "\nSELECT 1;\n")}}
		if _, err := steps(files, "sqlite", 0); err == nil {
			t.Errorf("%q is accepted", line)
		}
	}
}
