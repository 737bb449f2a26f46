package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

const sessionColumns = `t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.expires_at, t.address, t.user_agent`

func sessionFields(s *account.Session) []any {
	return []any{&s.ID, bytes{s.SecretHash[:]}, &s.UserID, at{&s.AuthTime}, at{&s.CreatedAt}, at{&s.SeenAt}, at{&s.ExpiresAt}, &s.Address, &s.UserAgent}
}

// StartSession adds a session, and stores the time of the login.
func (s *Store) StartSession(ctx context.Context, session account.Session, replaces string) error {
	return s.write(ctx, func(t *tx) error {
		found, err := t.Count(`UPDATE latchkey_account SET last_login_at = $1 WHERE id = $2`, ms(session.AuthTime), session.UserID)
		if err != nil {
			return err
		}
		if found == 0 {
			return errNotFound
		}
		if err := t.Exec(`DELETE FROM latchkey_session WHERE id = $1`, replaces); err != nil {
			return err
		}
		return t.Exec(`INSERT INTO latchkey_session (id, hash, user_id, auth_time, created_at, seen_at, expires_at, address, user_agent)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			session.ID, session.SecretHash[:], session.UserID, ms(session.AuthTime), ms(session.CreatedAt), ms(session.SeenAt), ms(session.ExpiresAt),
			session.Address, session.UserAgent)
	})
}

// Session returns a session and its user.
func (s *Store) Session(ctx context.Context, id string) (account.Session, *account.User, error) {
	var (
		session account.Session
		user    account.User
	)
	err := s.row(ctx, `SELECT `+sessionColumns+`, `+userColumns+` FROM latchkey_session t JOIN latchkey_account a ON a.id = t.user_id AND a.disabled = 0 WHERE t.id = $1`, id).
		Scan(append(sessionFields(&session), userFields(&user)...)...)
	if err != nil {
		return account.Session{}, nil, err
	}
	return session, &user, nil
}

// TouchSession moves SeenAt forward.
func (s *Store) TouchSession(ctx context.Context, id string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`UPDATE latchkey_session SET seen_at = $1 WHERE id = $2 AND seen_at < $1`, ms(when), id)
	})
}

// CountAttempt counts an attempt.
func (s *Store) CountAttempt(ctx context.Context, key string, window time.Duration, now time.Time) (count int, until time.Time, err error) {
	err = s.write(ctx, func(t *tx) error {
		return t.Row(`INSERT INTO latchkey_attempt (key, count, until) VALUES ($1, 1, $2)
			ON CONFLICT (key) DO UPDATE SET
			count = CASE WHEN latchkey_attempt.until > $3 THEN latchkey_attempt.count + 1 ELSE 1 END,
			until = CASE WHEN latchkey_attempt.until > $3 THEN latchkey_attempt.until ELSE excluded.until END
			RETURNING count, until`, key, ms(now.Add(window)), ms(now)).Scan(&count, at{&until})
	})
	return count, until, err
}

// ClearAttempts deletes the count of a key.
func (s *Store) ClearAttempts(ctx context.Context, key string) error {
	return s.write(ctx, func(t *tx) error { return t.Exec(`DELETE FROM latchkey_attempt WHERE key = $1`, key) })
}

// UncountAttempt subtracts one attempt from each key.
func (s *Store) UncountAttempt(ctx context.Context, keys ...string) error {
	return s.write(ctx, func(t *tx) error {
		for _, key := range keys {
			if err := t.Exec(`UPDATE latchkey_attempt SET count = count - 1 WHERE key = $1 AND count > 0`, key); err != nil {
				return err
			}
		}
		return nil
	})
}
