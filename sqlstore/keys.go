package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SigningKeys returns all keys, oldest first.
func (s *Store) SigningKeys(ctx context.Context) (keys []oauth.SigningKey, err error) {
	const query = `SELECT id, alg, public, private, created_at, active_at, retired_at, expires_at FROM latchkey_signing_key ORDER BY created_at, id`
	err = s.each(ctx, query, nil, func(rows Rows) error {
		var k oauth.SigningKey
		err := rows.Scan(&k.ID, &k.Alg, &k.Public, &k.Private, at{&k.CreatedAt}, at{&k.ActiveAt}, at{&k.RetiredAt}, at{&k.ExpiresAt})
		keys = append(keys, k)
		return err
	})
	return keys, err
}

// AddSigningKey adds a key that replaces another one.
func (s *Store) AddSigningKey(ctx context.Context, k oauth.SigningKey, replaces string, expires time.Time) (bool, error) {
	if replaces != "" && expires.IsZero() {
		return false, errNoTime
	}
	added := false
	err := s.configure(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO latchkey_signing_key (id, alg, public, private, created_at, active_at, retired_at, expires_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8
			WHERE $9 = coalesce((SELECT id FROM latchkey_signing_key WHERE alg = $2 ORDER BY created_at DESC, id DESC LIMIT 1), '')
			ON CONFLICT (id) DO NOTHING`,
			k.ID, k.Alg, k.Public, k.Private, ms(k.CreatedAt), ms(k.ActiveAt), ms(k.RetiredAt), ms(k.ExpiresAt), replaces)
		if added = n == 1; err != nil || !added {
			if err == nil && !added {
				err = t.keyTaken(k.ID)
			}
			return err
		}
		if replaces == "" {
			return nil
		}
		_, err = t.retireKeys(`alg = $3 AND id <> $4`, k.ActiveAt, expires, k.Alg, k.ID)
		return err
	})
	return added && err == nil, err
}

// keyTaken returns errConflict if a key with the ID exists.
func (t *tx) keyTaken(id string) error {
	if err := t.conflictOrGone(`SELECT 1 FROM latchkey_signing_key WHERE id = $1`, id); !errors.Is(err, errNotFound) {
		return err
	}
	return nil
}

// RetireSigningKey sets an earlier RetiredAt and ExpiresAt of a key. If no key of its algorithm
// is active then, the published one becomes active.
func (s *Store) RetireSigningKey(ctx context.Context, id string, retired, expires time.Time) error {
	if retired.IsZero() || expires.IsZero() {
		return errNoTime
	}
	return s.configure(ctx, func(t *tx) error {
		n, err := t.retireKeys(`id = $3`, retired, expires, id)
		if err == nil && n == 0 {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		return t.Exec(`UPDATE latchkey_signing_key SET active_at = $1
			WHERE active_at > $1 AND retired_at = 0 AND alg = (SELECT alg FROM latchkey_signing_key WHERE id = $2)
			AND NOT EXISTS (SELECT 1 FROM latchkey_signing_key k WHERE k.alg = latchkey_signing_key.alg AND k.active_at <= $1 AND (k.retired_at = 0 OR k.retired_at > $1))`,
			ms(retired), id)
	})
}

// retireKeys moves the end of the keys that match a condition forward, never back.
func (t *tx) retireKeys(condition string, retired, expires time.Time, args ...any) (int64, error) {
	return t.Count(`UPDATE latchkey_signing_key SET
		retired_at = CASE WHEN retired_at = 0 OR retired_at > $1 THEN $1 ELSE retired_at END,
		expires_at = CASE WHEN expires_at = 0 OR expires_at > $2 THEN $2 ELSE expires_at END WHERE `+condition, append([]any{ms(retired), ms(expires)}, args...)...)
}

// EraseSigningKeys deletes the private keys that have expired.
func (s *Store) EraseSigningKeys(ctx context.Context, now time.Time) error {
	return s.configure(ctx, func(t *tx) error {
		return t.Exec(`UPDATE latchkey_signing_key SET private = $1 WHERE expires_at <> 0 AND expires_at <= $2`, []byte{}, ms(now))
	})
}
