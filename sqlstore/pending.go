package sqlstore

import "time"

// A removal takes effect in the transaction that inserts it, however many rows it
// concerns. latchkey_subject.pending is the number of removals of a person. Each use
// of a ticket, a family or an access token reads that row anyway. While pending is
// not zero, which is rare, it also checks whether one of the removals concerns the
// ticket or the family, in a second statement if the subqueries would make the
// usual one slower. When the last step of a removal is complete, one transaction
// deletes the removal and decreases pending.

// removalMargin is how long after the removal of a consent, or of a session of a
// host, a ticket or a family counts as issued before it: the clocks of processes
// differ a little, and a code can be exchanged while the removal is committed.
const removalMargin = time.Second

// ever returns a time after the time of everything that is issued.
func ever() time.Time { return time.UnixMilli(1 << 52) }

// The conditions that no removal concerns a row: a family "t" or a ticket "t" of the
// person "s", and the family "f" of an access token. The row of the person may be
// missing.
const (
	familyNotRemoved    = noneRemoves + `FROM latchkey_removal r WHERE ` + removes + boundToSession + ` END))`
	ticketNotRemoved    = noneRemoves + `FROM latchkey_removal r WHERE ` + removes + `t.session_id <> '' END))`
	ownFamilyNotRemoved = noneRemoves + `FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE ` + removes + boundToSession + ` END))`

	// nonePending is the condition that the person has no removals.
	nonePending = `s.pending = 0`

	noneRemoves = `(coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 `
	// removes is the condition that the removal "r" concerns the row "t". It ends with
	// the condition on a row that is removed with a login session.
	removes = `r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND ` + sessionEnded + `
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND `
	sessionEnded = `NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)`
)

// remove inserts a removal, or repeats one that is not complete. CreateClient waits
// until the removal of a client with the same id is complete. A transaction locks the
// removal before the row of the person, as completed does.
func (t *tx) remove(r removal) error {
	if r.until.IsZero() {
		r.until = t.now()
		if r.at.After(r.until) {
			r.until = r.at
		}
		r.until = r.until.Add(removalMargin)
	}
	t.removals = append(t.removals, r)
	key := []any{r.kind, r.subject, r.target, ms(r.at), ms(r.until)}
	for {
		added, err := t.Count(`INSERT INTO latchkey_removal (kind, subject, target, at, issued_until, done) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (subject, kind, target) DO NOTHING`, key...)
		if err == nil && added == 1 && r.subject != "" {
			err = t.Exec(`INSERT INTO latchkey_subject (id, blocked, revoked_before, pending) VALUES ($1, 0, 0, 1) ON CONFLICT (id) DO UPDATE SET pending = latchkey_subject.pending + 1`, r.subject)
		}
		if err != nil || added == 1 {
			return err
		}
		repeated, err := t.Count(`UPDATE latchkey_removal SET at = $4, issued_until = CASE WHEN issued_until < $5 THEN $5 ELSE issued_until END WHERE kind = $1 AND subject = $2 AND target = $3`, key...)
		if err != nil || repeated == 1 {
			return err
		}
		// Another process has completed the removal in between.
	}
}

// removeOfSession inserts a removal for each person who has tokens of the session.
// Only a session of a host can have more than one.
func (t *tx) removeOfSession(r removal) error {
	const next = `SELECT p.subject FROM (SELECT subject FROM latchkey_session_client WHERE session_id = $1
		UNION SELECT f.subject FROM (SELECT subject FROM latchkey_family WHERE session_id = $1 LIMIT 1) f) p WHERE p.subject > $2 ORDER BY p.subject LIMIT 1`
	for {
		err := t.Row(next, r.target, r.subject).Scan(&r.subject)
		if Expected(err) {
			return nil
		}
		if err == nil {
			err = t.remove(r)
		}
		if err != nil {
			return err
		}
	}
}

// completed deletes a removal whose steps are complete, unless it was repeated.
func (t *tx) completed(r removal) error {
	gone, err := t.Count(`DELETE FROM latchkey_removal WHERE kind = $1 AND subject = $2 AND target = $3 AND at = $4`, r.kind, r.subject, r.target, ms(r.at))
	if err != nil || gone == 0 {
		return err
	}
	return t.Exec(`UPDATE latchkey_subject SET pending = pending - 1 WHERE id = $1 AND pending > 0`, r.subject)
}
