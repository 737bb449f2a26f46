package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A client that can be restored is in a table of its own. So no other statement can find
// it, and everything that it had is kept as that of a client that does not exist.

// DiscardClient deletes a client that can be restored.
func (s *Store) DiscardClient(ctx context.Context, id string, version int64, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.configure(ctx, func(t *tx) error {
		c := new(oauth.Client)
		if err := t.Row(`SELECT `+clientColumns+` FROM latchkey_client t WHERE t.id = $1`, id).Scan(clientFields(c)...); err != nil {
			return err
		}
		if version != 0 && c.Version != version {
			return errConflict
		}
		if err := t.dropOwner(c); err != nil {
			return err
		}
		text, err := json.Marshal(settings{c, c.Secrets, nil})
		if err != nil {
			return err
		}
		if err := t.Exec(`DELETE FROM latchkey_client WHERE id = $1`, id); err != nil {
			return err
		}
		if err := t.Exec(`INSERT INTO latchkey_deleted_client (id, client, deleted_at, expires_at) VALUES ($1, $2, $3, $4)`, id, string(text), ms(when), ms(when.Add(oauth.RestoreTTL))); err != nil {
			return err
		}
		return t.revokeRegistration(id)
	})
}

// Discarded reports whether a client was deleted and can be restored.
func (s *Store) Discarded(ctx context.Context, id string) (bool, error) {
	var one int64
	err := s.row(ctx, isDiscarded, id).Scan(&one)
	if err != nil && Expected(err) {
		return false, nil
	}
	return err == nil, err
}

const isDiscarded = `SELECT 1 FROM latchkey_deleted_client WHERE id = $1`

// RestoreClient adds a discarded client again.
func (s *Store) RestoreClient(ctx context.Context, id string, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.configure(ctx, func(t *tx) error {
		c := new(oauth.Client)
		if err := t.Row(`SELECT client FROM latchkey_deleted_client WHERE id = $1 AND expires_at > $2`, id, ms(when)).Scan(settingsOf{c}); err != nil {
			return err
		}
		if err := t.Exec(`DELETE FROM latchkey_deleted_client WHERE id = $1`, id); err != nil {
			return err
		}
		if err := errors.Join(t.dropOwner(c), t.dropCoOwners(c)); err != nil {
			return err
		}
		c.Disabled, c.ExpiresAt, c.UpdatedAt = true, time.Time{}, when
		if err := t.insertClient(c, c.Version+1); err != nil {
			return err
		}
		if registration, registered := oauth.RegistrationID(id); registered {
			return t.Exec(`DELETE FROM latchkey_revoked_jwt WHERE id = $1`, registration[:])
		}
		return nil
	})
}

// revokeDiscarded revokes everything that was issued to a discarded client. If the removal of its
// owner changes the client at the same time, revokeDiscarded reads it again.
func (t *tx) revokeDiscarded(id string, when time.Time) error {
	for {
		var before string
		if err := t.Row(`SELECT client FROM latchkey_deleted_client WHERE id = $1`, id).Scan(&before); err != nil {
			return err
		}
		c := new(oauth.Client)
		if err := (settingsOf{c}).Scan(before); err != nil {
			return err
		}
		if !when.After(c.RevokedBefore) {
			return nil
		}
		c.RevokedBefore = when
		after, err := json.Marshal(settings{c, c.Secrets, nil})
		if err != nil {
			return err
		}
		changed, err := t.Count(`UPDATE latchkey_deleted_client SET client = $1 WHERE id = $2 AND client = $3`, string(after), id, before)
		if err != nil || changed == 1 {
			return err
		}
	}
}

// dropOwner removes the owner from a client that changes its table while the removal of the
// owner is not complete: the removal might search the tables in the other order. A
// complete removal has found all clients. An owner without an account can be a person of
// the host program, so this does not ask for the account.
func (t *tx) dropOwner(c *oauth.Client) error {
	if c.OwnerID == "" {
		return nil
	}
	var one int64
	err := t.Row(`SELECT 1 FROM latchkey_removal WHERE kind = 'person' AND subject = $1`, c.OwnerID).Scan(&one)
	switch {
	case err == nil:
		c.OwnerID = ""
	case Expected(err):
		err = nil
	}
	return err
}

// dropCoOwners removes the co-owners whose accounts were deleted from a client that is restored.
func (t *tx) dropCoOwners(c *oauth.Client) error {
	var kept []string
	for _, id := range c.CoOwnerIDs {
		var one int64
		err := t.Row(`SELECT 1 FROM latchkey_account WHERE id = $1`, id).Scan(&one)
		switch {
		case err == nil:
			kept = append(kept, id)
		case !Expected(err):
			return err
		}
	}
	c.CoOwnerIDs = kept
	return nil
}

// discardedOwner is the phase that removes a deleted person from the clients that can be
// restored. It compares the text, because the engines have different functions for JSON.
func discardedOwner(person string) phase {
	id, _ := json.Marshal(person) // a string has no error
	owner := []any{`"owner_id":` + string(id)}
	return phase{
		`SELECT id FROM latchkey_deleted_client WHERE client <> replace(client, $1, '"owner_id":""')`, owner, 1,
		`UPDATE latchkey_deleted_client SET client = replace(client, $1, '"owner_id":""') WHERE id IN`, owner, false,
	}
}

// DeletedClients returns the clients that can be restored.
func (s *Store) DeletedClients(ctx context.Context, now time.Time) (all []oauth.DeletedClient, err error) {
	query := fmt.Sprintf(`SELECT client, deleted_at, expires_at FROM latchkey_deleted_client WHERE expires_at > $1 ORDER BY expires_at DESC LIMIT %d`, oauth.MostDeletedClients)
	err = s.each(ctx, query, []any{ms(now)}, func(rows Rows) error {
		d := oauth.DeletedClient{Client: new(oauth.Client)}
		err := rows.Scan(settingsOf{d.Client}, at{&d.DeletedAt}, at{&d.ExpiresAt})
		all = append(all, d)
		return err
	})
	return all, err
}

// DeleteDiscardedClients deletes for good the discarded clients whose time has passed.
func (s *Store) DeleteDiscardedClients(ctx context.Context, now time.Time) (deleted int, err error) {
	var ids []string
	query := fmt.Sprintf(`SELECT id FROM latchkey_deleted_client WHERE expires_at <= $1 ORDER BY expires_at LIMIT %d`, oauth.MaxUnusedClients)
	err = s.each(ctx, query, []any{ms(now)}, func(rows Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		var gone bool
		if err == nil {
			gone, err = s.deleteDiscarded(ctx, id, now)
		}
		if gone {
			deleted++
		}
	}
	return deleted, err
}

// deleteDiscarded deletes a client for good, unless it was restored since it was found.
func (s *Store) deleteDiscarded(ctx context.Context, id string, now time.Time) (gone bool, err error) {
	r := removal{kind: "client", target: id, at: s.Clock()}
	err = s.configure(ctx, func(t *tx) error {
		n, err := t.Count(`DELETE FROM latchkey_deleted_client WHERE id = $1 AND expires_at <= $2`, id, ms(now))
		if gone = n > 0; err != nil || !gone {
			return err
		}
		return t.forgetClient(r)
	})
	if err == nil && gone {
		s.finishSoon(ctx, r)
	}
	return gone, err
}

// discardedClients is a step of a sweep.
func (s *Store) discardedClients(ctx context.Context, now time.Time) step {
	return func() (deleted int64, more bool, err error) {
		n, err := s.DeleteDiscardedClients(ctx, now)
		if n > 0 {
			s.Logger.InfoContext(ctx, "deleted applications can no longer be restored", "applications", n)
		}
		return int64(n), err == nil && n > 0, err
	}
}
