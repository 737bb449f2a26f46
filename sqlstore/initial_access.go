package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const initialAccessColumns = `t.id, t.hash, t.name, t.uses, t.used, t.created_at, t.expires_at`

func initialAccessFields(t *oauth.InitialAccessToken) []any {
	return []any{bytes{t.ID[:]}, bytes{t.Hash[:]}, &t.Name, &t.Uses, &t.Used, at{&t.CreatedAt}, at{&t.ExpiresAt}}
}

// AddInitialAccessToken adds an initial access token.
func (s *Store) AddInitialAccessToken(ctx context.Context, t oauth.InitialAccessToken) error {
	return s.write(ctx, func(tx *tx) error {
		return tx.Exec(`INSERT INTO latchkey_initial_access_token (id, hash, name, uses, used, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			t.ID[:], t.Hash[:], t.Name, int64(t.Uses), int64(t.Used), ms(t.CreatedAt), ms(t.ExpiresAt))
	})
}

// InitialAccessToken returns the token with the ID.
func (s *Store) InitialAccessToken(ctx context.Context, id oauth.ID) (t oauth.InitialAccessToken, err error) {
	err = s.row(ctx, `SELECT `+initialAccessColumns+` FROM latchkey_initial_access_token t WHERE t.id = $1`, id[:]).Scan(initialAccessFields(&t)...)
	return t, err
}

// UseInitialAccessToken counts a use of a token that is valid.
func (s *Store) UseInitialAccessToken(ctx context.Context, id oauth.ID, now time.Time) error {
	if now.IsZero() {
		return errNoTime
	}
	return s.write(ctx, func(t *tx) error {
		used, err := t.Count(`UPDATE latchkey_initial_access_token SET used = used + 1 WHERE id = $1 AND used < uses AND expires_at > $2`, id[:], ms(now))
		if err == nil && used == 0 {
			err = errNotFound
		}
		return err
	})
}

// InitialAccessTokens returns the newest tokens.
func (s *Store) InitialAccessTokens(ctx context.Context) (all []oauth.InitialAccessToken, err error) {
	err = s.each(ctx, `SELECT `+initialAccessColumns+` FROM latchkey_initial_access_token t ORDER BY t.id DESC LIMIT $1`, []any{int64(oauth.MostInitialAccessTokens)}, func(rows Rows) error {
		var t oauth.InitialAccessToken
		err := rows.Scan(initialAccessFields(&t)...)
		all = append(all, t)
		return err
	})
	return all, err
}

// RevokeInitialAccessToken deletes a token.
func (s *Store) RevokeInitialAccessToken(ctx context.Context, id oauth.ID) error {
	return s.write(ctx, func(t *tx) error {
		deleted, err := t.Count(`DELETE FROM latchkey_initial_access_token WHERE id = $1`, id[:])
		if err == nil && deleted == 0 {
			err = errNotFound
		}
		return err
	})
}
