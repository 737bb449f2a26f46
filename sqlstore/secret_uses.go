package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// NoteSecretUses records the last uses of clients and secrets, always in the same order, so
// that processes cannot deadlock.
func (s *Store) NoteSecretUses(ctx context.Context, uses []oauth.SecretUse) error {
	sorted := slices.SortedFunc(slices.Values(uses), func(a, b oauth.SecretUse) int {
		return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.SecretID, b.SecretID))
	})
	for use := range slices.Chunk(sorted, 100) {
		if err := s.write(ctx, func(t *tx) error { return s.noteSecretUses(t, use) }); err != nil {
			return err
		}
	}
	return nil
}

// noteSecretUses records uses that are sorted by client. A use of a client that was
// deleted in the meantime is not recorded. Until the commit, the client is locked:
// it is deleted afterwards, with these rows.
func (s *Store) noteSecretUses(t *tx, uses []oauth.SecretUse) error {
	var last time.Time
	for i, use := range uses {
		if err := t.Exec(`INSERT INTO latchkey_secret_use (client_id, secret_id, used_at)
			SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM latchkey_client WHERE id = $1`+t.lock("KEY SHARE")+`) ON CONFLICT (client_id, secret_id) DO UPDATE
			SET used_at = excluded.used_at WHERE excluded.used_at > latchkey_secret_use.used_at`, use.ClientID, use.SecretID, ms(use.At)); err != nil {
			return err
		}
		if use.At.After(last) {
			last = use.At
		}
		if i+1 < len(uses) && uses[i+1].ClientID == use.ClientID {
			continue
		}
		if err := t.Exec(`DELETE FROM latchkey_secret_use WHERE client_id = $1 AND used_at < $2`, use.ClientID, ms(last.Add(-oauth.KeepSecretUse))); err != nil {
			return err
		}
		last = time.Time{}
	}
	return nil
}

// SecretUses returns the last uses of the secrets of a client, and of the client itself.
func (s *Store) SecretUses(ctx context.Context, clientID string) (map[string]time.Time, error) {
	return s.usesOf(ctx, `SELECT secret_id, used_at FROM latchkey_secret_use WHERE client_id = $1`, clientID)
}

// ClientUses returns the last uses of clients. It finds the row of each by its key.
func (s *Store) ClientUses(ctx context.Context, ids []string) (map[string]time.Time, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := textList(ids)
	if err != nil {
		return nil, err
	}
	return s.usesOf(ctx, `SELECT client_id, used_at FROM latchkey_secret_use WHERE `+inList(s.batcher != nil, "client_id", "$1")+` AND secret_id = ''`, list)
}

// usesOf returns the times that a query selects, by their ids.
func (s *Store) usesOf(ctx context.Context, query string, arg any) (map[string]time.Time, error) {
	uses := make(map[string]time.Time)
	err := s.each(ctx, query, []any{arg}, func(rows Rows) error {
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
