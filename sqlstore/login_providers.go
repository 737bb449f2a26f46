package sqlstore

import (
	"cmp"
	"context"

	"github.com/seed-e6a88a41/latchkey/account"
)

// LoginProviders returns all login providers, by their names.
func (s *Store) LoginProviders(ctx context.Context) (all []account.StoredProvider, err error) {
	err = s.each(ctx, `SELECT name, settings, secret, version, created_at, updated_at FROM latchkey_login_provider ORDER BY name`, nil, func(rows Rows) error {
		var p account.StoredProvider
		err := rows.Scan(&p.Name, claims{&p.Settings}, &p.Secret, &p.Version, at{&p.CreatedAt}, at{&p.UpdatedAt})
		all = append(all, p)
		return err
	})
	return all, err
}

// AddLoginProvider adds a login provider, unless there are too many. The lock of configure
// makes the count exact.
func (s *Store) AddLoginProvider(ctx context.Context, p account.StoredProvider) error {
	var full error
	err := s.configure(ctx, func(t *tx) error {
		full = nil
		added, err := t.Count(`INSERT INTO latchkey_login_provider (name, settings, secret, version, created_at, updated_at)
			SELECT $1, $2, $3, 1, $4, $5 WHERE (SELECT COUNT(*) FROM latchkey_login_provider) < $6 ON CONFLICT (name) DO NOTHING`,
			p.Name, string(p.Settings), p.Secret, ms(p.CreatedAt), ms(p.UpdatedAt), int64(account.MaxStoredProviders))
		if err != nil || added == 1 {
			return err
		}
		var one int
		if err = t.Row(`SELECT 1 FROM latchkey_login_provider WHERE name = $1`, p.Name).Scan(&one); err == nil {
			return errConflict
		}
		if !Expected(err) {
			return err
		}
		full = account.ErrTooManyProviders
		return nil
	})
	return cmp.Or(err, full)
}

// UpdateLoginProvider saves a login provider.
func (s *Store) UpdateLoginProvider(ctx context.Context, p account.StoredProvider) error {
	return s.configure(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_login_provider SET settings = $1, secret = $2, updated_at = $3, version = version + 1 WHERE name = $4 AND version = $5`,
			string(p.Settings), p.Secret, ms(p.UpdatedAt), p.Name, p.Version)
		if err != nil || changed == 1 {
			return err
		}
		return t.conflictOrGone(`SELECT 1 FROM latchkey_login_provider WHERE name = $1`, p.Name)
	})
}

// RemoveLoginProvider removes a login provider.
func (s *Store) RemoveLoginProvider(ctx context.Context, name string, version int64) error {
	return s.configure(ctx, func(t *tx) error {
		condition, args := ``, []any{name}
		if version != 0 {
			condition, args = ` AND version = $2`, append(args, version)
		}
		removed, err := t.Count(`DELETE FROM latchkey_login_provider WHERE name = $1`+condition, args...)
		if err != nil || removed == 1 {
			return err
		}
		return t.conflictOrGone(`SELECT 1 FROM latchkey_login_provider WHERE name = $1`, name)
	})
}

// IdentityOwners returns identities, ordered by the ID of their users. The index for it has only
// rows of this kind, so the kind is not a parameter.
func (s *Store) IdentityOwners(ctx context.Context, limit int) (owners []account.IdentityOwner, err error) {
	const kind = string(account.FactorIdentity)
	err = s.each(ctx, `SELECT t.id, t.user_id, t.body, a.password, a.factors, a.admin, a.roles, `+memberships+`
		FROM (SELECT id, user_id, body FROM latchkey_factor WHERE kind = '`+kind+`' ORDER BY user_id, id LIMIT $1) t JOIN latchkey_account a ON a.id = t.user_id
		ORDER BY t.user_id, t.id`, []any{int64(limit)}, func(rows Rows) error {
		o := account.IdentityOwner{Factor: account.Factor{Kind: account.FactorIdentity}}
		f, u := &o.Factor, &o.User
		err := rows.Scan(bytes{f.ID[:]}, &f.UserID, &f.Body, &u.PasswordHash, words[account.FactorKind]{&u.Factors}, flag{&u.Admin}, words[account.Role]{(*[]account.Role)(&u.OtherRoles)}, groupsOf{&u.Memberships})
		u.ID = f.UserID
		owners = append(owners, o)
		return err
	})
	return owners, err
}
