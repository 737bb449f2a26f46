package sqlstore

import (
	"context"
	"fmt"
)

// issuerLease is the row among the leases that tells by which name the servers
// of this database go. No copy takes it: the first server tells it anew.
const issuerLease = "issuer"

// Issuer is the issuer of the server that started last on this database, or
// empty if none has.
func (s *Store) Issuer(ctx context.Context) (issuer string, err error) {
	err = s.row(ctx, `SELECT holder FROM latchkey_lease WHERE name = $1`, issuerLease).Scan(&issuer)
	if Expected(err) {
		return "", nil
	}
	return issuer, err
}

// TakeIssuer notes the issuer of a server that starts, and gives the one that
// it takes the place of: the same, or empty if there was none. Of several that
// start at once each is told of the one before it.
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
	return "", fmt.Errorf("the issuer %s cannot be noted: other servers start all the time", issuer)
}
