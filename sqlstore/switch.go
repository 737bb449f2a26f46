package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SwitchClient disables or enables a client.
func (s *Store) SwitchClient(ctx context.Context, c oauth.ClientSwitch) error {
	if c.At.IsZero() {
		return errNoTime
	}
	return s.configure(ctx, func(t *tx) error {
		found, err := t.Count(`UPDATE latchkey_client SET disabled = $1, updated_at = $2, version = version + 1, expires_at = 0,
			revoked_before = CASE WHEN revoked_before < $3 THEN $3 ELSE revoked_before END WHERE id = $4 AND ($5 = 0 OR version = $5)
			AND NOT (disabled = $1 AND expires_at = 0 AND revoked_before >= $3)`,
			number(c.Disabled), ms(c.At), ms(c.RevokedBefore), c.ClientID, c.Version)
		if err != nil || found > 0 {
			return err
		}
		var version int64
		err = t.Row(`SELECT version FROM latchkey_client WHERE id = $1`, c.ClientID).Scan(&version)
		if err == nil && c.Version != 0 && version != c.Version {
			err = errConflict
		}
		return err
	})
}

// RevokeSubject revokes everything that was issued to a person, and ends their sessions. The
// row of the account comes first, as in EndSessions.
func (s *Store) RevokeSubject(ctx context.Context, subject string, at time.Time) error {
	if at.IsZero() {
		return errNoTime
	}
	return s.act(ctx, func(t *tx) error {
		if err := t.Exec(nextEpoch, subject); err != nil {
			return err
		}
		if err := t.endSessionsOf(at, subject, ""); err != nil {
			return err
		}
		return t.revokeSubject(subject, at)
	})
}

// EraseSubject deletes the consents of a person, and the network addresses of their families.
func (s *Store) EraseSubject(ctx context.Context, subject string) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.Exec(`DELETE FROM latchkey_consent WHERE subject = $1`, subject); err != nil {
			return err
		}
		return t.Exec(`UPDATE latchkey_family SET address = '' WHERE subject = $1 AND address <> ''`, subject)
	})
}

func (t *tx) revokeSubject(subject string, at time.Time) error {
	return t.Exec(`INSERT INTO latchkey_subject (id, blocked, revoked_before) VALUES ($1, 0, $2)
		ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before`, subject, ms(at))
}
