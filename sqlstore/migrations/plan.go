package migrations

import (
	"fmt"
	"strings"
	"time"
)

// Offline returns a step that rewrites the rows of tables while nobody else uses the
// database. Its arguments are the fields of the Step, and the names of the tables that it
// reads.
func Offline(version int64, name, locks, sql string, tables []string) Step {
	s := Step{Version: version, Name: name, Locks: locks, SQL: sql, Reads: []Table{}, underLocks: true, perMillion: 5 * time.Second}
	for _, table := range tables {
		s.Reads = append(s.Reads, Table{Name: table})
	}
	return s
}

// catalogueChange is how long a change of the catalogue alone takes, in
// milliseconds.
const catalogueChange = 10

// Weigh estimates how long the steps take: it sets their Takes and Held, and the Rows of
// their Reads. rows returns the number of rows of a table. Its error is returned.
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
		step.Takes = catalogueChange + reading
		switch {
		case strings.HasPrefix(step.Locks, "none"):
		case step.underLocks:
			step.Held = step.Takes
		default:
			step.Held = catalogueChange
		}
	}
	return nil
}
