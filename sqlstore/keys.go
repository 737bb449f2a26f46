package sqlstore

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SigningKeys lists all keys, oldest first.
func (s *Store) SigningKeys(ctx context.Context) (keys []oauth.SigningKey, err error) {
	s.roundTrips.Add(1)
	rows, err := s.Read.QueryContext(ctx, `SELECT id, alg, public, private, created_at, active_at, retired_at, expires_at FROM signing_key ORDER BY created_at, id`)
	if err != nil {
		return nil, s.failure(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var k oauth.SigningKey
		if err := rows.Scan(&k.ID, &k.Alg, &k.Public, &k.Private, at{&k.CreatedAt}, at{&k.ActiveAt}, at{&k.RetiredAt}, at{&k.ExpiresAt}); err != nil {
			return nil, s.failure(err)
		}
		keys = append(keys, k)
	}
	return keys, s.failure(rows.Err())
}

// AddSigningKey adds a key.
func (s *Store) AddSigningKey(ctx context.Context, k oauth.SigningKey, onlyFirst bool) (bool, error) {
	added := false
	err := s.configure(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO signing_key (id, alg, public, private, created_at, active_at, retired_at, expires_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE $9 = 0 OR NOT EXISTS (SELECT 1 FROM signing_key WHERE alg = $2)
			ON CONFLICT (id) DO NOTHING`,
			k.ID, k.Alg, k.Public, k.Private, ms(k.CreatedAt), ms(k.ActiveAt), ms(k.RetiredAt), ms(k.ExpiresAt), number(onlyFirst))
		added = n == 1
		if err == nil && !added && !onlyFirst {
			err = errConflict
		}
		return err
	})
	return added && err == nil, err
}
