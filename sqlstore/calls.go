package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// row reads one row.
func (s *Store) row(ctx context.Context, query string, args ...any) countedRow {
	call := s.begin(ctx, query, reads)
	return countedRow{s.Engine.QueryRow(ctx, query, args...), call}
}

// each reads rows.
func (s *Store) each(ctx context.Context, query string, args []any, scan func(Rows) error) (err error) {
	call := s.begin(ctx, query, reads)
	rows, err := s.Engine.Query(ctx, query, args...)
	if err != nil {
		return call.end(err)
	}
	defer func() { err = call.end(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// write runs a job in a transaction that it may share with others, and waits
// until the transaction is durable. It first checks the Guard of the context.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	call, run := s.begin(ctx, "", writes), guarded(ctx, run)
	return call.end(s.Engine.Do(ctx, func(c Conn) error { return run(&tx{Conn: c, batched: s.batcher != nil, now: s.Clock}) }))
}

// call is a call to the database.
type call struct {
	s      *Store
	ctx    context.Context //nolint:containedctx // it lives no longer than the call
	writes bool
	before uint64 // the number of answers when the call began
	begun  time.Time
	traced func(error) // ends its trace, or nil
}

// Whether a call writes.
const (
	reads  = false
	writes = true
)

// begin counts a round trip.
func (s *Store) begin(ctx context.Context, statement string, writes bool) call {
	s.roundTrips.Add(1)
	return s.beginUncounted(ctx, statement, writes)
}

// beginUncounted is begin for what belongs to no operation, and can happen during any.
func (s *Store) beginUncounted(ctx context.Context, statement string, writes bool) call {
	c := call{s: s, ctx: ctx, writes: writes, before: s.answers.Load(), begun: time.Now()}
	if s.Trace != nil {
		c.traced = s.Trace(ctx, statement)
	}
	return c
}

// end notes how the call ended, and returns its error in a form that callers of
// the Store know.
func (c call) end(err error) error {
	oauth.AddStoreWait(c.ctx, time.Since(c.begun))
	err = c.s.known(c, err)
	if c.traced != nil {
		c.traced(err)
	}
	return err
}

// countedRow is the row of a call.
type countedRow struct {
	row  Row
	call call
}

func (r countedRow) Scan(dest ...any) error { return r.call.end(r.row.Scan(dest...)) }

// known turns a driver's error into one that callers know. If the caller gave up,
// or waited too long while other calls were answered, this says nothing about
// the database.
func (s *Store) known(c call, err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = errNotFound
	case err != nil && s.Duplicate(err):
		err = errConflict
	}
	switch {
	case err == nil, Expected(err):
		s.answers.Add(1)
		s.reachability.answered(c.writes)
		return err
	case s.Permanent(err):
		s.faults.Add(1)
		return err
	case c.ctx.Err() != nil:
		return unavailable{err}
	case errors.Is(err, context.DeadlineExceeded) && s.answers.Load() != c.before:
	case s.Unreachable(err):
		s.reachability.failed(c.writes)
	}
	s.unavailable.Add(1)
	return unavailable{err}
}

// Expected reports whether the error of a job is its answer, and not a failure. These are
// oauth.ErrNotFound, account.ErrNotFound, oauth.ErrConflict, oauth.ErrRevised, account.ErrLastAdmin, account.ErrForbidden, account.ErrTooMany,
// account.ErrSecondFactor, account.ErrFactorUsed, account.ErrFactorTaken, account.ErrManyMembers, account.ErrManyGroups and account.ErrHostPeople.
func Expected(err error) bool {
	return errors.Is(err, oauth.ErrNotFound) || errors.Is(err, account.ErrNotFound) || errors.Is(err, oauth.ErrConflict) || errors.Is(err, oauth.ErrRevised) || errors.Is(err, account.ErrLastAdmin) || errors.Is(err, account.ErrForbidden) || errors.Is(err, account.ErrTooMany) ||
		errors.Is(err, account.ErrSecondFactor) || errors.Is(err, account.ErrFactorUsed) || errors.Is(err, account.ErrFactorTaken) ||
		errors.Is(err, account.ErrManyMembers) || errors.Is(err, account.ErrManyGroups) || errors.Is(err, account.ErrHostPeople)
}

// both is an error of both packages that a Store serves.
type both struct{ oauth, account error }

func (b both) Error() string   { return b.oauth.Error() }
func (b both) Unwrap() []error { return []error{b.oauth, b.account} }

var (
	errNotFound error = both{oauth.ErrNotFound, account.ErrNotFound}
	errConflict error = both{oauth.ErrConflict, account.ErrConflict}
	errNoTime   error = both{oauth.ErrNoTime, account.ErrNoTime}
)

// unavailable is a failure after which a later call may succeed.
type unavailable struct{ err error }

func (u unavailable) Error() string { return "storage unavailable: " + u.err.Error() }
func (u unavailable) Unwrap() []error {
	return []error{oauth.ErrUnavailable, account.ErrUnavailable, u.err}
}
