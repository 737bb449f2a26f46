package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// code returns the code of an error of PostgreSQL (its Appendix A), or "".
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// collided reports whether a transaction lost against another one: a serialization
// failure or a deadlock.
func collided(err error) bool { return code(err) == "40001" || code(err) == "40P01" }

// duplicate reports whether a row with the same key exists.
func duplicate(err error) bool { return code(err) == "23505" }

// lockTimeout reports whether a lock could not be taken in time.
func lockTimeout(err error) bool { return code(err) == "55P03" }

// inTheWay reports whether others held the locks that a change of the catalogue
// needs. The next sweep retries it.
func inTheWay(err error) bool { return lockTimeout(err) || code(err) == "57014" }

// refused reports whether a batch was certainly not committed because of one of its
// statements: it was wrong, or it collided with another transaction.
func refused(err error) bool {
	return collided(err) || lockTimeout(err) || (permanent(err) && !unreadable(err))
}

// unreadable reports whether a row was returned and could not be scanned.
func unreadable(err error) bool {
	var e pgx.ScanArgError
	return errors.As(err, &e)
}

// unreachable reports whether an error shows that the server cannot be reached, or
// takes no writes.
func unreachable(err error) bool {
	var connecting *pgconn.ConnectError
	switch c := code(err); {
	case c == "53300": // too many connections
		return false
	case errors.As(err, &connecting):
		return true
	case c == "25006", c == "53100", c == "57P01", c == "57P02", c == "57P03": // read-only, disk full, shutting down, crashed, starting
		return true
	case c != "":
		return strings.HasPrefix(c, "08") || strings.HasPrefix(c, "58") // connection, system
	}
	return !errors.Is(err, sqlstore.ErrClosed) && !errors.Is(err, sqlstore.ErrTooLate)
}

// permanent reports whether the error is a wrong statement, a wrong value or a
// violated constraint. A later call would fail in the same way.
func permanent(err error) bool {
	var (
		e          *pgconn.PgError
		connecting *pgconn.ConnectError
	)
	if errors.As(err, &connecting) {
		return false // whatever the server that could not be connected to answered
	}
	if !errors.As(err, &e) {
		return strings.Contains(err.Error(), "encode") || unreadable(err)
	}
	if len(e.Code) < 2 {
		return false // from a program in between that is not PostgreSQL
	}
	switch e.Code[:2] {
	case "08", "25", "40", "53", "55", "57", "58": // connection, read-only server, other transactions, resources, locks, operator, system
		return false
	}
	return true
}
