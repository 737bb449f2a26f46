package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Approve writes what the decision of a person grants. A ticket alone, the usual
// case, can be one statement.
func (s *Store) Approve(ctx context.Context, a oauth.Approval) (issuedAt time.Time, err error) {
	if !a.HasTimes() {
		return issuedAt, errNoTime
	}
	onlyTicket := a.Put != nil && a.Spend == nil && a.Change == nil && a.Consent == nil && a.Family == nil && len(a.Revoke) == 0
	if onlyTicket && s.batcher != nil {
		return s.approveTicket(ctx, a)
	}
	return s.approveByJob(ctx, a, onlyTicket)
}

func (s *Store) approveByJob(ctx context.Context, a oauth.Approval, onlyTicket bool) (issuedAt time.Time, err error) {
	err = s.write(ctx, func(t *tx) (err error) {
		if onlyTicket {
			issuedAt, err = s.approveTicketInJob(t, &a)
			if !Expected(err) {
				return err
			}
		}
		issuedAt, err = s.approve(t, a)
		return err
	})
	return issuedAt, err
}

// approveTicketInJob writes an approved ticket, and the client of the session, if
// the conditions of the approval hold and there is no ticket of that ID, which is
// the usual case. Otherwise it writes nothing and returns ErrNotFound, without
// the reason.
func (s *Store) approveTicketInJob(t *tx, a *oauth.Approval) (issuedAt time.Time, err error) {
	args, err := approvedArgs(a)
	if err != nil {
		return issuedAt, err
	}
	added, err := t.Count(newTicketTexts[conditionsOf(a)], args...)
	if err != nil || added == 0 {
		return issuedAt, cmp.Or(err, errNotFound)
	}
	s.rows.Add(1)
	if a.Session != nil {
		err = s.addSessionClient(t, *a)
	}
	return a.Put.IssuedAt, err
}

// approve writes an approval in a transaction. ErrConflict and ErrNotFound are
// answers and do not undo what a job has written, so everything that can lead to
// them comes before the first write, except where two transactions run at the
// same time: an engine that allows that rolls back.
func (s *Store) approve(t *tx, a oauth.Approval) (issuedAt time.Time, err error) {
	if err := s.mayBeApproved(t, a); err != nil {
		return issuedAt, err
	}
	issuedAt, completed, err := s.answeredBefore(t, a)
	if err != nil || !issuedAt.IsZero() {
		return issuedAt, err
	}
	if !completed {
		won, err := s.complete(t, a)
		if err == nil && !won { // another call was faster; perhaps it is the same approval
			issuedAt, completed, err = s.answeredBefore(t, a)
			if err == nil && !completed {
				err = errConflict
			}
		}
		if err != nil || !issuedAt.IsZero() {
			return issuedAt, err
		}
	}
	if a.Session != nil {
		if err := s.addSessionClient(t, a); err != nil {
			return issuedAt, err
		}
	}
	if a.Put != nil {
		args, err := approvedArgs(&a)
		if err != nil {
			return issuedAt, err
		}
		err = t.Row(approvedTicket+` RETURNING issued_at`, args[:15]...).Scan(at{&issuedAt})
		if Expected(err) {
			err = errConflict
		}
		if err != nil || ms(issuedAt) != ms(a.Put.IssuedAt) { // the same approval was faster
			return issuedAt, err
		}
		s.rows.Add(1)
	}
	if a.Family != nil {
		if err := s.addFront(t, a); err != nil {
			return issuedAt, err
		}
	}
	for _, id := range a.Revoke {
		if err := t.Exec(`UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, ms(a.Now), id[:]); err != nil {
			return issuedAt, err
		}
	}
	if a.Consent != nil {
		s.rows.Add(1)
		err = t.remember(*a.Consent, a.Shown, a.Outdated)
	}
	return issuedAt, err
}

// mayBeApproved returns errNotFound if the person is no longer logged in, or has
// not allowed what the approval relies on. Until the commit, these rows cannot
// change.
func (s *Store) mayBeApproved(t *tx, a oauth.Approval) error {
	var one int
	if a.InSession != "" {
		err := t.Row(`SELECT 1 FROM latchkey_session l WHERE l.id = $1 AND l.expires_at > $2 AND l.idle_expires_at > $2`+t.lock("KEY SHARE"), a.InSession, ms(a.Now)).Scan(&one)
		if err != nil {
			return err
		}
	}
	if a.HostSession != "" {
		if err := s.hostSessionMustLast(t, a); err != nil {
			return err
		}
	}
	if c := a.Session; c != nil {
		err := t.Row(`SELECT CASE WHEN ended_at >= $4 THEN 1 ELSE 0 END FROM latchkey_session_client WHERE session_id = $1 AND client_id = $2 AND subject = $3`+t.lock("UPDATE"),
			c.SessionID, c.ClientID, c.Subject, ms(a.Now)).Scan(&one)
		if err == nil && one == 1 {
			err = errNotFound
		} else if Expected(err) {
			err = nil
		}
		if err != nil {
			return err
		}
	}
	if c := a.Relies; c != nil {
		return t.Row(`SELECT 1 FROM latchkey_consent WHERE subject = $1 AND client_id = $2 AND scope = $3`+t.lock("KEY SHARE"), c.Subject, c.ClientID, c.Scope.String()).Scan(&one)
	}
	return nil
}

// hostSessionMustLast returns errNotFound if the session of the host has ended. Before
// the first approval for a client, there is no row yet for which EndSessions would
// wait, so a row without a client is locked.
func (s *Store) hostSessionMustLast(t *tx, a oauth.Approval) error {
	var one int
	if a.Session == nil || s.batcher == nil { // nothing to lock, or one transaction at a time
		return t.Row(`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM latchkey_session_client WHERE session_id = $1 AND client_id = '' AND subject = '' AND ended_at >= $2)`,
			a.HostSession, ms(a.Now)).Scan(&one)
	}
	return t.Row(lockHostSession, a.HostSession, a.Session.ClientID, a.Session.Subject, ms(a.Now), ms(a.Now.Add(oauth.LongestTicket))).Scan(&one)
}

const (
	hostSessionEnded = `EXISTS (SELECT 1 FROM latchkey_session_client WHERE session_id = $1 AND client_id = '' AND subject = '' AND ended_at >= $4)`
	knownToClient    = `EXISTS (SELECT 1 FROM latchkey_session_client WHERE session_id = $1 AND client_id = $2 AND subject = $3)`
	lockHostSession  = `WITH g AS (
		` + endMarkInsert + ` SELECT $1::text, '', '', $5::bigint, 0, 0, 0 WHERE NOT ` + knownToClient + ` ` + lockedMark + `$4 RETURNING 1
	) SELECT 1 WHERE NOT ` + hostSessionEnded + ` AND (` + knownToClient + ` OR EXISTS (SELECT 1 FROM g))`
)

// lockedMark locks the row without a client, unless the session ended at the time
// that follows or later.
const lockedMark = `ON CONFLICT (session_id, client_id, subject) DO UPDATE SET expires_at = excluded.expires_at WHERE latchkey_session_client.ended_at < `

// answeredBefore returns when the same decision was approved before, or the zero
// time if its ticket cannot be used for the response again. completed reports
// whether that approval has already completed the other tickets of the decision. It
// returns errConflict if the earlier ticket cannot be replaced or the family was
// revoked.
func (s *Store) answeredBefore(t *tx, a oauth.Approval) (issuedAt time.Time, completed bool, err error) {
	if a.Put != nil {
		var (
			old   oauth.Ticket
			spent bool
		)
		err := t.Row(`SELECT kind, proof, issued_at, expires_at, spent_at FROM latchkey_ticket WHERE id = $1`, a.Put.ID[:]).
			Scan((*string)(&old.Kind), bytes{old.Proof[:]}, at{&old.IssuedAt}, at{&old.ExpiresAt}, flag{&spent})
		switch same := old.Proof == a.Put.Proof; {
		case Expected(err):
		case err != nil:
			return issuedAt, false, err
		case spent || old.Kind != a.Put.Kind || (!same && old.Proof != a.Replaces):
			return issuedAt, false, errConflict
		case same && ms(old.ExpiresAt) > ms(a.Now):
			return old.IssuedAt, true, nil
		default:
			completed = same
		}
	}
	if a.Family == nil {
		return issuedAt, completed, nil
	}
	var one int
	err = t.Row(`SELECT 1 FROM latchkey_family t LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE t.id = $1 AND (t.revoked_at <> 0 OR NOT `+familyNotRemoved+`)`, a.Family.ID[:]).Scan(&one)
	switch {
	case err == nil:
		err = errConflict
	case Expected(err):
		err = nil
	}
	return issuedAt, completed, err
}

// addSessionClient adds the client to those of the session, or moves the time
// until which it is remembered, but not at every approval.
func (s *Store) addSessionClient(t *tx, a oauth.Approval) error {
	changed, err := t.Count(`INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts) VALUES ($1, $2, $3, $4, 0, 0, 0) `+renewedClient+`$5)`,
		a.Session.SessionID, a.Session.ClientID, a.Session.Subject, ms(a.SessionUntil), ms(a.Now))
	s.rows.Add(uint64(changed)) //nolint:gosec // 0 or 1
	return err
}

// renewedClient is followed by the time of the approval and a parenthesis. A
// session that ended at that time or later stays ended.
const renewedClient = `ON CONFLICT (session_id, client_id, subject) DO UPDATE SET expires_at = excluded.expires_at, ended_at = 0, notify_at = 0, attempts = 0
	WHERE (latchkey_session_client.ended_at = 0 AND latchkey_session_client.expires_at < excluded.expires_at - 86400000)
	OR (latchkey_session_client.ended_at <> 0 AND latchkey_session_client.ended_at < `

// approvedTicket writes a ticket, or replaces one. $14 is the proof that may be
// replaced, $15 the time.
const approvedTicket = ticketInsert + `VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ` + replacedTicket

const (
	sameDecision   = `latchkey_ticket.proof = excluded.proof AND latchkey_ticket.expires_at > $15`
	replacedTicket = `ON CONFLICT (id) DO UPDATE SET proof = excluded.proof, client_id = excluded.client_id, subject = excluded.subject, session_id = excluded.session_id,
	scope = excluded.scope, auth_time = excluded.auth_time, details = excluded.details, state = excluded.state, body = excluded.body,
	issued_at = CASE WHEN ` + sameDecision + ` THEN latchkey_ticket.issued_at ELSE excluded.issued_at END,
	expires_at = CASE WHEN ` + sameDecision + ` THEN latchkey_ticket.expires_at ELSE excluded.expires_at END
	WHERE latchkey_ticket.spent_at = 0 AND latchkey_ticket.kind = excluded.kind AND (latchkey_ticket.proof = excluded.proof OR latchkey_ticket.proof = $14)`
)

// approvedArgs returns the values of ticketArgs, of $14 and $15, and of the
// conditions of an approval.
func approvedArgs(a *oauth.Approval) ([]any, error) {
	args, err := ticketArgs(a.Put)
	var client oauth.SessionClient
	if a.Session != nil {
		client = *a.Session
	}
	var relies oauth.Consent
	if a.Relies != nil {
		relies = *a.Relies
	}
	return append(args, a.Replaces[:], ms(a.Now), a.InSession, client.SessionID, client.ClientID, client.Subject, ms(a.SessionUntil),
		number(a.Relies != nil), relies.Subject, relies.ClientID, relies.Scope.String(), a.HostSession, ms(a.Now.Add(oauth.LongestTicket))), err
}

// addFront writes what is issued through the browser.
func (s *Store) addFront(t *tx, a oauth.Approval) error {
	args, err := familyArgs(a.Family)
	if err != nil {
		return err
	}
	added, err := t.Count(familyInsert+` ON CONFLICT (id) DO UPDATE SET issued_at = excluded.issued_at, idle_expires_at = excluded.idle_expires_at, expires_at = excluded.expires_at
		WHERE latchkey_family.revoked_at = 0`, args...)
	if err == nil && added == 0 {
		err = errConflict
	}
	if err != nil {
		return err
	}
	s.rows.Add(1)
	if a.Access == nil {
		return nil
	}
	s.rows.Add(1)
	args = accessArgs(accessOfFamily(a.Access, a.Family, nil))
	return t.Exec(accessInsert+` `+Values(len(args))+` ON CONFLICT (id) DO NOTHING`, args...)
}

// approveTicket approves a ticket in one statement. Only the consent stays locked
// until the commit: if the session ends at the same time, the ticket is not spent.
func (s *Store) approveTicket(ctx context.Context, a oauth.Approval) (issuedAt time.Time, err error) {
	args, err := approvedArgs(&a)
	if err != nil {
		return issuedAt, err
	}
	statement := approveForHost
	if a.HostSession == "" {
		statement, args = approveStatement, args[:24]
	}
	found, err := s.runStatement(ctx, statement, args, at{&issuedAt})
	if err != nil || found {
		if found {
			s.rows.Add(1)
		}
		return issuedAt, err
	}
	var one int
	err = s.row(ctx, `SELECT 1 FROM latchkey_ticket WHERE id = $1 AND (kind <> $2 OR spent_at <> 0 OR NOT proof IN ($3, $4))`, a.Put.ID[:], string(a.Put.Kind), a.Put.Proof[:], a.Replaces[:]).Scan(&one)
	if err == nil {
		err = errConflict
	}
	return issuedAt, err
}

// The conditions of mayBeApproved on the parameters $15 to $25 of approvedArgs.
const (
	sessionLasts       = `EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = $16 AND l.expires_at > $15 AND l.idle_expires_at > $15)`
	sessionKeepsClient = `NOT EXISTS (SELECT 1 FROM latchkey_session_client k WHERE k.session_id = $17 AND k.client_id = $18 AND k.subject = $19 AND k.ended_at >= $15)`
	hostSessionLasts   = `NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = $25 AND e.client_id = '' AND e.subject = '' AND e.ended_at >= $15)`
	// reliesOnConsent ends inside of a parenthesis.
	reliesOnConsent = `EXISTS (SELECT 1 FROM latchkey_consent c WHERE c.subject = $22 AND c.client_id = $23 AND c.scope = $24`

	inSessions    = `(CAST($16 AS TEXT) = '' OR ` + sessionLasts + `) AND ` + sessionKeepsClient
	inHostSession = `(CAST($25 AS TEXT) = '' OR ` + hostSessionLasts + `)`
	allowed       = `(CAST($21 AS BIGINT) = 0 OR ` + reliesOnConsent // ends inside of two parentheses
)

// conditions are the conditions that an approval has, as bits: the parts of
// newTicketConditions that apply.
type conditions uint8

// newTicketConditions are the conditions of mayBeApproved, where one process writes
// at a time. Each condition costs time, even if it does not apply, so a statement
// has only those that apply.
var newTicketConditions = [...]string{ //nolint:gochecknoglobals // constant
	sessionLasts, sessionKeepsClient, reliesOnConsent + `)`, hostSessionLasts,
}

// conditionsOf returns which of newTicketConditions apply to an approval.
func conditionsOf(a *oauth.Approval) (c conditions) {
	for i, applies := range [len(newTicketConditions)]bool{a.InSession != "", a.Session != nil, a.Relies != nil, a.HostSession != ""} {
		if applies {
			c |= 1 << i
		}
	}
	return c
}

// insertWithoutJournal begins an INSERT in SQLite whose rows come from a SELECT. With OR
// FAIL, SQLite does not have to copy pages to be able to undo a part of the statement.
// The statement inserts at most one row.
const insertWithoutJournal = `INSERT OR FAIL INTO latchkey_ticket (`

// newTicketTexts are the statements that write an approved ticket if the
// conditions hold and there is no ticket of that ID.
var newTicketTexts = func() (texts [1 << len(newTicketConditions)]string) { //nolint:gochecknoglobals // constant
	for c := range texts {
		var where strings.Builder
		where.WriteString(`TRUE`)
		for i, condition := range newTicketConditions {
			if c&(1<<i) != 0 {
				where.WriteString(` AND ` + condition)
			}
		}
		texts[c] = insertWithoutJournal + ticketNames + `) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE ` + where.String() + ` ON CONFLICT (id) DO NOTHING`
	}
	return texts
}()

const (
	approveStatement = `WITH m AS (
	SELECT 1 WHERE ` + inSessions + ` AND ` + allowed + ` FOR KEY SHARE))
)` + approvedRest
	// approveForHost is approveStatement for a login session of a host.
	approveForHost = `WITH n AS (
	SELECT 1 WHERE ` + inSessions + ` AND ` + inHostSession + ` AND ` + allowed + ` FOR KEY SHARE))
), g AS (
	` + endMarkInsert + ` SELECT $17::text, '', '', $26::bigint, 0, 0, 0 FROM n WHERE ` + firstOfHost + ` ` + lockedMark + `$15 RETURNING 1
), m AS (
	SELECT 1 FROM n WHERE NOT (` + firstOfHost + `) OR EXISTS (SELECT 1 FROM g)
)` + approvedRest
	approvedRest = `, t AS (
	` + ticketInsertSelect + ` FROM m ` + replacedTicket + ` RETURNING issued_at
), k AS (
	INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts)
	SELECT $17::text, $18::text, $19::text, $20::bigint, 0, 0, 0 FROM t WHERE $17 <> '' ` + renewedClient + `$15)
) SELECT issued_at FROM t`
)

// firstOfHost is the condition that this is the first approval for a client in a
// session of the host; see hostSessionMustLast.
const firstOfHost = `$25 <> '' AND $17 <> '' AND NOT EXISTS (SELECT 1 FROM latchkey_session_client k WHERE k.session_id = $17 AND k.client_id = $18 AND k.subject = $19)`

// complete spends or changes the ticket that the decision is about, and reports
// whether that was won.
func (s *Store) complete(t *tx, a oauth.Approval) (won bool, err error) {
	var result oauth.SpendResult
	switch {
	case a.Spend == nil && a.Change == nil:
		return true, nil
	case a.Spend == nil:
		result, err = s.change(t, *a.Change)
	case len(a.Spend.Proofs) < 1 || len(a.Spend.Proofs) > oauth.MaxProofs:
		return false, errProofs
	default:
		result, err = s.spend(t, *a.Spend)
	}
	if Expected(err) {
		return false, nil
	}
	return result.Won, err
}

// remember replaces what was remembered about the scopes that were shown. It
// writes only over what it has read, and reads again if another process was
// faster. Of a consent that is not newer than outdated, it keeps no scope.
func (t *tx) remember(c oauth.Consent, shown oauth.Scopes, outdated time.Time) error {
	const attempts = 32
	for range attempts {
		var text string
		var before time.Time
		err := t.Row(`SELECT scope, updated_at FROM latchkey_consent WHERE subject = $1 AND client_id = $2`, c.Subject, c.ClientID).Scan(&text, at{&before})
		known := err == nil
		if !known && !Expected(err) {
			return err
		}
		var kept oauth.Scopes
		if err := kept.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		if !before.After(outdated) {
			kept = nil
		}
		scope := shown.Missing(kept).With(c.Scope).String()
		var saved int64
		if known { // and if it is withdrawn in the meantime, it must not come back
			saved, err = t.Count(`UPDATE latchkey_consent SET scope = $1, updated_at = $2, ends_at = $6 WHERE subject = $3 AND client_id = $4 AND scope = $5`,
				scope, ms(c.UpdatedAt), c.Subject, c.ClientID, text, ms(c.EndsAt))
		} else {
			saved, err = t.Count(`INSERT INTO latchkey_consent (subject, client_id, scope, granted_at, updated_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (subject, client_id) DO NOTHING`, c.Subject, c.ClientID, scope, ms(c.GrantedAt), ms(c.UpdatedAt), ms(c.EndsAt))
		}
		if err != nil || saved == 1 {
			return err
		}
	}
	return fmt.Errorf("%w: the consent was changed concurrently too often", oauth.ErrUnavailable)
}
