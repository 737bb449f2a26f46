package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// KeepUser sets ExpiresAt to zero.
func (s *Store) KeepUser(ctx context.Context, userID string) error {
	return s.write(ctx, func(t *tx) error {
		kept, err := t.Count(`UPDATE latchkey_account SET expires_at = 0 WHERE id = $1`, userID)
		if err == nil && kept == 0 {
			err = errNotFound
		}
		return err
	})
}

// dueUsers finds users whose ExpiresAt has passed.
func dueUsers() string {
	return fmt.Sprintf(`SELECT id FROM latchkey_account WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT %d`, account.MaxExpiredUsers)
}

// usersAtOnce is how many users are deleted in a transaction. Each takes about twenty round trips,
// and a transaction has the time of one call of the Store.
const usersAtOnce = 10

// DeleteExpiredUsers deletes users whose ExpiresAt or DeleteAt has passed. It keeps
// users who are logged in.
func (s *Store) DeleteExpiredUsers(ctx context.Context, now time.Time) (deleted int, err error) {
	for deleted == 0 && err == nil {
		var expired, due []string
		if expired, err = s.userIDs(ctx, dueUsers(), now); err == nil {
			due, err = s.userIDs(ctx, duePeople(), now)
		}
		due = due[:min(len(due), account.MaxExpiredUsers-len(expired))]
		if err != nil || len(expired)+len(due) == 0 {
			return 0, err
		}
		if deleted, err = s.deleteInParts(ctx, expired, func(t *tx, ids []string) (int, error) { return s.deleteExpiredUsers(t, now, ids) }); err == nil {
			var n int
			n, err = s.deleteInParts(ctx, due, func(t *tx, ids []string) (int, error) { return t.deleteDuePeople(now, ids) })
			deleted += n
		}
	}
	return deleted, err
}

// deleteInParts deletes users in several transactions, until one fails. It returns how many were
// deleted, also with an error.
func (s *Store) deleteInParts(ctx context.Context, ids []string, remove func(t *tx, ids []string) (int, error)) (deleted int, err error) {
	for part := range slices.Chunk(ids, usersAtOnce) {
		n := 0
		if err := s.act(ctx, func(t *tx) (err error) { n, err = remove(t, part); return err }); err != nil {
			return deleted, err
		}
		deleted += n
	}
	return deleted, nil
}

// userIDs returns the IDs that a query about a time selects.
func (s *Store) userIDs(ctx context.Context, query string, now time.Time) (ids []string, err error) {
	err = s.each(ctx, query, []any{ms(now)}, func(rows Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// deleteExpiredUsers deletes those of the users who were neither confirmed nor
// used since they were found, and keeps users who are logged in. It locks the row
// first: a login at the same time has either stored its session, or finds no user.
func (s *Store) deleteExpiredUsers(t *tx, now time.Time, ids []string) (deleted int, err error) {
	for _, id := range ids {
		var one int
		err := t.Row(`SELECT 1 FROM latchkey_account WHERE id = $1`+t.lock("UPDATE"), id).Scan(&one)
		if Expected(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		err = t.Exec(`UPDATE latchkey_account SET expires_at = 0 WHERE id = $1 AND expires_at > 0
			AND EXISTS (SELECT 1 FROM latchkey_session WHERE user_id = $1 AND expires_at > $2 AND idle_expires_at > $2)`, id, ms(now))
		if err != nil {
			return 0, err
		}
		gone, err := t.Count(`DELETE FROM latchkey_account WHERE id = $1 AND expires_at > 0 AND expires_at <= $2`, id, ms(now))
		if err != nil {
			return 0, err
		}
		if gone == 0 {
			continue
		}
		deleted++
		if err := t.erase(now, &account.User{ID: id}); err != nil { // the address was not confirmed
			return 0, err
		}
	}
	return deleted, nil
}

// deleteDuePeople deletes those of the users whose DeleteAt has passed.
func (t *tx) deleteDuePeople(now time.Time, ids []string) (deleted int, err error) {
	for _, id := range ids {
		gone, err := t.deleteDuePerson(now, id)
		if err != nil {
			return 0, err
		}
		if gone {
			deleted++
		}
	}
	return deleted, nil
}

// expiredUsers is a step of a sweep.
func (s *Store) expiredUsers(ctx context.Context, now time.Time) step {
	return func() (deleted int64, more bool, err error) {
		n, err := s.DeleteExpiredUsers(ctx, now)
		if n > 0 {
			s.Logger.InfoContext(ctx, "accounts that were neither confirmed nor used, or whose owners requested the deletion, were deleted", "accounts", n)
		}
		return int64(n), err == nil && n > 0, err
	}
}
