package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// lease takes or extends a lease, unless another process has it.
func (s *Store) lease(ctx context.Context, name, holder string, ttl time.Duration) (held bool, err error) {
	now := s.Clock()
	err = s.write(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE latchkey_lease.holder = excluded.holder OR latchkey_lease.until <= $4`, name, holder, ms(now.Add(ttl)), ms(now))
		held = n == 1
		return err
	})
	return held, err
}

// issuerLease is the name of the row in latchkey_lease that says which issuer
// the servers of this database have. It is not copied to another database: the
// first server there writes it.
const issuerLease = "issuer"

// Issuer returns the issuer of the server that started last on this database, or
// "" if none has.
func (s *Store) Issuer(ctx context.Context) (issuer string, err error) {
	err = s.row(ctx, `SELECT holder FROM latchkey_lease WHERE name = $1`, issuerLease).Scan(&issuer)
	if Expected(err) {
		return "", nil
	}
	return issuer, err
}

// TakeIssuer records the issuer of a server that starts, and returns the issuer
// that it replaces: the same one, or "" if there was none. If several servers
// start at the same time, each gets the issuer of the one before it.
func (s *Store) TakeIssuer(ctx context.Context, issuer string) (before string, err error) {
	const tries = 10
	for range tries {
		if before, err = s.Issuer(ctx); err != nil || before == issuer {
			return before, err
		}
		taken := false
		err = s.write(ctx, func(t *tx) error {
			n, err := t.Count(`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3)
				ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE latchkey_lease.holder = $4`,
				issuerLease, issuer, ms(s.Clock()), before)
			taken = n == 1
			return err
		})
		if err != nil || taken {
			return before, err
		}
	}
	return "", fmt.Errorf("the issuer %s could not be recorded, because too many other servers were starting", issuer)
}
