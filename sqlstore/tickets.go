package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketNames are the columns of a ticket in the order of ticketFields and
// ticketArgs, spent_at last.
const ticketNames = `id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at`

const ticketColumns = `t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at`

func ticketFields(t *oauth.Ticket) []any {
	return []any{
		bytes{t.ID[:]},
		(*string)(&t.Kind),
		bytes{t.Proof[:]},
		&t.ClientID, &t.Subject, &t.SessionID,
		scopes{&t.Scope},
		at{&t.AuthTime},
		details{&t.Details},
		&t.State, &t.Body,
		at{&t.IssuedAt},
		at{&t.ExpiresAt},
		at{&t.SpentAt},
	}
}

// ticketArgs returns the values of all columns but spent_at, which refer to the
// ticket.
func ticketArgs(t *oauth.Ticket) ([]any, error) {
	text, err := detailsText(t.Details)
	return append(make([]any, 0, 26), // room for what an approval adds
		t.ID[:], string(t.Kind), t.Proof[:], t.ClientID, t.Subject, t.SessionID, t.Scope.String(), ms(t.AuthTime), text,
		t.State, t.Body, ms(t.IssuedAt), ms(t.ExpiresAt)), err
}

// ticketInsert is followed by VALUES or SELECT.
const ticketInsert = `INSERT INTO latchkey_ticket (` + ticketNames + `) `

// ticketInsertSelect is ticketInsert with the values of ticketArgs as a SELECT
// without its FROM.
const ticketInsertSelect = ticketInsert + `SELECT $1::bytea, $2::text, $3::bytea, $4::text, $5::text, $6::text, $7::text, $8::bigint, $9::text,
	$10::text, $11::text, $12::bigint, $13::bigint, 0`

const oneTicket = ticketInsert + `VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ON CONFLICT (id) DO NOTHING`

// usable is the condition that a ticket "t" is unspent, has not expired at $1,
// and that its client, if it belongs to one, and its person are valid.
// usableIfNonePending is the same for a person without removals.
const (
	usable              = current + ticketNotRemoved + subjectEnd
	usableIfNonePending = current + nonePending + subjectEnd
	current             = ` t.spent_at = 0 AND t.expires_at > $1 AND (t.client_id = '' OR ` + clientValid + `) AND ` + subjectAllows + ` AND `
)

// ticketQuery finds a ticket by its id and kind, with its standing, and the number
// of removals of its person.
const ticketQuery = `SELECT ` + ticketColumns + `, c.id IS NULL AND t.client_id <> '', ` + standingWithClient + `, coalesce(s.pending, 0) FROM latchkey_ticket t` + standingJoins + ` WHERE t.id = $1 AND t.kind = $2`

// Ticket returns a ticket and its standing.
func (s *Store) Ticket(ctx context.Context, kind oauth.TicketKind, id oauth.ID) (t oauth.Ticket, standing oauth.Standing, err error) {
	found, _, err := s.ticket(ctx, kind, id)
	return found.Ticket, found.Standing, err
}

// ticket returns a ticket, its standing, and the number of removals of its person.
func (s *Store) ticket(ctx context.Context, kind oauth.TicketKind, id oauth.ID) (found oauth.SpendResult, pending int64, err error) {
	return scanTicket(s.row(ctx, ticketQuery, id[:], string(kind)))
}

func scanTicket(row Row) (found oauth.SpendResult, pending int64, err error) {
	fields := append(ticketFields(&found.Ticket), standingFields(&found.Standing)...)
	err = row.Scan(append(fields, &pending)...)
	return found, pending, err
}

// Put writes new tickets, all or none.
func (s *Store) Put(ctx context.Context, tickets ...oauth.Ticket) error {
	if s.batcher != nil {
		return s.putByStatement(ctx, tickets)
	}
	return s.write(ctx, func(t *tx) error {
		for i := range tickets {
			if err := t.mustBeNew(tickets[i].ID, tickets[:i]); err != nil {
				return err
			}
		}
		for i := range tickets {
			added, err := t.insertTicket(tickets[i])
			if err == nil && !added {
				err = errConflict
			}
			if err != nil {
				return err
			}
			s.rows.Add(1)
		}
		return nil
	})
}

// mustBeNew returns ErrConflict if there is a ticket of that ID, here or among
// those that are about to be written. It must be called before anything is
// written: ErrConflict is an answer, and does not undo what a job has written.
func (t *tx) mustBeNew(id oauth.ID, others []oauth.Ticket) error {
	for i := range others {
		if others[i].ID == id {
			return errConflict
		}
	}
	var one int
	switch err := t.Row(`SELECT 1 FROM latchkey_ticket WHERE id = $1`, id[:]).Scan(&one); {
	case err == nil:
		return errConflict
	case Expected(err):
		return nil
	default:
		return err
	}
}

// insertTicket reports whether the ticket was added.
func (t *tx) insertTicket(ticket oauth.Ticket) (bool, error) {
	args, err := ticketArgs(&ticket)
	if err != nil {
		return false, err
	}
	added, err := t.Count(oneTicket, args...)
	return added == 1, err
}

// putByStatement writes one ticket without an error of the database if its ID exists.
// Several are one statement too, and there the primary key decides: IDs that
// are meant to be unique rarely exist.
func (s *Store) putByStatement(ctx context.Context, tickets []oauth.Ticket) error {
	var (
		query = oneTicket + ` RETURNING 1`
		args  []any
		one   int64
	)
	for i := range tickets {
		values, err := ticketArgs(&tickets[i])
		if err != nil {
			return err
		}
		args = append(args, values...)
	}
	if len(tickets) != 1 {
		query = ticketInsert + `VALUES ` + manyValues(len(tickets), len(args)/max(len(tickets), 1)) + ` RETURNING 1`
	}
	if len(tickets) == 0 {
		return nil
	}
	added, err := s.runStatement(ctx, query, args, &one)
	if err == nil && !added {
		err = errConflict
	}
	if err == nil {
		s.rows.Add(uint64(len(tickets)))
	}
	return err
}

// manyValues writes rows of numbered parameters, each followed by a zero.
func manyValues(rows, columns int) string {
	var b strings.Builder
	for row := range rows {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for column := range columns {
			fmt.Fprintf(&b, "$%d, ", row*columns+column+1)
		}
		b.WriteString("0)")
	}
	return b.String()
}
