package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// boundToSession is oauth.Family.BoundToSession for a row "t".
// LIKE is not used, because it ignores letter case in SQLite, and _ is a wildcard.
const boundToSession = `t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' '`

// SessionClients returns the clients of login sessions.
func (s *Store) SessionClients(ctx context.Context, ids []string) (found []oauth.SessionClient, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := textList(ids)
	if err != nil {
		return nil, err
	}
	query := `SELECT session_id, client_id, subject FROM latchkey_session_client WHERE client_id <> '' AND ` + inList(s.batcher != nil, "session_id", "$1") + ` ORDER BY session_id, client_id`
	err = s.each(ctx, query, []any{list}, func(rows Rows) error {
		var c oauth.SessionClient
		err := rows.Scan(&c.SessionID, &c.ClientID, &c.Subject)
		found = append(found, c)
		return err
	})
	return found, err
}

// nextEpoch ends the personal tokens, the remembered browsers and the unfinished logins of a person.
const nextEpoch = `UPDATE latchkey_account SET login_epoch = login_epoch + 1 WHERE id = $1`

// EndSessions ends sessions and what is bound to them. All of it is invalid at once.
// If one of the sessions, or the person, has many families, these are revoked in
// small steps, which continue in the background.
func (s *Store) EndSessions(ctx context.Context, e oauth.SessionsEnd) error {
	if e.At.IsZero() {
		return errNoTime
	}
	for rest := e.IDs; len(rest) > 0; {
		ended := 0
		err := s.act(ctx, func(t *tx) (err error) {
			ended, err = t.endSessions(e.At, rest)
			return err
		})
		if err != nil {
			return err
		}
		rest = rest[ended:]
	}
	if e.Subject == "" {
		return nil
	}
	return s.act(ctx, func(t *tx) error {
		if err := t.Exec(nextEpoch, e.Subject); err != nil {
			return err
		}
		return t.endSessionsOf(e.At, e.Subject, e.Except)
	})
}

// endMarkInsert adds the row that remembers the end of the session $1 of a host. It
// has no client. Until the session has ended, ended_at is 0: the first approval for
// a client in the session locks that row.
const endMarkInsert = `INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts)`

// mostSessions is the maximum number of sessions that end in one transaction.
const mostSessions = 100

// endSessions ends the first of the sessions, as many as one transaction may, and
// returns their number.
func (t *tx) endSessions(when time.Time, ids []string) (ended int, err error) {
	for rows := int64(0); ended < min(len(ids), mostSessions) && rows < maxRows; ended++ {
		changed, err := t.endSession(when, ids[ended])
		if err != nil {
			return 0, err
		}
		rows += changed
	}
	return ended, nil
}

// endSession ends one session, and returns how many rows it changed. The session
// comes first: a token that is issued in it at the same time has locked its row,
// and is found afterwards.
func (t *tx) endSession(when time.Time, id string) (changed int64, err error) {
	kept, err := t.Count(`DELETE FROM latchkey_session WHERE id = $1`, id)
	if err == nil && kept == 0 {
		err = t.Exec(endMarkInsert+` VALUES ($1, '', '', $2, $3, 0, 0)
			ON CONFLICT (session_id, client_id, subject) DO UPDATE SET expires_at = excluded.expires_at, ended_at = excluded.ended_at`, id, ms(when.Add(oauth.LongestTicket)), ms(when))
	}
	if err != nil {
		return 0, err
	}
	changed, err = t.endBoundTo(when, id, kept > 0)
	return 1 + changed, err
}

// endBoundTo creates the notices for a session, and revokes the families that are
// bound to it. It returns how many rows it changed. A session that the Store kept
// has a new id each time.
func (t *tx) endBoundTo(when time.Time, id string, kept bool) (changed int64, err error) {
	many, err := t.eitherMany("session_id", id, "latchkey_session_client", "latchkey_family")
	if err != nil {
		return 0, err
	}
	if many {
		r := removal{kind: "session", target: id, at: when}
		if kept {
			r.until = ever()
		}
		return 1, t.removeOfSession(r)
	}
	notices, err := t.Count(makeNotices+`session_id = $3`, ms(when), ms(when.Add(oauth.LogoutNoticeTTL)), id)
	if err != nil {
		return 0, err
	}
	revoked, err := t.revokeBound(when, id)
	return notices + revoked, err
}

// revokeBound revokes the families that are bound to a session.
func (t *tx) revokeBound(when time.Time, session string) (int64, error) {
	return t.Count(`UPDATE latchkey_family AS t SET revoked_at = $1 WHERE t.session_id = $2 AND t.revoked_at = 0 AND `+boundToSession, ms(when), session)
}

// endSessionsOf ends all sessions of a person but one. Because a person has at most
// account.MaxSessions, which are not many, all of them end in this transaction.
func (t *tx) endSessionsOf(when time.Time, person, except string) error {
	many, err := t.many("latchkey_session", "user_id", person)
	if err == nil && !many {
		err = t.Exec(`DELETE FROM latchkey_session WHERE user_id = $1 AND id <> $2`, person, except)
	}
	if err == nil && !many {
		many, err = t.eitherMany("subject", person, "latchkey_session_client", "latchkey_family")
	}
	if err != nil {
		return err
	}
	if many {
		return t.remove(removal{kind: "sessions", subject: person, target: except, at: when})
	}
	if err := t.Exec(makeNotices+`subject = $3 AND session_id <> $4`, ms(when), ms(when.Add(oauth.LogoutNoticeTTL)), person, except); err != nil {
		return err
	}
	return t.Exec(`UPDATE latchkey_family AS t SET revoked_at = $1 WHERE t.subject = $2 AND t.session_id <> $3 AND t.revoked_at = 0 AND `+boundToSession, ms(when), person, except)
}

// makeNotices turns the clients of sessions that have not ended into notices.
const makeNotices = `UPDATE latchkey_session_client SET ended_at = $1, notify_at = $1, expires_at = $2, attempts = 0 WHERE ended_at = 0 AND client_id <> '' AND `

// takeNotice takes the notice that has been due for longest. $3 lists the clients
// to skip, each between two of the separator $4.
const takeNotice = `UPDATE latchkey_session_client SET attempts = attempts + 1,
	notify_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END
	WHERE (session_id, client_id, subject) = (SELECT session_id, client_id, subject FROM latchkey_session_client
		WHERE notify_at > 0 AND notify_at <= $1 AND replace(CAST($3 AS TEXT), CAST($4 AS TEXT) || client_id || CAST($4 AS TEXT), '') = CAST($3 AS TEXT) ORDER BY notify_at LIMIT 1)
	AND notify_at > 0 AND notify_at <= $1
	RETURNING session_id, client_id, subject, ended_at, notify_at, attempts`

// TakeLogoutNotices takes notices that are due.
func (s *Store) TakeLogoutNotices(ctx context.Context, now time.Time, wait time.Duration, n int, except ...string) (due []oauth.LogoutNotice, err error) {
	const separator = "\n"
	leave := separator + strings.Join(except, separator+separator) + separator
	err = s.write(ctx, func(t *tx) error {
		due = nil
		for len(due) < n {
			var notice oauth.LogoutNotice
			err := t.Row(takeNotice, ms(now), wait.Milliseconds(), leave, separator).
				Scan(&notice.SessionID, &notice.ClientID, &notice.Subject, at{&notice.EndedAt}, at{&notice.NextAt}, &notice.Attempts)
			if Expected(err) {
				return nil
			}
			if err != nil {
				return err
			}
			due = append(due, notice)
		}
		return nil
	})
	return due, err
}

// DropLogoutNotice deletes a notice. The end of the session is remembered for
// as long as a ticket of the session can exist.
func (s *Store) DropLogoutNotice(ctx context.Context, c oauth.SessionClient) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`UPDATE latchkey_session_client SET notify_at = 0, expires_at = ended_at + $4 WHERE session_id = $1 AND client_id = $2 AND subject = $3 AND notify_at > 0`,
			c.SessionID, c.ClientID, c.Subject, oauth.LongestTicket.Milliseconds())
	})
}

// LogoutNotices counts the notices that were not delivered.
func (s *Store) LogoutNotices(ctx context.Context) (n int, err error) {
	err = s.row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM latchkey_session_client WHERE notify_at > 0 LIMIT $1) AS waiting`, int64(oauth.MostLogoutNotices)).Scan(&n)
	return n, err
}

// isDue is the condition that a session may have expired at $1, and lapsed that it
// has.
const (
	isDue  = `sweep_at <= $1`
	lapsed = `(expires_at <= $1 OR idle_expires_at <= $1)`
)

// nextDue returns the condition that a session is among the next ones that are due.
func nextDue() string {
	return fmt.Sprintf(`id IN (SELECT id FROM latchkey_session WHERE %s ORDER BY sweep_at LIMIT %d)`, isDue, mostSessions)
}

// postpone returns the statement that moves sweep_at of the sessions that are due
// and have not expired.
func postpone() string {
	return `UPDATE latchkey_session SET sweep_at = ` + firstExpiry + ` WHERE ` + nextDue() + ` AND NOT ` + lapsed
}

// expiredSessions checks the sessions that are due. It ends those that have
// expired, without notices, and postpones the others.
func (s *Store) expiredSessions(ctx context.Context, now time.Time) step {
	return func() (deleted int64, more bool, err error) {
		if more, err = s.exists(ctx, "latchkey_session", isDue, "sweep_at", now); err != nil || !more {
			return 0, false, err
		}
		var postponed int64
		err = s.write(ctx, func(t *tx) (err error) {
			postponed, err = t.Count(postpone(), ms(now))
			return err
		})
		if err != nil {
			return 0, false, err
		}
		var ids []string
		err = s.each(ctx, `SELECT id FROM latchkey_session WHERE `+nextDue()+` AND `+lapsed, []any{ms(now)}, func(rows Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err == nil && len(ids) > 0 {
			err = s.write(ctx, func(t *tx) (err error) {
				deleted, err = t.endExpired(now, ids)
				return err
			})
		}
		return deleted, err == nil && postponed+deleted > 0, err
	}
}

// endClients deletes the clients of a session that has expired, and revokes the
// families that are bound to it.
func (t *tx) endClients(when time.Time, session string) (changed int64, err error) {
	if changed, err = t.Count(`DELETE FROM latchkey_session_client WHERE session_id = $1 AND ended_at = 0`, session); err != nil {
		return 0, err
	}
	revoked, err := t.revokeBound(when, session)
	return changed + revoked, err
}

// endExpired ends those of the sessions that were not used again.
func (t *tx) endExpired(now time.Time, ids []string) (deleted int64, err error) {
	rows := int64(0)
	for _, id := range ids {
		if rows >= maxRows {
			break // the next step continues
		}
		ended, err := t.Count(`DELETE FROM latchkey_session WHERE id = $1 AND (expires_at <= $2 OR idle_expires_at <= $2)`, id, ms(now))
		if err != nil {
			return 0, err
		}
		if ended == 0 {
			continue
		}
		deleted++
		many, err := t.eitherMany("session_id", id, "latchkey_session_client", "latchkey_family")
		if err != nil {
			return 0, err
		}
		changed := int64(1)
		if many { // the next sweep continues
			err = t.removeOfSession(removal{kind: "expired", target: id, at: now, until: ever()})
		} else {
			changed, err = t.endClients(now, id)
		}
		if err != nil {
			return 0, err
		}
		rows += 1 + changed
	}
	return deleted, nil
}
