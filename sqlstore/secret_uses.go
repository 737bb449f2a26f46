package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// NoteSecretUses records the last uses of secrets, always in the same order, so
// that processes cannot deadlock.
func (s *Store) NoteSecretUses(ctx context.Context, uses []oauth.SecretUse) error {
	sorted := slices.SortedFunc(slices.Values(uses), func(a, b oauth.SecretUse) int {
		return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.SecretID, b.SecretID))
	})
	for use := range slices.Chunk(sorted, 100) {
		if err := s.write(ctx, func(t *tx) error { return t.noteSecretUses(use) }); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) noteSecretUses(uses []oauth.SecretUse) error {
	for _, use := range uses {
		if err := t.Exec(`INSERT INTO latchkey_secret_use (client_id, secret_id, used_at) VALUES ($1, $2, $3) ON CONFLICT (client_id, secret_id) DO UPDATE
			SET used_at = excluded.used_at WHERE excluded.used_at > latchkey_secret_use.used_at`, use.ClientID, use.SecretID, ms(use.At)); err != nil {
			return err
		}
		if err := t.Exec(`DELETE FROM latchkey_secret_use WHERE client_id = $1 AND used_at < $2`, use.ClientID, ms(use.At.Add(-oauth.KeepSecretUse))); err != nil {
			return err
		}
	}
	return nil
}

// SecretUses returns the last uses of the secrets of a client.
func (s *Store) SecretUses(ctx context.Context, clientID string) (map[string]time.Time, error) {
	uses := make(map[string]time.Time)
	err := s.each(ctx, `SELECT secret_id, used_at FROM latchkey_secret_use WHERE client_id = $1`, []any{clientID}, func(rows Rows) error {
		var (
			id   string
			used time.Time
		)
		err := rows.Scan(&id, at{&used})
		uses[id] = used
		return err
	})
	return uses, err
}
