package sqlstore

import (
	"context"
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
