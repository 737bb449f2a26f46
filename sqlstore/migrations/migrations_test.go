package migrations_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

var (
	comments   = regexp.MustCompile(`(?m)--.*$`)
	blocks     = regexp.MustCompile(`(?s)DO \$\$.*?END \$\$;`)
	newTable   = regexp.MustCompile(`(?i)^CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	newIndex   = regexp.MustCompile(`(?i)^CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?\w+ ON (\w+)`)
	concurrent = regexp.MustCompile(`(?i)^(CREATE|DROP) INDEX CONCURRENTLY `)
	newColumn  = regexp.MustCompile(`(?i)^ALTER TABLE \w+ ADD COLUMN \w+ \w+(.*)$`)
	constant   = regexp.MustCompile(`(?i)NOT NULL DEFAULT ('[^']*'|[0-9]+)$`)
	setting    = regexp.MustCompile(`(?i)^SET LOCAL lock_timeout = '100ms'$`)
	newRow     = regexp.MustCompile(`(?i)^INSERT INTO (\w+) `)
)

// TestAStepOnlyAdds: what the release before reads and writes is still there
// and still suffices. What takes away belongs into a later release, and then
// this test is the place to say so.
func TestAStepOnlyAdds(t *testing.T) {
	for _, engine := range []string{"postgres", "sqlite"} {
		steps, err := migrations.Steps(engine, 0)
		if err != nil {
			t.Fatal(err)
		}
		var last int64
		for _, step := range steps {
			name := engine + "/" + step.Name
			if step.Version != last+1 {
				t.Errorf("%s follows number %d", name, last)
			}
			last = step.Version
			if step.Locks == "" {
				t.Errorf("%s does not say what it locks: begin with -- Locks:", name)
			}
			text := comments.ReplaceAllString(step.SQL, "")
			if blocks.MatchString(text) && step.Name != "00004_partitions" { // TestPartitionsComeUnderLoad runs it beside the release before
				t.Errorf("%s has a block of code; show in a test that the release before works on beside it", name)
			}
			var tables []string
			timed := false
			for statement := range strings.SplitSeq(blocks.ReplaceAllString(text, ""), ";") {
				statement = strings.Join(strings.Fields(statement), " ")
				switch {
				case statement == "", concurrent.MatchString(statement):
				case setting.MatchString(statement):
					timed = true
				case newTable.MatchString(statement):
					tables = append(tables, newTable.FindStringSubmatch(statement)[1])
				case newRow.MatchString(statement):
					if !slices.Contains(tables, newRow.FindStringSubmatch(statement)[1]) {
						t.Errorf("%s writes to a table that it did not make: %s", name, statement)
					}
				case newIndex.MatchString(statement):
					if engine == "postgres" && !slices.Contains(tables, newIndex.FindStringSubmatch(statement)[1]) {
						t.Errorf("%s keeps writers waiting while it builds an index; CONCURRENTLY does not: %s", name, statement)
					}
				case newColumn.MatchString(statement):
					if rest := newColumn.FindStringSubmatch(statement)[1]; rest != "" && !constant.MatchString(rest) {
						t.Errorf("%s adds a column that the release before does not fill: %s", name, statement)
					}
					if engine == "postgres" && !timed {
						t.Errorf("%s waits for a lock while others wait behind it; begin with SET LOCAL lock_timeout = '100ms'", name)
					}
				default:
					t.Errorf("%s does more than add: %s", name, statement)
				}
			}
		}
	}
}

// TestAPlanTellsHowLong: by the rows that there are, how long a step takes, and
// whether others wait for all of that or for a change of the catalogue.
func TestAPlanTellsHowLong(t *testing.T) {
	const moment = 10
	for _, c := range []struct {
		engine      string
		rows        int64 // of every table
		takes, held []int64
	}{
		{"postgres", 0, []int64{moment, moment, moment, moment, moment}, []int64{0, moment, 0, moment, 0}},
		{"postgres", 2_000_000, []int64{moment, moment, moment + 2000, moment + 600, moment + 2000}, []int64{0, moment, 0, moment, 0}},
		{"sqlite", 0, []int64{moment, moment, moment, moment}, []int64{0, moment, moment, moment}},
		{"sqlite", 3_000_000, []int64{moment, moment, moment + 3000, moment + 3000}, []int64{0, moment, moment + 3000, moment + 3000}},
	} {
		steps, err := migrations.Steps(c.engine, 0)
		if err == nil {
			err = migrations.Weigh(steps, func(string) (int64, error) { return c.rows, nil })
		}
		if err != nil {
			t.Fatal(err)
		}
		var takes, held []int64
		for _, step := range steps {
			takes, held = append(takes, step.Takes), append(held, step.Held)
			if strings.Contains(step.SQL, "-- Reads:") {
				t.Errorf("%s/%s says what it reads where nobody looks", c.engine, step.Name)
			}
			if strings.Contains(step.SQL, "+goose") || !strings.HasSuffix(step.SQL, ";") {
				t.Errorf("%s/%s shows more than SQL:\n%s", c.engine, step.Name, step.SQL)
			}
			if strings.HasSuffix(step.Locks, ".") {
				t.Errorf("%s/%s ends its locks with a full stop: %s", c.engine, step.Name, step.Locks)
			}
		}
		if !slices.Equal(takes, c.takes) || !slices.Equal(held, c.held) {
			t.Errorf("%s with %d rows takes %v and holds %v", c.engine, c.rows, takes, held)
		}
	}
}
