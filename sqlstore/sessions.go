package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
)

const (
	sessionColumns = `t.id, ` + knownSessionColumns
	// knownSessionColumns are the other columns of a session. A query that selects
	// one session by ID needs only them.
	knownSessionColumns = `t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at`
)

func sessionFields(s *account.Session) []any {
	return appendKnownSessionFields([]any{&s.ID}, s)
}

// appendKnownSessionFields appends the fields of knownSessionColumns.
func appendKnownSessionFields(fields []any, s *account.Session) []any {
	return append(fields,
		bytes{s.SecretHash[:]}, &s.UserID, at{&s.AuthTime}, at{&s.CreatedAt}, at{&s.SeenAt}, at{&s.IdleExpiresAt}, at{&s.ExpiresAt}, &s.Address, &s.UserAgent, words[string]{&s.Methods}, at{&s.ConfirmedAt})
}

// StartSession adds a session, stores the time of the login, and records it. It uses the
// factor, if there is one, before it changes anything else.
func (s *Store) StartSession(ctx context.Context, start account.SessionStart) error {
	session, replaces, use := start.Session, start.Replaces, start.Use
	if session.CreatedAt.IsZero() || (use != nil && use.At.IsZero()) {
		return errNoTime
	}
	var records []audit.Row
	if start.Login != nil { // once, however often the transaction is tried
		records = append(records, audit.LoginRow(session, *start.Login))
	}
	return s.act(ctx, func(t *tx) error {
		if replaces == session.ID { // before the first write
			var one int
			if err := t.Row(`SELECT 1 FROM latchkey_session WHERE id = $1 AND user_id = $2`, session.ID, session.UserID).Scan(&one); err != nil {
				return err
			}
		}
		if use != nil {
			if err := s.useFactor(t, session.UserID, start.Epoch, *use); err != nil {
				return err
			}
		}
		found, err := t.Count(`UPDATE latchkey_account SET last_login_at = $1, expires_at = CASE WHEN last_login_at > 0 THEN 0 ELSE expires_at END WHERE id = $2 AND login_epoch = $3 AND disabled = 0
			AND (factors = '' OR $4 = 1)`, ms(session.CreatedAt), session.UserID, start.Epoch, number(use != nil))
		if err != nil {
			return err
		}
		if found == 0 {
			return t.whyNoSession(session.UserID, start.Epoch)
		}
		if err := t.queueAudit(records...); err != nil {
			return err
		}
		if replaces == session.ID {
			renewed, err := t.Count(renewSession, sessionArgs(session)...)
			if err == nil && renewed == 0 {
				err = errNotFound // it ended at the same time
			}
			return err
		}
		if err := t.replaceSession(replaces, session); err != nil {
			return err
		}
		if err := t.limitSessions(session); err != nil {
			return err
		}
		return t.insertSession(session)
	})
}

// sessionArgs returns the arguments of insertSession and renewSession.
func sessionArgs(s account.Session) []any {
	return []any{
		s.ID, s.UserID, s.SecretHash[:], ms(s.AuthTime), ms(s.CreatedAt), ms(s.SeenAt),
		ms(s.IdleExpiresAt), ms(s.ExpiresAt), s.Address, s.UserAgent, joined(s.Methods), ms(s.ConfirmedAt),
	}
}

func (t *tx) insertSession(s account.Session) error {
	return t.Exec(`INSERT INTO latchkey_session (id, user_id, hash, auth_time, created_at, seen_at, idle_expires_at, expires_at, address, user_agent, methods, confirmed_at, sweep_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, append(sessionArgs(s), min(ms(s.IdleExpiresAt), ms(s.ExpiresAt)))...)
}

// whyNoSession returns why no session of a person can be started without a factor.
func (t *tx) whyNoSession(person string, epoch int64) error {
	var ready int64
	err := t.Row(`SELECT CASE WHEN login_epoch = $2 AND disabled = 0 AND factors <> '' THEN 1 ELSE 0 END FROM latchkey_account WHERE id = $1`, person, epoch).Scan(&ready)
	switch {
	case err != nil:
		return err
	case ready == 1:
		return account.ErrSecondFactor
	}
	return errConflict
}

// renewSession replaces the login of a session. It is an update, so that a code
// can be exchanged in the session at the same time.
const renewSession = `UPDATE latchkey_session SET hash = $3, auth_time = $4, created_at = $5, seen_at = $6, idle_expires_at = $7, expires_at = $8, address = $9, user_agent = $10, methods = $11, confirmed_at = $12
	WHERE id = $1 AND user_id = $2`

// replaceSession deletes the session that another one replaces. If it belongs to
// another user, what is bound to it ends.
func (t *tx) replaceSession(id string, by account.Session) error {
	var user string
	err := t.Row(`DELETE FROM latchkey_session WHERE id = $1 RETURNING user_id`, id).Scan(&user)
	if Expected(err) || (err == nil && user == by.UserID) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = t.endBoundTo(by.CreatedAt, id, true)
	return err
}

// limitSessions ends the session of a person that was used least recently, if
// another one would be more than account.MaxSessions. StartSession has locked the
// row of the account, so no other session begins at the same time. In a database
// that is older than the limit, a person may have more: then two sessions end at
// each login.
func (t *tx) limitSessions(next account.Session) error {
	for range 2 {
		var id string
		err := t.Row(fmt.Sprintf(`SELECT id FROM latchkey_session WHERE user_id = $1 ORDER BY seen_at DESC, id DESC LIMIT 1 OFFSET %d`, account.MaxSessions-1), next.UserID).Scan(&id)
		if Expected(err) {
			return nil
		}
		if err == nil {
			_, err = t.endSession(next.CreatedAt, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sessionQuery finds a session and its user. Every page reads it, so it has only
// columns whose values are not already known.
const (
	sessionQuery        = `SELECT ` + foundSessionColumns + ` FROM latchkey_session t JOIN latchkey_account a ON a.id = t.user_id AND a.disabled = 0 WHERE t.id = $1`
	foundSessionColumns = knownSessionColumns + `, ` + enabledUserColumns
)

// sessionLookup finds many sessions. See accessLookup for OFFSET 0.
const sessionLookup = `SELECT k.n, ` + foundSessionColumns + ` FROM pg_catalog.unnest($1::bytea[]) WITH ORDINALITY k(id, n)
	CROSS JOIN LATERAL (SELECT * FROM latchkey_session t WHERE t.id = pg_catalog.convert_from(k.id, 'UTF8') COLLATE pg_catalog."default" OFFSET 0) t
	CROSS JOIN LATERAL (SELECT * FROM latchkey_account a WHERE a.id = t.user_id AND a.disabled = 0 OFFSET 0) a`

// Session finds a session and its user.
func (s *Store) Session(ctx context.Context, id string) (account.Session, *account.User, error) {
	session, user := account.Session{ID: id}, account.User{}
	fields := appendEnabledUserFields(appendKnownSessionFields(make([]any, 0, 24), &session), &user)
	var err error
	switch {
	case s.batcher == nil:
		err = s.row(ctx, sessionQuery, id).Scan(fields...)
	case strings.ContainsFunc(id, func(r rune) bool { return r == 0 || r > unicode.MaxASCII }):
		err = errNotFound // such a key could fail the lookups of other callers
	default:
		err = s.lookup(ctx, sessionLookup, []byte(id), fields...)
	}
	if err != nil {
		return account.Session{}, nil, err
	}
	user.ID = session.UserID
	return session, &user, nil
}

// TouchSession moves SeenAt and IdleExpiresAt forward.
func (s *Store) TouchSession(ctx context.Context, id string, seen, idleExpires time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`UPDATE latchkey_session SET seen_at = $1, idle_expires_at = $3 WHERE id = $2 AND seen_at < $1`, ms(seen), id, ms(idleExpires))
	})
}
