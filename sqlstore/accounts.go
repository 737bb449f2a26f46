package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

const (
	userColumns = `a.id, a.disabled, ` + enabledUserColumns
	// enabledUserColumns are the other columns of a user. A query that selects one
	// enabled user by ID needs only them.
	enabledUserColumns = `a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, ` + memberships
)

func userFields(u *account.User) []any {
	return appendEnabledUserFields([]any{&u.ID, flag{&u.Disabled}}, u)
}

// appendEnabledUserFields appends the fields of enabledUserColumns.
func appendEnabledUserFields(fields []any, u *account.User) []any {
	return append(fields,
		&u.Username, &u.Email, &u.Name,
		claims{&u.Claims},
		&u.PasswordHash,
		flag{&u.Admin},
		at{&u.CreatedAt},
		at{&u.UpdatedAt},
		at{&u.LastLoginAt},
		&u.Version, &u.LoginEpoch,
		at{&u.ExpiresAt},
		words[account.FactorKind]{&u.Factors},
		at{&u.DeleteAt},
		words[account.Role]{(*[]account.Role)(&u.OtherRoles)},
		groupsOf{&u.Memberships},
	)
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
func (s *Store) CreateUser(ctx context.Context, u *account.User, canonical string, only account.Condition, factors ...account.Factor) error {
	err := s.write(ctx, func(t *tx) error {
		if only != account.Unconditionally || len(u.Roles()) > 0 {
			if err := t.lockAccounts(); err != nil {
				return err
			}
		}
		if err := t.insertUser(u, canonical, only); err != nil {
			return err
		}
		return t.changeFactors(account.FactorChange{User: u, Add: factors})
	})
	if err == nil {
		u.Version, u.LoginEpoch = 1, 0
	}
	return err
}

// notBefore returns the time of a change, or the time now if that is later: until the transaction
// has the lock of lockAccounts, people get tokens with the role that the change takes away.
func (t *tx) notBefore(when time.Time) time.Time {
	if now := t.now(); now.After(when) {
		return now
	}
	return when
}

// idRetired is the condition that the ID $1 is that of a deleted person, or is or was the client_id of an
// application.
const idRetired = `EXISTS (SELECT 1 FROM latchkey_subject WHERE id = $1 AND blocked = 1)
		OR EXISTS (SELECT 1 FROM latchkey_client WHERE id = $1) OR EXISTS (SELECT 1 FROM latchkey_deleted_client WHERE id = $1)`

// UserIDTaken reports whether no new user can get an ID.
func (s *Store) UserIDTaken(ctx context.Context, id string) (taken bool, err error) {
	err = s.row(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM latchkey_account WHERE id = $1) OR `+idRetired+` THEN 1 ELSE 0 END`, id).Scan(flag{&taken})
	return taken, err
}

// insertUser inserts a user, whose ID must be neither that of a deleted person, whose tokens stay
// revoked, nor the client_id of an application. Unless the condition is Unconditionally, lockAccounts must
// have been called.
func (t *tx) insertUser(u *account.User, canonical string, only account.Condition) error {
	added, err := t.Count(`INSERT INTO latchkey_account (id, username, canonical, email, name, claims, password, admin, disabled, created_at, updated_at, last_login_at, version, login_epoch, skeleton, expires_at, factors, roles)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 0, $13, $14, $18, $19
		WHERE ($15 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account)) AND ($16 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account WHERE skeleton = $13))
		AND ($17 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account WHERE admin = 1) AND NOT EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE g.admin = 1) AND NOT `+unusedAccounts+`)
		AND NOT (`+idRetired+`)
		ON CONFLICT DO NOTHING`,
		u.ID, u.Username, canonical, u.Email, u.Name, string(u.Claims), u.PasswordHash, number(u.Admin), number(u.Disabled),
		ms(u.CreatedAt), ms(u.UpdatedAt), ms(u.LastLoginAt), account.Skeleton(u.Username), ms(u.ExpiresAt),
		number(only == account.IfFirst), number(only == account.IfDistinct), number(only == account.IfFirstAdmin), joined(u.Factors), joined(u.OtherRoles))
	if err != nil || added > 0 {
		return err
	}
	if only == account.IfFirstAdmin {
		var one int64
		switch err := t.Row(`SELECT 1 FROM latchkey_lease WHERE name = $1`, HostLease).Scan(&one); {
		case err == nil:
			return account.ErrHostPeople
		case !Expected(err):
			return err
		}
	}
	return errConflict
}

// lockAccounts makes transactions that depend on several accounts run one after
// the other: each sees what those before it have committed.
func (t *tx) lockAccounts() error {
	return t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ('accounts', '', 0) ON CONFLICT (name) DO UPDATE SET holder = ''`)
}

// byGroup is the condition that the account $1 is an administrator through a group.
const byGroup = `EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1)`

// unusedAccounts is the condition that the people are those of a host program, so that no account
// has to be that of an administrator.
const unusedAccounts = `EXISTS (SELECT 1 FROM latchkey_lease WHERE name = '` + HostLease + `')`

// otherAdmin is the condition that there is an enabled administrator who is not the account $1, or
// that none is needed.
const otherAdmin = `(` + unusedAccounts + ` OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1))`

// Conditions that an enabled administrator remains. lockAccounts must have been called.
const (
	// adminRemains: after the account $1 was disabled or deleted.
	adminRemains = `(disabled = 1 OR admin = 0 AND NOT ` + byGroup + ` OR ` + otherAdmin + `)`
	// adminRemainsAfterDemotion: after the account $1 has lost the own role.
	adminRemainsAfterDemotion = `(admin = 0 OR disabled = 1 OR ` + byGroup + ` OR ` + otherAdmin + `)`
)

// UpdateUser saves a user.
func (s *Store) UpdateUser(ctx context.Context, u *account.User, canonical string, notice *account.Notice) error {
	return s.updateUser(ctx, u, canonical, func(t *tx) error { return t.queue(notice) })
}

// updateUser saves a user, and then calls a function in the same transaction.
func (s *Store) updateUser(ctx context.Context, u *account.User, canonical string, then func(*tx) error) error {
	epoch := u.LoginEpoch
	err := s.write(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil { // a role may change: see adminRemains and Guard
			return err
		}
		before, err := t.lockedUser(u.ID, "")
		if err != nil {
			return err
		}
		loses := before != nil && before.LosesRole(u)
		update, args := `UPDATE latchkey_account SET username = $2, canonical = $3, email = $4, name = $5, claims = $6, admin = $7,
			updated_at = $8, skeleton = $10, expires_at = CASE WHEN $11 = 1 THEN 0 ELSE expires_at END, roles = $12, login_epoch = login_epoch + $13, version = version + 1 WHERE id = $1 AND version = $9
			AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1)`,
			[]any{u.ID, u.Username, canonical, u.Email, u.Name, string(u.Claims), number(u.Admin), ms(u.UpdatedAt), u.Version, account.Skeleton(u.Username), number(u.ExpiresAt.IsZero()), joined(u.OtherRoles), number(loses)}
		if !u.Admin {
			update += ` AND ` + adminRemainsAfterDemotion
		}
		err = t.Row(update+` RETURNING login_epoch`, args...).Scan(&epoch)
		if Expected(err) {
			return t.userUnchanged(u.ID, u.Version, canonical)
		}
		if err == nil && loses {
			err = t.revokeSubject(u.ID, t.notBefore(u.UpdatedAt))
		}
		if err == nil && before != nil {
			err = t.endPicture(before, u)
		}
		if err != nil {
			return err
		}
		return then(t)
	})
	if err == nil {
		u.Version, u.LoginEpoch = u.Version+1, epoch
	}
	return err
}

// userUnchanged returns the reason why a change matched no row.
func (t *tx) userUnchanged(id string, version int64, canonical string) error {
	var current, taken int64
	err := t.Row(`SELECT version, (SELECT count(*) FROM latchkey_account other WHERE other.canonical = $2 AND other.id <> $1) FROM latchkey_account WHERE id = $1`, id, canonical).
		Scan(&current, &taken)
	switch {
	case err != nil:
		return err
	case current != version || taken > 0:
		return errConflict
	}
	return account.ErrLastAdmin
}

// isSwitched is the condition that SwitchUser would not change the account $1: it is disabled or enabled
// already, and has the mark $4 with the name $5, or none, as SwitchUser would leave it.
const isSwitched = `(disabled = $2 AND expires_at = 0 AND CASE WHEN delete_at = 0 THEN NOT EXISTS (SELECT 1 FROM latchkey_factor f WHERE f.id = $4)
	ELSE $2 = 1 AND EXISTS (SELECT 1 FROM latchkey_factor f WHERE f.id = $4 AND f.name = $5) END)`

// SwitchUser disables or enables a user.
func (s *Store) SwitchUser(ctx context.Context, c account.Switch) error {
	if c.At.IsZero() {
		return errNoTime
	}
	return s.act(ctx, func(t *tx) error {
		update := `UPDATE latchkey_account SET disabled = $2, login_epoch = login_epoch + $2, updated_at = $3, expires_at = 0, version = version + 1`
		if c.Disabled { // a deletion that the person has requested stays due
			if err := t.lockAccounts(); err != nil {
				return err
			}
			update += ` WHERE id = $1 AND ` + adminRemains
		} else {
			update += `, delete_at = 0 WHERE id = $1`
		}
		mark := account.AdministratorBlock(c.UserID, c.At)
		var deleteAt int64
		err := t.Row(update+` AND NOT `+isSwitched+` RETURNING delete_at`, c.UserID, number(c.Disabled), ms(c.At), mark.ID[:], mark.Name).Scan(&deleteAt)
		if Expected(err) {
			err := t.Row(`SELECT delete_at FROM latchkey_account WHERE id = $1 AND disabled = $2`, c.UserID, number(c.Disabled)).Scan(&deleteAt)
			switch {
			case Expected(err):
				return t.notSwitched(c.UserID, 0)
			case err != nil || c.RevokedBefore.IsZero():
				return err
			}
			// Whether the tokens are blocked is not written: the row of the account is not locked, so
			// another process may be changing both.
			return t.revokeSubject(c.UserID, c.RevokedBefore)
		}
		if err != nil {
			return err
		}
		block := account.FactorChange{User: &account.User{ID: c.UserID}, Remove: []account.FactorID{account.DirectoryBlockKey(c.UserID)}}
		if deleteAt != 0 {
			block.Add = []account.Factor{mark}
		}
		if err := t.changeFactors(block); err != nil {
			return err
		}
		if c.Disabled {
			if err := t.endSessionsOf(c.At, c.UserID, ""); err != nil {
				return err
			}
		}
		return t.setSubject(c.UserID, c.Disabled, c.RevokedBefore)
	})
}

// notSwitched returns the reason why SwitchUser or DeleteUser has changed nothing. wanted is the
// version that the user must have, or zero.
func (t *tx) notSwitched(id string, wanted int64) error {
	var version int64
	err := t.Row(`SELECT version FROM latchkey_account WHERE id = $1`, id).Scan(&version)
	switch {
	case err != nil:
		return err
	case wanted != 0 && version != wanted:
		return errConflict
	}
	return account.ErrLastAdmin
}

// SetPassword replaces a password hash.
func (s *Store) SetPassword(ctx context.Context, c account.PasswordChange) error {
	if c.At.IsZero() {
		return errNoTime
	}
	u := *c.User
	err := s.act(ctx, func(t *tx) error {
		err := t.Row(`UPDATE latchkey_account SET password = $2, version = version + 1, login_epoch = login_epoch + 1, expires_at = 0
			WHERE id = $1 AND ($3 = 0 OR (disabled = 0 AND email = $4 AND login_epoch = $5))
				AND ($6 = 0 OR EXISTS (SELECT 1 FROM latchkey_session s WHERE s.id = $7 AND s.user_id = $1)) RETURNING version, login_epoch`,
			u.ID, c.Hash, number(c.Checked), u.Email, c.User.LoginEpoch, number(c.Session != nil), c.Replaces).Scan(&u.Version, &u.LoginEpoch)
		if Expected(err) {
			return t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1`, u.ID)
		}
		if err != nil {
			return err
		}
		if err := t.endSessionsForPassword(c); err != nil {
			return err
		}
		if err := t.revokeSubject(u.ID, c.At); err != nil {
			return err
		}
		return t.queue(c.Notice)
	})
	if err == nil {
		c.User.PasswordHash, c.User.Version, c.User.LoginEpoch = c.Hash, u.Version, u.LoginEpoch
	}
	return err
}

// endSessionsForPassword ends all sessions of a person. The one in which the password was
// changed must not have ended: the update of the account has checked that, and the one here
// locks the row, because the session can end at the same time.
func (t *tx) endSessionsForPassword(c account.PasswordChange) error {
	if c.Session == nil {
		return t.endSessionsOf(c.At, c.User.ID, "")
	}
	found, err := t.Count(`UPDATE latchkey_session SET seen_at = seen_at WHERE id = $1 AND user_id = $2`, c.Replaces, c.User.ID)
	if err == nil && found == 0 {
		err = errConflict
	}
	if err == nil {
		err = t.endSessionsOf(c.At, c.User.ID, c.Session.ID)
	}
	if err == nil {
		err = t.insertSession(*c.Session)
	}
	return err
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

// UsersByEmail returns the users with an address. Users with a confirmed address
// come first.
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
