package sqlstore

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SweepLease is how long a sweeper has the lease.
const SweepLease = sweepLease

// Lease takes or extends the lease of the sweepers.
func (s *Store) Lease(ctx context.Context, holder string) (bool, error) {
	return s.lease(ctx, "sweep", holder, sweepLease)
}

// ReadRemovalKeys sets how many keys a removal reads at once.
func (s *Store) ReadRemovalKeys(n int) { s.removalBatch = n }

// SweepAs sweeps as the process of that name.
func (s *Store) SweepAs(ctx context.Context, holder string) error { return s.sweepAs(ctx, holder) }

// RejectionGroups returns the client and the reason of each group, in the order in
// which AddRejections deletes the oldest.
func RejectionGroups(added []oauth.Rejection) (groups [][2]string) {
	for _, g := range rejectionGroups(added) {
		groups = append(groups, [2]string{g.clientID, g.reason})
	}
	return groups
}

// SearchFor sets how long a list is searched for one page.
func (s *Store) SearchFor(d time.Duration) { s.searchTime = d }

// RunOf sets how many tokens a run of the index of access tokens has.
func (s *Store) RunOf(tokens int) { s.runTokens = tokens }

// AddRuns adds runs to the index of access tokens.
func (s *Store) AddRuns(ctx context.Context, now time.Time) error { return s.addRuns(ctx, now) }

// CreateIndexKey returns the key of the hashes in this index.
func (s *Store) CreateIndexKey(ctx context.Context) ([]byte, error) { return s.createIndexKey(ctx) }

// AddRecent adds one recent run.
func (s *Store) AddRecent(ctx context.Context, now time.Time) (bool, error) {
	return s.addRecent(ctx, now)
}

// MergeRecent makes one whole run of recent ones, and does not delete these.
func (s *Store) MergeRecent(ctx context.Context, now time.Time) (bool, error) {
	return s.mergeRecent(ctx, now)
}

// AddGroup adds a group, and calls between after it has read the runs.
func (s *Store) AddGroup(ctx context.Context, between func()) error {
	g, err := s.readGroup(ctx, s.Clock())
	if err != nil {
		return err
	}
	between()
	return s.insertGroup(ctx, g)
}

// The ages of tokens in this index, and the number of runs in a group.
const (
	RunAge    = runAge
	RecentAge = recentAge
	GroupRuns = groupRuns
)

// Paced is paced.
func Paced(keep func() error) func() error { return paced(keep) }

// LongestPause is the longest pause of a paced task.
const LongestPause = longestPause

// CompletesRemovals reports whether a goroutine completes all removals at the moment.
func (s *Store) CompletesRemovals() bool {
	free := s.finishing.TryLock()
	if free {
		s.finishing.Unlock()
	}
	return !free
}
