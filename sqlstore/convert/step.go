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

// idleExpiresAt is when a login session expires if it is not used again: after
// the default of 12 hours.
const idleExpiresAt = "seen_at + 43200000"

// sessionClients fills the table of the clients of login sessions, on both
// databases. A client may have to be notified for as long as 400 days; a notice
// is kept for 25 hours after the end of the session. notices is the table from
// before 0.1.0, which is dropped.
func sessionClients(notices string) []string {
	return []string{
		fmt.Sprintf(`INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts)
	SELECT DISTINCT session_id, client_id, subject, %d, 0, 0, 0 FROM latchkey_family WHERE session_id <> '' AND ' ' || scope || ' ' LIKE '%% openid %%'`,
			time.Now().Add(400*24*time.Hour).UnixMilli()),
		`INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts)
	SELECT session_id, client_id, subject, max(created_at) + 90000000, max(created_at), max(next_at), max(attempts) FROM ` + notices + ` WHERE true GROUP BY session_id, client_id, subject
	ON CONFLICT (session_id, client_id, subject) DO UPDATE SET expires_at = excluded.expires_at, ended_at = excluded.ended_at, notify_at = excluded.notify_at, attempts = excluded.attempts`,
		`DROP TABLE ` + notices,
	}
}

func recently() string { return strconv.FormatInt(time.Now().Add(-time.Hour).UnixMilli(), 10) }

// ErrFailed is returned if a conversion failed. It changed nothing.
var ErrFailed = errors.New("converting the tables from before 0.1.0")

func failed(err error) error { return fmt.Errorf("%w: %w", ErrFailed, err) }
