package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// spendTicket spends a ticket. Three conditions follow: usable or
// usableIfNonePending, the one on the login session, which an engine may have to
// lock, and isProof.
const spendTicket = `UPDATE latchkey_ticket AS t SET spent_at = $1 WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND`

// isProof is the condition that the proof is one of n candidates, which are the
// parameters from first on. One candidate is compared with =: for IN, SQLite
// builds a temporary table.
func isProof(n, first int) string {
	if n == 1 {
		return fmt.Sprintf(` AND t.proof = $%d`, first)
	}
	candidates := make([]string, n)
	for i := range candidates {
		candidates[i] = fmt.Sprintf("$%d", first+i)
	}
	return ` AND t.proof IN (` + strings.Join(candidates, ", ") + `)`
}

// perProofs are the texts of a statement for each number of candidates.
func perProofs(text func(n int) string) (texts [oauth.MaxProofs + 1]string) {
	for n := 1; n <= oauth.MaxProofs; n++ {
		texts[n] = text(n)
	}
	return texts
}

// inSession returns the condition that the login session of a ticket "t" has not
// ended. If $5 is set, the Store keeps the session. Otherwise a session has ended
// for its clients when EndSessions was called for it.
func inSession(lockSession, lockClient string) string {
	return ` AND CASE WHEN t.session_id = '' THEN TRUE
	WHEN CAST($5 AS BIGINT) <> 0 THEN EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id AND l.expires_at > $1 AND l.idle_expires_at > $1` + lockSession + `)
	ELSE coalesce((SELECT k.ended_at < t.issued_at FROM latchkey_session_client k WHERE k.session_id = t.session_id AND k.client_id = t.client_id AND k.subject = t.subject` + lockClient + `), TRUE)
		AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = t.session_id AND e.client_id = '' AND e.subject = '' AND e.ended_at >= t.issued_at) END`
}

// spendJobTexts are the statements that spend a ticket where an operation is a job:
// $5 is InSession.
var spendJobTexts = perProofs(func(n int) string { //nolint:gochecknoglobals // constant
	return spendTicket + usable + inSession("", "") +
		isProof(n, 6) + ` RETURNING ` + spentNames // SQLite has no alias here
})

// spendStatements are the statements that spend a ticket and write what is issued
// for it. The session stays locked until the commit: a logout at the same time
// waits, and then finds the family. PostgreSQL prepares a subquery for each run of a
// statement, even if it is not evaluated, which costs a fifth. So spendStatements
// only check whether the person has removals, and spendDespiteRemoval are run if that
// is the case.
var (
	spendStatements     = perProofs(func(n int) string { return spendStatement(usableIfNonePending, n) }) //nolint:gochecknoglobals // constant
	spendDespiteRemoval = perProofs(func(n int) string { return spendStatement(usable, n) })              //nolint:gochecknoglobals // constant
)

func spendStatement(usable string, n int) string {
	return `WITH u AS (
	` + spendTicket + usable + inSession(" FOR KEY SHARE", " FOR SHARE") + isProof(n, 17) + `
	RETURNING t.*
), f AS (
	INSERT INTO latchkey_family (` + familyNames + `)
	SELECT id, client_id, subject, session_id, scope, auth_time, details, $7::bytea, ''::bytea, 0, 0, scope, 0, $8::bigint, $9::bigint, $10::bigint, 0, '', $16::text FROM u WHERE $6::bigint <> 0
), a AS (
	INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at, audience)
	SELECT $11::bytea, $12::bytea, client_id, subject, id, scope, $13::bigint, $14::bigint, $15::text FROM u WHERE length($11::bytea) > 0
) SELECT ` + spentNames + ` FROM u`
}

// spentNames are the columns of a ticket that a spend does not already know, in the
// order of spentFields.
const spentNames = `proof, client_id, subject, session_id, scope, auth_time, details, body, issued_at, expires_at`

func spentFields(t *oauth.Ticket) []any {
	return []any{bytes{t.Proof[:]}, &t.ClientID, &t.Subject, &t.SessionID, scopes{&t.Scope}, at{&t.AuthTime}, details{&t.Details}, &t.Body, at{&t.IssuedAt}, at{&t.ExpiresAt}}
}

// spent returns the ticket after the spend, without the spentFields.
func spent(r *oauth.SpendRequest) *oauth.Ticket {
	return &oauth.Ticket{Kind: r.Kind, ID: r.ID, State: r.State, SpentAt: time.UnixMilli(ms(r.Now)).UTC()}
}

var errProofs = errors.New("a ticket is spent with one to four candidates for its proof")

// Spend spends a ticket and writes what is issued for it.
func (s *Store) Spend(ctx context.Context, r oauth.SpendRequest) (oauth.SpendResult, error) {
	if r.Now.IsZero() {
		return oauth.SpendResult{}, errNoTime
	}
	if len(r.Proofs) < 1 || len(r.Proofs) > oauth.MaxProofs {
		return oauth.SpendResult{}, errProofs
	}
	if s.batcher != nil {
		return s.spendByStatement(ctx, r)
	}
	return s.spendByJob(ctx, r)
}

func (s *Store) spendByJob(ctx context.Context, r oauth.SpendRequest) (result oauth.SpendResult, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		result, err = s.spend(t, r)
		return err
	})
	return result, err
}

// spend spends a ticket in a transaction. One conditional statement decides.
// Only if it matches no row, the row is read, to say why.
func (s *Store) spend(t *tx, r oauth.SpendRequest) (oauth.SpendResult, error) {
	ticket := spent(&r)
	args := appendProofs(append(make([]any, 0, 9), ms(r.Now), r.ID[:], string(r.Kind), r.State, number(r.InSession)), r)
	err := t.Row(spendJobTexts[len(r.Proofs)], args...).Scan(spentFields(ticket)...)
	if Expected(err) {
		return t.findTicket(r.Kind, r.ID)
	}
	if err != nil {
		return oauth.SpendResult{}, err
	}
	s.rows.Add(1)
	result := oauth.SpendResult{Won: true, Ticket: *ticket}
	if r.Family == nil {
		return result, nil
	}
	f := *r.Family
	f.ID, f.ClientID, f.Permission, f.AccessScope = result.Ticket.ID, result.Ticket.ClientID, result.Ticket.Permission, result.Ticket.Scope
	familyRow, err := familyArgs(&f)
	if err == nil {
		err = t.Exec(familyInsert, familyRow...)
	}
	if err != nil {
		return oauth.SpendResult{}, err
	}
	s.rows.Add(1)
	return result, s.addAccess(t, r.Access, &f, r.Audience)
}

// findTicket is the result of a spend or change that matched no row.
func (t *tx) findTicket(kind oauth.TicketKind, id oauth.ID) (result oauth.SpendResult, err error) {
	result, _, err = scanTicket(t.Row(ticketQuery, id[:], string(kind)))
	return result, err
}

func appendProofs(args []any, r oauth.SpendRequest) []any {
	for i := range r.Proofs {
		args = append(args, r.Proofs[i][:])
	}
	return args
}

func (s *Store) spendByStatement(ctx context.Context, r oauth.SpendRequest) (oauth.SpendResult, error) {
	ticket := spent(&r)
	args := append(make([]any, 0, 16+oauth.MaxProofs), ms(r.Now), r.ID[:], string(r.Kind), r.State, number(r.InSession), number(r.Family != nil))
	if f := r.Family; f != nil {
		args = append(args, blob(f.Hash[:]), ms(f.IssuedAt), ms(f.IdleExpiresAt), ms(f.ExpiresAt))
		args = append(args, accessOf(r.Access)...)
	} else {
		args = append(args, []byte{}, int64(0), int64(0), int64(0))
		args = append(args, accessOf(nil)...)
	}
	address := ""
	if r.Family != nil {
		address = r.Family.Address
	}
	args = append(args, r.Audience.String(), address)
	args = appendProofs(args, r)
	found, err := s.runStatement(ctx, spendStatements[len(r.Proofs)], args, spentFields(ticket)...)
	if err != nil {
		return oauth.SpendResult{}, err
	}
	if !found {
		result, pending, err := s.ticket(ctx, r.Kind, r.ID)
		if err != nil || pending == 0 {
			return result, err
		}
		if found, err = s.runStatement(ctx, spendDespiteRemoval[len(r.Proofs)], args, spentFields(ticket)...); err != nil {
			return oauth.SpendResult{}, err
		}
		if !found {
			return result, nil
		}
	}
	s.rows.Add(1)
	if r.Family != nil {
		s.rows.Add(1)
		if r.Access != nil {
			s.rows.Add(1)
		}
		if f := (oauth.Family{Permission: ticket.Permission}); f.BoundToSession() {
			s.bound.add(ticket.ClientID)
		}
	}
	return oauth.SpendResult{Won: true, Ticket: *ticket}, nil
}

func (s *Store) notWon(ctx context.Context, kind oauth.TicketKind, id oauth.ID) (result oauth.SpendResult, err error) {
	result.Ticket, result.Standing, err = s.Ticket(ctx, kind, id)
	return result, err
}

// changeTicket moves a ticket from one state to another. $6 says whether the
// permission is replaced.
const changeTicket = `UPDATE latchkey_ticket AS t SET state = $5,
	subject = CASE WHEN $6 <> 0 THEN $7 ELSE t.subject END, session_id = CASE WHEN $6 <> 0 THEN $8 ELSE t.session_id END,
	scope = CASE WHEN $6 <> 0 THEN $9 ELSE t.scope END, auth_time = CASE WHEN $6 <> 0 THEN $10 ELSE t.auth_time END,
	details = CASE WHEN $6 <> 0 THEN $11 ELSE t.details END, issued_at = CASE WHEN $6 <> 0 THEN $1 ELSE t.issued_at END,
	body = CASE WHEN $12 = '' THEN t.body ELSE $12 END
	WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND` + usable + ` RETURNING ` + ticketNames

func changeArgs(r oauth.ChangeRequest) ([]any, error) {
	var p oauth.Permission
	if r.Permission != nil {
		p = *r.Permission
	}
	text, err := detailsText(p.Details)
	return []any{
		ms(r.Now), r.ID[:], string(r.Kind), r.From, r.To, number(r.Permission != nil),
		p.Subject, p.SessionID, p.Scope.String(), ms(p.AuthTime), text, r.Body,
	}, err
}

// Change moves a ticket from one state to another.
func (s *Store) Change(ctx context.Context, r oauth.ChangeRequest) (result oauth.SpendResult, err error) {
	if r.Now.IsZero() {
		return result, errNoTime
	}
	if s.batcher == nil {
		err = s.write(ctx, func(t *tx) (err error) {
			result, err = s.change(t, r)
			return err
		})
		return result, err
	}
	args, err := changeArgs(r)
	if err != nil {
		return result, err
	}
	result.Won, err = s.runStatement(ctx, changeTicket, args, ticketFields(&result.Ticket)...)
	switch {
	case err != nil:
		return oauth.SpendResult{}, err
	case !result.Won:
		return s.notWon(ctx, r.Kind, r.ID)
	}
	s.rows.Add(1)
	return result, nil
}

// cancelTicket cancels a ticket. $6 says whether it becomes spent.
const cancelTicket = `UPDATE latchkey_ticket AS t SET state = $5, spent_at = CASE WHEN $6 <> 0 THEN $1 ELSE 0 END
	WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND t.proof = $7 AND t.spent_at = 0 AND t.expires_at > $1 RETURNING ` + ticketNames

// Cancel moves a ticket to another state, whatever its client and its person are.
func (s *Store) Cancel(ctx context.Context, c oauth.Cancellation) (result oauth.SpendResult, err error) {
	if c.Now.IsZero() {
		return result, errNoTime
	}
	err = s.write(ctx, func(t *tx) (err error) {
		result = oauth.SpendResult{Won: true}
		err = t.Row(cancelTicket, ms(c.Now), c.ID[:], string(c.Kind), c.From, c.To, number(c.Spent), c.Proof[:]).Scan(ticketFields(&result.Ticket)...)
		if Expected(err) {
			result, err = t.findTicket(c.Kind, c.ID)
		}
		return err
	})
	return result, err
}

// change changes a ticket in a transaction.
func (s *Store) change(t *tx, r oauth.ChangeRequest) (oauth.SpendResult, error) {
	result := oauth.SpendResult{Won: true}
	args, err := changeArgs(r)
	if err != nil {
		return oauth.SpendResult{}, err
	}
	err = t.Row(changeTicket, args...).Scan(ticketFields(&result.Ticket)...)
	if Expected(err) {
		return t.findTicket(r.Kind, r.ID)
	}
	if err != nil {
		return oauth.SpendResult{}, err
	}
	s.rows.Add(1)
	return result, nil
}
