package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// boundToSession is the condition that a family that is not revoked is bound to its
// session: its scope has openid, and not offline_access.
const boundToSession = ` AND session_id <> '' AND revoked_at = 0 AND ' ' || scope || ' ' LIKE '% openid %' AND ' ' || scope || ' ' NOT LIKE '% offline_access %'`

// SessionClients returns the clients that were granted something in sessions.
func (s *Store) SessionClients(ctx context.Context, ids []string, subject string) (found []oauth.SessionClient, err error) {
	const query = `SELECT DISTINCT session_id, client_id, subject FROM latchkey_family WHERE session_id <> '' AND ' ' || scope || ' ' LIKE '% openid %' AND `
	if subject != "" {
		found, err = s.sessionClients(ctx, query+`subject = $1`, subject)
	}
	for _, id := range ids {
		if err != nil {
			return nil, err
		}
		var more []oauth.SessionClient
		more, err = s.sessionClients(ctx, query+`session_id = $1`, id)
		found = append(found, more...)
	}
	return found, err
}

func (s *Store) sessionClients(ctx context.Context, query, key string) (found []oauth.SessionClient, err error) {
	err = s.each(ctx, query, []any{key}, func(rows Rows) error {
		var c oauth.SessionClient
		err := rows.Scan(&c.SessionID, &c.ClientID, &c.Subject)
		found = append(found, c)
		return err
	})
	return found, err
}

// EndSessions deletes sessions, and revokes the families that are bound to them.
func (s *Store) EndSessions(ctx context.Context, e oauth.SessionsEnd) error {
	return s.write(ctx, func(t *tx) error {
		for _, id := range e.IDs {
			if err := t.endSessions(e.At, "id", "session_id", id); err != nil {
				return err
			}
		}
		if e.Subject != "" {
			if err := t.endSessions(e.At, "user_id", "subject", e.Subject); err != nil {
				return err
			}
		}
		for _, n := range e.Notices {
			err := t.Exec(`INSERT INTO latchkey_logout_notice (id, client_id, subject, session_id, created_at, next_at, attempts) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
				n.ID[:], n.ClientID, n.Subject, n.SessionID, ms(n.CreatedAt), ms(n.NextAt))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) endSessions(when time.Time, session, family, key string) error {
	if err := t.Exec(`DELETE FROM latchkey_session WHERE `+session+` = $1`, key); err != nil {
		return err
	}
	return t.Exec(`UPDATE latchkey_family SET revoked_at = $1 WHERE `+family+` = $2`+boundToSession, ms(when), key)
}

const noticeColumns = `id, client_id, subject, session_id, created_at, next_at, attempts`

// TakeLogoutNotices returns notices that are due.
func (s *Store) TakeLogoutNotices(ctx context.Context, now time.Time, wait time.Duration, n int) (due []oauth.LogoutNotice, err error) {
	err = s.write(ctx, func(t *tx) error {
		due = nil
		for len(due) < n {
			var notice oauth.LogoutNotice
			err := t.Row(`UPDATE latchkey_logout_notice SET next_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END, attempts = attempts + 1
				WHERE id = (SELECT id FROM latchkey_logout_notice WHERE next_at <= $1 ORDER BY next_at, id LIMIT 1) AND next_at <= $1 RETURNING `+noticeColumns,
				ms(now), wait.Milliseconds()).
				Scan(bytes{notice.ID[:]}, &notice.ClientID, &notice.Subject, &notice.SessionID, at{&notice.CreatedAt}, at{&notice.NextAt}, &notice.Attempts)
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

// DropLogoutNotice deletes a notice.
func (s *Store) DropLogoutNotice(ctx context.Context, id oauth.ID) error {
	return s.write(ctx, func(t *tx) error { return t.Exec(`DELETE FROM latchkey_logout_notice WHERE id = $1`, id[:]) })
}

// LogoutNotices returns the number of notices that are waiting.
func (s *Store) LogoutNotices(ctx context.Context) (n int, err error) {
	err = s.row(ctx, `SELECT COUNT(*) FROM (SELECT id FROM latchkey_logout_notice LIMIT $1) AS waiting`, int64(oauth.MostLogoutNotices)).Scan(&n)
	return n, err
}
