package sqlstore

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// ReviseUser makes several changes of a user.
func (s *Store) ReviseUser(ctx context.Context, r account.UserRevision) error {
	if r.At.IsZero() {
		return errNoTime
	}
	var version, epoch int64
	err := s.act(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil { // see adminRemains and Guard
			return err
		}
		before, err := t.lockedUser(r.User.ID, t.lock("UPDATE OF a")) // the end of sessions changes the LoginEpoch
		switch {
		case err != nil:
			return err
		case before == nil:
			return errNotFound
		case before.Version != r.User.Version || before.LoginEpoch != r.User.LoginEpoch:
			return errConflict
		}
		next := r.Next(before)
		version, epoch = next.Version, next.LoginEpoch
		if err := t.saveRevision(before, next, r); err != nil {
			return err
		}
		return t.followRevision(before, next, r)
	})
	if err == nil {
		r.User.Version, r.User.LoginEpoch = version, epoch
	}
	return err
}

// saveRevision saves the row of a user. The password and the canonical username are not those that
// were read, because they can change without the version.
func (t *tx) saveRevision(before, next *account.User, r account.UserRevision) error {
	update := `UPDATE latchkey_account SET username = $2, canonical = CASE WHEN $3 = '' THEN canonical ELSE $3 END, email = $4, name = $5, claims = $6, admin = $7, roles = $8, skeleton = $9,
		password = CASE WHEN $10 = '' THEN password ELSE $10 END, disabled = $11, delete_at = $12, expires_at = CASE WHEN $13 = 1 THEN 0 ELSE expires_at END, updated_at = $14,
		login_epoch = $15, version = version + 1 WHERE id = $1 AND version = $16 AND login_epoch = $17
		AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1)`
	if next.Disabled {
		update += ` AND ` + adminRemains
	}
	if !next.Admin {
		update += ` AND ` + adminRemainsAfterDemotion
	}
	canonical := ""
	if r.Profile {
		canonical = r.Canonical
	}
	saved, err := t.Count(update, next.ID, next.Username, canonical, next.Email, next.Name, string(next.Claims), number(next.Admin), joined(next.OtherRoles), account.Skeleton(next.Username),
		r.Hash, number(next.Disabled), ms(next.DeleteAt), number(r.Keeps()), ms(next.UpdatedAt), next.LoginEpoch, before.Version, before.LoginEpoch)
	if err == nil && saved == 0 {
		err = t.userUnchanged(next.ID, before.Version, canonical)
	}
	return err
}

// followRevision makes the changes that follow from those of the row.
func (t *tx) followRevision(before, next *account.User, r account.UserRevision) error {
	if err := t.endPicture(before, next); err != nil {
		return err
	}
	if err := t.changeFactors(account.FactorChange{User: next, Remove: r.Remove, Add: r.Add}); err != nil {
		return err
	}
	if r.EndsSessions() {
		if err := t.endSessionsOf(r.At, next.ID, ""); err != nil {
			return err
		}
	}
	revoked := r.RevokedBefore(before, next, t.now())
	if r.Switch || !revoked.IsZero() {
		if err := t.setSubject(next.ID, next.Disabled, revoked); err != nil {
			return err
		}
	}
	for _, notice := range r.Notices {
		if err := t.queue(notice); err != nil {
			return err
		}
	}
	return nil
}
