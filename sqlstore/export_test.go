package sqlstore

import "context"

// SweepLease is how long a sweeper has the lease.
const SweepLease = sweepLease

// Lease takes or extends the lease of the sweepers.
func (s *Store) Lease(ctx context.Context, holder string) (bool, error) {
	return s.lease(ctx, "sweep", holder, sweepLease)
}

// SweepAs sweeps as the process of that name.
func (s *Store) SweepAs(ctx context.Context, holder string) error { return s.sweepAs(ctx, holder) }
