package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Client returns the client with the id.
func (s *Store) Client(ctx context.Context, id string) (*oauth.Client, error) {
	c := new(oauth.Client)
	err := s.row(ctx, `SELECT `+clientColumns+` FROM latchkey_client t WHERE t.id = $1`, id).Scan(clientFields(c)...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

const nextConfigVersion = `UPDATE latchkey_config_version SET version = version + 1 WHERE id = 1`

// configure runs a job that changes what processes cache, and notifies them. It
// locks the row of the version first, so that such jobs of several processes run
// one after the other.
func (s *Store) configure(ctx context.Context, run func(*tx) error) error {
	return s.configureAt(ctx, 0, func(t *tx, _ bool) error { return run(t) })
}

// configureAt is configure for a job that depends on a Revision. Zero means any. At another revision,
// current is false, and the job must return an error. Such a failure does not change the version.
// Otherwise, it would make other jobs fail too.
func (s *Store) configureAt(ctx context.Context, revision int64, run func(t *tx, current bool) error) error {
	err := s.write(ctx, func(t *tx) error {
		if revision == 0 {
			if err := t.Exec(nextConfigVersion); err != nil {
				return err
			}
			return run(t, true)
		}
		changed, err := t.Count(nextConfigVersion+` AND version = $1`, revision)
		if err != nil {
			return err
		}
		return run(t, changed == 1)
	})
	if err == nil {
		s.version.Add(1)
	}
	return err
}

// CreateClient adds a client. Tokens that an earlier client with this client_id
// got stay revoked. If such a client was deleted and its rows are still being
// deleted, CreateClient waits until they are gone.
func (s *Store) CreateClient(ctx context.Context, c *oauth.Client) error {
	return s.addClient(ctx, c, oauth.ID{})
}

// addClient adds a client, unless its registration was revoked.
func (s *Store) addClient(ctx context.Context, c *oauth.Client, registration oauth.ID) error {
	var err error
	if before := c.CreatedAt.Add(-time.Millisecond); !c.CreatedAt.IsZero() && c.RevokedBefore.Before(before) {
		c.RevokedBefore = before
	}
	for pending := true; pending && err == nil; {
		if err = s.finishClient(ctx, c.ID); err == nil {
			pending, err = s.insertClient(ctx, c, registration)
		}
	}
	if err == nil {
		c.Version = 1
	}
	return err
}

// ConfirmClient adds a client, unless it exists or its registration was revoked.
func (s *Store) ConfirmClient(ctx context.Context, c *oauth.Client) error {
	if _, err := s.Client(ctx, c.ID); !errors.Is(err, oauth.ErrNotFound) {
		return err
	}
	registration, _ := oauth.RegistrationID(c.ID)
	err := s.addClient(ctx, c, registration)
	if !errors.Is(err, oauth.ErrConflict) {
		return err
	}
	if _, found := s.Client(ctx, c.ID); !errors.Is(found, oauth.ErrNotFound) {
		return found
	}
	switch reserved, failed := s.Discarded(ctx, c.ID); {
	case failed != nil:
		return failed
	case reserved:
		return errNotFound
	}
	return err
}

// insertClient inserts a client, unless rows of an earlier one are still being
// deleted.
func (s *Store) insertClient(ctx context.Context, c *oauth.Client, registration oauth.ID) (pending bool, err error) {
	err = s.configure(ctx, func(t *tx) error {
		var one int64
		if !registration.IsZero() {
			err := t.Row(`SELECT 1 FROM latchkey_revoked_jwt WHERE id = $1`, registration[:]).Scan(&one)
			if err == nil {
				return errNotFound
			}
			if !Expected(err) {
				return err
			}
		}
		switch err := t.Row(`SELECT 1 FROM latchkey_removal WHERE kind = 'client' AND subject = '' AND target = $1`, c.ID).Scan(&one); {
		case err == nil:
			pending = true
			return nil
		case !Expected(err):
			return err
		}
		pending = false
		switch err := t.Row(isDiscarded, c.ID).Scan(&one); {
		case err == nil:
			return errConflict // it can be restored
		case !Expected(err):
			return err
		}
		return t.insertClient(c, 1)
	})
	return pending, err
}

// insertClient inserts a client with a version.
func (t *tx) insertClient(c *oauth.Client, version int64) error {
	text, err := writeSettings(c)
	if err != nil {
		return err
	}
	added, err := t.Count(`INSERT INTO latchkey_client (id, name, type, owner_id, disabled, revoked_before, created_at, updated_at, version, settings, expires_at, co_owners)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.Name, string(c.Type), c.OwnerID, number(c.Disabled), ms(c.RevokedBefore), ms(c.CreatedAt), ms(c.UpdatedAt), version, text, ms(c.ExpiresAt), writeCoOwners(c.CoOwnerIDs))
	if err == nil && added == 0 {
		err = errConflict
	}
	if err != nil {
		return err
	}
	person, err := t.Count(`DELETE FROM latchkey_client WHERE id = $1 AND (EXISTS (SELECT 1 FROM latchkey_account WHERE id = $1)
		OR EXISTS (SELECT 1 FROM latchkey_subject WHERE id = $1) OR EXISTS (SELECT 1 FROM latchkey_consent WHERE subject = $1))`, c.ID)
	if err == nil && person > 0 {
		err = errConflict // rolls the change back
	}
	return err
}

// UpdateClient saves all fields of a client.
func (s *Store) UpdateClient(ctx context.Context, c *oauth.Client) error {
	text, err := writeSettings(c)
	if err != nil {
		return err
	}
	err = s.configure(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_client SET name = $1, type = $2, owner_id = $3, disabled = $4, revoked_before = $5, updated_at = $6,
			version = version + 1, settings = $7, expires_at = $8, co_owners = $11 WHERE id = $9 AND version = $10`,
			c.Name, string(c.Type), c.OwnerID, number(c.Disabled), ms(c.RevokedBefore), ms(c.UpdatedAt), text, ms(c.ExpiresAt), c.ID, c.Version, writeCoOwners(c.CoOwnerIDs))
		if err != nil || changed == 1 {
			return err
		}
		return t.conflictOrGone(`SELECT 1 FROM latchkey_client WHERE id = $1`, c.ID)
	})
	if err == nil {
		c.Version++
	}
	return err
}

// conflictOrGone returns the reason why a conditional change matched no row:
// errConflict if the query finds one, else errNotFound.
func (t *tx) conflictOrGone(query string, args ...any) error {
	var one int
	if err := t.Row(query, args...).Scan(&one); err != nil {
		return err
	}
	return errConflict
}

// DeleteClient deletes a client. From then on, its consents, codes and families
// have no effect; some of them may be deleted later.
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	r := removal{kind: "client", target: id, at: s.Clock()}
	err := s.configure(ctx, func(t *tx) error {
		gone, err := t.Count(`DELETE FROM latchkey_client WHERE id = $1`, id)
		if err != nil {
			return err
		}
		discarded, err := t.Count(`DELETE FROM latchkey_deleted_client WHERE id = $1`, id)
		if err == nil && gone+discarded == 0 {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		if err := t.revokeRegistration(id); err != nil {
			return err
		}
		return t.forgetClient(r)
	})
	if err != nil {
		return err
	}
	s.finishSoon(ctx, r)
	return nil
}

// forgetClient removes everything that belongs to a client that was deleted for good.
func (t *tx) forgetClient(r removal) error {
	if err := t.Exec(`DELETE FROM latchkey_secret_use WHERE client_id = $1`, r.target); err != nil {
		return err
	}
	return t.remove(r)
}

// revokeRegistration revokes the registration in a client_id, if it is one. Until it
// expires, it could be confirmed again.
func (t *tx) revokeRegistration(clientID string) error {
	id, registered := oauth.RegistrationID(clientID)
	if !registered {
		return nil
	}
	return t.Exec(`INSERT INTO latchkey_revoked_jwt (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id[:], ms(id.Time().Add(oauth.LongestRegistration)))
}

// RevokeClient revokes everything that was issued to a client, even if it was discarded.
func (s *Store) RevokeClient(ctx context.Context, id string, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.configure(ctx, func(t *tx) error {
		found, err := t.Count(`UPDATE latchkey_client SET version = version + 1,
			revoked_before = CASE WHEN revoked_before < $1 THEN $1 ELSE revoked_before END WHERE id = $2`, ms(when), id)
		if err == nil && found == 0 {
			err = t.revokeDiscarded(id, when)
		}
		return err
	})
}
