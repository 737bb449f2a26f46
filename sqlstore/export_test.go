package sqlstore

import "context"

// CopyBatch is how many rows a copy takes at once.
var CopyBatch = &copyBatch

// SweepLease is how long a sweeper has the lease.
const SweepLease = sweepLease

// Lease takes or keeps the lease of the sweepers.
func (s *Store) Lease(ctx context.Context, holder string) (bool, error) {
	return s.lease(ctx, "sweep", holder, sweepLease)
}

// SweepAs sweeps as the sweeper of that name does.
func (s *Store) SweepAs(ctx context.Context, holder string) error { return s.sweepAs(ctx, holder) }
