package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
)

// ScheduleDeletion disables a user who is deleted later.
func (s *Store) ScheduleDeletion(ctx context.Context, d account.Deletion) error {
	if d.At.IsZero() || d.DeleteAt.IsZero() {
		return errNoTime
	}
	u := *d.User
	err := s.act(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil {
			return err
		}
		err := t.Row(`UPDATE latchkey_account SET disabled = 1, delete_at = $2, expires_at = 0, login_epoch = login_epoch + 1, updated_at = $3, version = version + 1
			WHERE id = $1 AND disabled = 0 AND login_epoch = $4 AND `+adminRemains+` RETURNING version, login_epoch`,
			u.ID, ms(d.DeleteAt), ms(d.At), d.User.LoginEpoch).Scan(&u.Version, &u.LoginEpoch)
		if Expected(err) {
			return t.notScheduled(d.User)
		}
		if err != nil {
			return err
		}
		if err := t.endSessionsOf(d.At, u.ID, ""); err != nil {
			return err
		}
		if err := t.setSubject(u.ID, true, d.At); err != nil {
			return err
		}
		return t.queue(d.Notice)
	})
	if err == nil {
		d.User.Disabled, d.User.DeleteAt, d.User.ExpiresAt = true, time.UnixMilli(ms(d.DeleteAt)).UTC(), time.Time{}
		d.User.Version, d.User.LoginEpoch = u.Version, u.LoginEpoch
	}
	return err
}

// notScheduled returns the reason why ScheduleDeletion matched no row.
func (t *tx) notScheduled(u *account.User) error {
	err := t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1 AND disabled = 0 AND login_epoch = $2`, u.ID, u.LoginEpoch)
	switch {
	case errors.Is(err, errConflict):
		return account.ErrLastAdmin
	case Expected(err):
		return t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1`, u.ID)
	}
	return err
}

// CancelDeletion enables a user who was to be deleted, unless the user was blocked since then.
func (s *Store) CancelDeletion(ctx context.Context, userID string, deleteAt, at time.Time) error {
	if deleteAt.IsZero() || at.IsZero() {
		return errNoTime
	}
	return s.write(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil { // the statement sees a block that was committed before
			return err
		}
		mark := account.DirectoryBlockKey(userID)
		var disabled int64
		err := t.Row(`UPDATE latchkey_account SET disabled = CASE WHEN EXISTS (SELECT 1 FROM latchkey_factor f WHERE f.id = $4) THEN 1 ELSE 0 END, delete_at = 0, updated_at = $3, version = version + 1
			WHERE id = $1 AND delete_at = $2 RETURNING disabled`, userID, ms(deleteAt), ms(at), mark[:]).Scan(&disabled)
		if Expected(err) {
			err = t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1`, userID)
		}
		if err != nil {
			return err
		}
		return t.setSubject(userID, disabled != 0, time.Time{})
	})
}

// DeleteUser deletes a user.
func (s *Store) DeleteUser(ctx context.Context, userID string, version int64, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.act(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil {
			return err
		}
		condition, args := adminRemains, []any{userID}
		if version != 0 {
			condition, args = condition+` AND version = $2`, append(args, version)
		}
		deleted, err := t.deleteAccount(condition, args...)
		if Expected(err) {
			return t.notSwitched(userID, version)
		}
		if err != nil {
			return err
		}
		return t.erase(when, deleted)
	})
}

// deleteAccount deletes the account $1 under a condition, and returns the ID, the address and the claims.
func (t *tx) deleteAccount(condition string, args ...any) (*account.User, error) {
	var u account.User
	err := t.Row(`DELETE FROM latchkey_account WHERE id = $1 AND `+condition+` RETURNING id, email, claims`, args...).Scan(&u.ID, &u.Email, claims{&u.Claims})
	return &u, err
}

// erase deletes what refers to a person whose account was deleted. The row of the
// subject remains, which has only the ID: it makes JWTs invalid. The audit log erases what
// it has about the person when it links the row that is queued here.
func (t *tx) erase(when time.Time, u *account.User) error {
	id := u.ID
	if u.EmailVerified() { // otherwise, the address can be that of another person
		if err := t.Exec(`DELETE FROM latchkey_invitation WHERE lower(email) = lower(CAST($1 AS TEXT))`, u.Email); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`DELETE FROM latchkey_factor WHERE user_id = $1`,
		`DELETE FROM latchkey_picture WHERE user_id = $1`,
		`DELETE FROM latchkey_mail WHERE user_id = $1`,
		`DELETE FROM latchkey_invitation WHERE id = $1`,
		`UPDATE latchkey_group SET revision = revision + 1 WHERE id IN (SELECT group_id FROM latchkey_member WHERE user_id = $1)`,
		`DELETE FROM latchkey_member WHERE user_id = $1`,
	} {
		if err := t.Exec(statement, id); err != nil {
			return err
		}
	}
	if err := t.withdrawInvitationsOf(when, id); err != nil {
		return err
	}
	if err := t.queueAudit(audit.ErasureRow(when, id)); err != nil {
		return err
	}
	if err := t.endSessionsOf(when, id, ""); err != nil {
		return err
	}
	if err := t.remove(removal{kind: "person", subject: id, at: when}); err != nil {
		return err
	}
	return t.setSubject(id, true, when)
}

// duePeople finds users whose DeleteAt has passed.
func duePeople() string {
	return fmt.Sprintf(`SELECT id FROM latchkey_account WHERE delete_at > 0 AND delete_at <= $1 ORDER BY delete_at LIMIT %d`, account.MaxExpiredUsers)
}

// deleteDuePerson deletes a user whose DeleteAt has passed, unless the deletion was
// canceled since the user was found.
func (t *tx) deleteDuePerson(now time.Time, id string) (deleted bool, err error) {
	person, err := t.deleteAccount(`delete_at > 0 AND delete_at <= $2`, id, ms(now))
	switch {
	case Expected(err):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, t.erase(now, person)
}
