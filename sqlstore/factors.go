package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

const factorColumns = `t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at`

func factorFields(f *account.Factor) []any {
	return []any{bytes{f.ID[:]}, &f.UserID, (*factorKind)(&f.Kind), &f.Name, &f.Body, &f.Step, &f.Counter, at{&f.CreatedAt}, at{&f.UsedAt}, at{&f.ExpiresAt}}
}

// factorKind reads a kind column.
type factorKind account.FactorKind

func (k *factorKind) Scan(value any) error { return text{(*string)(k)}.Scan(value) }

// Factor finds a factor and its user.
func (s *Store) Factor(ctx context.Context, id account.FactorID) (f account.Factor, _ *account.User, err error) {
	u := new(account.User)
	err = s.row(ctx, `SELECT `+factorColumns+`, `+userColumns+` FROM latchkey_factor t JOIN latchkey_account a ON a.id = t.user_id WHERE t.id = $1`, id[:]).
		Scan(append(factorFields(&f), userFields(u)...)...)
	if err != nil {
		return account.Factor{}, nil, err
	}
	return f, u, nil
}

// Factors returns all factors of a user, oldest first.
func (s *Store) Factors(ctx context.Context, userID string) (factors []account.Factor, err error) {
	err = s.each(ctx, `SELECT `+factorColumns+` FROM latchkey_factor t WHERE t.user_id = $1 ORDER BY t.created_at, t.id`, []any{userID}, func(rows Rows) error {
		var f account.Factor
		err := rows.Scan(factorFields(&f)...)
		factors = append(factors, f)
		return err
	})
	return factors, err
}

// ChangeFactors changes the factors of a user. The update of the version comes
// first: it locks the row, and fails before anything is written.
func (s *Store) ChangeFactors(ctx context.Context, c account.FactorChange) error {
	if c.At.IsZero() {
		return errNoTime
	}
	version, epoch := c.User.Version, c.User.LoginEpoch
	err := s.act(ctx, func(t *tx) error {
		err := t.Row(`UPDATE latchkey_account SET factors = $3, version = version + 1, login_epoch = login_epoch + $4 WHERE id = $1 AND version = $2 AND login_epoch = $5 RETURNING version, login_epoch`,
			c.User.ID, c.User.Version, joined(c.Factors), number(c.EndSessions), c.User.LoginEpoch).Scan(&version, &epoch)
		if Expected(err) {
			return t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1`, c.User.ID)
		}
		if err != nil {
			return err
		}
		if err := t.changeFactors(c); err != nil {
			return err
		}
		if c.EndSessions {
			if err := t.endSessionsOf(c.At, c.User.ID, c.KeepSession); err != nil {
				return err
			}
		}
		return t.queue(c.Notice)
	})
	if err == nil {
		c.User.Version, c.User.LoginEpoch, c.User.Factors = version, epoch, c.Factors
	}
	return err
}

func (t *tx) changeFactors(c account.FactorChange) error {
	for _, id := range c.Remove {
		if err := t.Exec(`DELETE FROM latchkey_factor WHERE id = $1 AND user_id = $2`, id[:], c.User.ID); err != nil {
			return err
		}
	}
	for id, name := range c.Rename {
		if err := t.Exec(`UPDATE latchkey_factor SET name = $3 WHERE id = $1 AND user_id = $2`, id[:], c.User.ID, name); err != nil {
			return err
		}
	}
	for _, f := range c.Add {
		err := t.Exec(`INSERT INTO latchkey_factor (id, user_id, kind, name, body, step, counter, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.ID[:], c.User.ID, string(f.Kind), f.Name, f.Body, f.Step, f.Counter, ms(f.CreatedAt), ms(f.UsedAt), ms(f.ExpiresAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveFactors removes the factors of a kind of all users. There is no index for it, because
// only a restored database needs it.
func (s *Store) RemoveFactors(ctx context.Context, kind account.FactorKind, until time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`DELETE FROM latchkey_factor WHERE kind = $1 AND created_at <= $2`, string(kind), ms(until))
	})
}

// useFactor uses a factor of a person who can log in. It locks the row of the account
// first, so that nothing is written unless the session can be started.
func (s *Store) useFactor(t *tx, person string, epoch int64, use account.FactorUse) error {
	var one int
	err := t.Row(`SELECT 1 FROM latchkey_account WHERE id = $1 AND login_epoch = $2 AND disabled = 0`+t.lock("UPDATE"), person, epoch).Scan(&one)
	if Expected(err) {
		return t.conflictOrGone(`SELECT 1 FROM latchkey_account WHERE id = $1`, person)
	}
	if err != nil {
		return err
	}
	used, err := t.Count(`UPDATE latchkey_factor SET step = $3, counter = $4, used_at = $5, body = CASE WHEN $6 = '' THEN body ELSE $6 END
		WHERE id = $1 AND user_id = $2 AND step < $3 AND (counter < $4 OR (counter = 0 AND $4 = 0)) AND (expires_at = 0 OR expires_at > $5)`,
		use.ID[:], person, use.Step, use.Counter, ms(use.At), use.Body)
	if err == nil && used == 0 {
		err = account.ErrFactorUsed
	}
	return err
}
