package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// dueClients finds clients whose ExpiresAt has passed.
func dueClients() string {
	return fmt.Sprintf(`SELECT id FROM latchkey_client WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT %d`, oauth.MaxUnusedClients)
}

// isUsed is the condition that a client has a consent or a family that is valid.
const isUsed = `(EXISTS (SELECT 1 FROM latchkey_consent WHERE client_id = $1) OR EXISTS (SELECT 1 FROM latchkey_family
	WHERE client_id = $1 AND revoked_at = 0 AND expires_at > $2 AND idle_expires_at > $2))`

// DeleteUnusedClients deletes clients that describe themselves and were not used.
func (s *Store) DeleteUnusedClients(ctx context.Context, now time.Time) (deleted int, err error) {
	var ids []string
	err = s.each(ctx, dueClients(), []any{ms(now)}, func(rows Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.configure(ctx, func(t *tx) error {
		deleted = 0
		for _, id := range ids {
			gone, err := t.deleteUnused(id, now)
			if err != nil {
				return err
			}
			deleted += int(gone)
		}
		return nil
	})
	return deleted, err
}

// deleteUnused deletes a client, unless it was used since it was found, or has a
// consent or a valid family, for which it is kept.
func (t *tx) deleteUnused(id string, now time.Time) (deleted int64, err error) {
	const due = ` WHERE id = $1 AND expires_at > 0 AND expires_at <= $2`
	if err := t.Exec(`UPDATE latchkey_client SET expires_at = $3`+due+` AND `+isUsed, id, ms(now), ms(now.Add(oauth.UnusedClientTTL))); err != nil {
		return 0, err
	}
	if deleted, err = t.Count(`DELETE FROM latchkey_client`+due, id, ms(now)); err != nil || deleted == 0 {
		return 0, err
	}
	return deleted, t.Exec(`DELETE FROM latchkey_secret_use WHERE client_id = $1`, id)
}

// unusedClients is a step of a sweep.
func (s *Store) unusedClients(ctx context.Context, now time.Time) step {
	return func() (deleted int64, more bool, err error) {
		n, err := s.DeleteUnusedClients(ctx, now)
		if n > 0 {
			s.Logger.InfoContext(ctx, "unused applications that registered themselves or have a metadata document were deleted", "applications", n)
		}
		return int64(n), err == nil && n > 0, err
	}
}
