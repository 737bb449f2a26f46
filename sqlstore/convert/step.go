package convert

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// StepName is the name of a conversion in a plan and in the list of the steps
// that were run.
const StepName = "convert_from_before_0.1.0"

// step describes a conversion that reads the rows of these tables.
func step(locks string, statements, tables []string) *migrations.Step {
	sql := strings.Join(statements, ";\n") + ";\n-- Then the settings of each client are rewritten."
	s := migrations.Offline(1, StepName, locks+". Stop all servers first", sql, tables)
	return &s
}

// ErrFailed says that a conversion failed, and changed nothing.
var ErrFailed = errors.New("converting the tables from before 0.1.0")

func failed(err error) error { return fmt.Errorf("%w: %w", ErrFailed, err) }
