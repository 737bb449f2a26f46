package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

const userColumns = `a.id, a.username, a.email, a.name, a.claims, a.password, a.admin, a.disabled, a.created_at, a.updated_at, a.last_login_at, a.version`

func userFields(u *account.User) []any {
	return []any{
		&u.ID, &u.Username, &u.Email, &u.Name,
		claims{&u.Claims},
		&u.PasswordHash,
		flag{&u.Admin},
		flag{&u.Disabled},
		at{&u.CreatedAt},
		at{&u.UpdatedAt},
		at{&u.LastLoginAt},
		&u.Version,
	}
}

// claims reads a JSON column. An empty text is nil.
type claims struct{ to *json.RawMessage }

func (c claims) Scan(value any) error {
	v, ok := value.(string)
	if !ok {
		return fmt.Errorf("claims are %T", value)
	}
	*c.to = nil
	if v != "" {
		*c.to = json.RawMessage(v)
	}
	return nil
}

// CreateUser adds a user.
func (s *Store) CreateUser(ctx context.Context, u *account.User, canonical string, mustBeFirst bool) error {
	err := s.write(ctx, func(t *tx) error {
		added, err := t.Count(`INSERT INTO latchkey_account (id, username, canonical, email, name, claims, password, admin, disabled, created_at, updated_at, last_login_at, version)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1 WHERE $13 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account)
			ON CONFLICT DO NOTHING`,
			u.ID, u.Username, canonical, u.Email, u.Name, string(u.Claims), u.PasswordHash, number(u.Admin), number(u.Disabled),
			ms(u.CreatedAt), ms(u.UpdatedAt), ms(u.LastLoginAt), number(mustBeFirst))
		if err == nil && added == 0 {
			err = errConflict
		}
		return err
	})
	if err == nil {
		u.Version = 1
	}
	return err
}

// UpdateUser saves all fields of a user but the password.
func (s *Store) UpdateUser(ctx context.Context, u *account.User, canonical string) error {
	err := s.write(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_account SET username = $1, canonical = $2, email = $3, name = $4, claims = $5, admin = $6, disabled = $7,
			updated_at = $8, version = version + 1 WHERE id = $9 AND version = $10
			AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $2 AND other.id <> $9)`,
			u.Username, canonical, u.Email, u.Name, string(u.Claims), number(u.Admin), number(u.Disabled), ms(u.UpdatedAt), u.ID, u.Version)
		if err != nil {
			return err
		}
		if changed == 0 {
			return t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1`, u.ID)
		}
		if err := t.setSubject(u.ID, u.Disabled, time.Time{}); err != nil || !u.Disabled {
			return err
		}
		return t.Exec(`DELETE FROM latchkey_session WHERE user_id = $1`, u.ID)
	})
	if err == nil {
		u.Version++
	}
	return err
}

// SetPassword replaces a password hash.
func (s *Store) SetPassword(ctx context.Context, id, phc string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		found, err := t.Count(`UPDATE latchkey_account SET password = $1 WHERE id = $2`, phc, id)
		if err != nil {
			return err
		}
		if found == 0 {
			return errNotFound
		}
		if err := t.Exec(`DELETE FROM latchkey_session WHERE user_id = $1`, id); err != nil {
			return err
		}
		return t.Exec(`INSERT INTO latchkey_subject (id, blocked, revoked_before) VALUES ($1, 0, $2)
			ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before`, id, ms(when))
	})
}

// RenewPasswordHash replaces a hash that is still the old one.
func (s *Store) RenewPasswordHash(ctx context.Context, id, old, phc string) error {
	return s.write(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_account SET password = $1 WHERE id = $2 AND password = $3`, phc, id, old)
		if err == nil && changed == 0 {
			err = errConflict
		}
		return err
	})
}

// User returns the user with the ID.
func (s *Store) User(ctx context.Context, id string) (*account.User, error) {
	return s.user(ctx, `SELECT `+userColumns+` FROM latchkey_account a WHERE a.id = $1`, id)
}

// UserByName returns the user with the canonical name.
func (s *Store) UserByName(ctx context.Context, canonical string) (*account.User, error) {
	return s.user(ctx, `SELECT `+userColumns+` FROM latchkey_account a WHERE a.canonical = $1`, canonical)
}

// UsersByEmail returns the users with an address, those that have confirmed it first.
func (s *Store) UsersByEmail(ctx context.Context, email string) (users []*account.User, err error) {
	query := fmt.Sprintf(`SELECT `+userColumns+` FROM latchkey_account a WHERE lower(a.email) = lower($1)
		ORDER BY CASE WHEN a.claims LIKE '%%"email_verified":true%%' THEN 0 ELSE 1 END, a.id LIMIT %d`, account.MaxUsersByEmail)
	err = s.each(ctx, query, []any{email}, func(result Rows) error {
		u := new(account.User)
		users = append(users, u)
		return result.Scan(userFields(u)...)
	})
	return users, err
}

func (s *Store) user(ctx context.Context, query, key string) (*account.User, error) {
	u := new(account.User)
	if err := s.row(ctx, query, key).Scan(userFields(u)...); err != nil {
		return nil, err
	}
	return u, nil
}
