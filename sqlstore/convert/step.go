package convert

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// codesComment stands for what no statement does in a plan.
const codesComment = "-- Each code becomes a ticket: its proof and its body are computed"

// replayUntil is until when an exchanged refresh token gets the same answer
// again: the default window. Tokens that were exchanged earlier than recently
// get none.
const replayUntil = "rotated_at + 10000"

func recently() string { return strconv.FormatInt(time.Now().Add(-time.Hour).UnixMilli(), 10) }

// ErrFailed is returned if a conversion failed. It changed nothing.
var ErrFailed = errors.New("converting the tables from before 0.1.0")

func failed(err error) error { return fmt.Errorf("%w: %w", ErrFailed, err) }
