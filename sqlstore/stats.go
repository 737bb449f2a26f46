package sqlstore

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Stats describe the work of a Store since it was opened, and its present state.
type Stats struct {
	// RoundTrips and Rows: see the methods with these names.
	RoundTrips, Rows uint64
	// Unavailable counts the calls that failed because the database was
	// unavailable, and Faults those that would always fail.
	Unavailable, Faults uint64
	// Unreachable is true if the database cannot be reached, or takes no writes, as
	// far as the last calls show. It is checked twice a second.
	Unreachable bool
	// Sweeps and Engine describe the deletion of expired rows, and the engine.
	Sweeps SweepStats
	Engine EngineStats
}

// SweepStats describe the sweeps of this process.
type SweepStats struct {
	// Done counts the sweeps that succeeded, and Failed the others.
	Done, Failed uint64
	// Rows were deleted, and Partitions were dropped.
	Rows, Partitions uint64
	// Last is when the last successful sweep ended, and Took how long it took.
	Last time.Time
	Took time.Duration
}

// EngineStats describe what an engine does.
type EngineStats struct {
	// Commits are the transactions, and Lookups the queries, that operations may
	// share. Only an engine with a Batcher has Lookups.
	Commits, Lookups BatchStats
	// Pool describes the connections.
	Pool PoolStats
}

// BatchStats describe operations that are sent together.
type BatchStats struct {
	// Batches counts the batches, and Operations the operations in all of them.
	Batches, Operations uint64
	// Sizes counts the batches by the number of their operations: those in
	// Sizes[i] had at most 1<<i, and more than those in Sizes[i-1].
	Sizes [batchSizes]uint64
	// Took is the total duration of the batches.
	Took time.Duration
	// Queued is how many operations are waiting for a batch.
	Queued int
}

// PoolStats describe the connections that callers share. For SQLite these are
// the connections for reading.
type PoolStats struct {
	// Max is the largest number of connections. Those that are open are InUse or Idle.
	Max, InUse, Idle int
	// Waits counts the callers that had to wait for a connection, and Waited is
	// the sum of their waiting times.
	Waits  uint64
	Waited time.Duration
}

// batchSizes is enough for MaxBatch.
const batchSizes = 9

// batchCounts counts for BatchStats.
type batchCounts struct {
	operations, took atomic.Uint64
	sizes            [batchSizes]atomic.Uint64
}

func (c *batchCounts) add(operations int, took time.Duration) {
	size := bits.Len(uint(max(operations, 1) - 1))
	c.sizes[min(size, batchSizes-1)].Add(1)
	c.operations.Add(uint64(operations))
	c.took.Add(uint64(took))
}

func (c *batchCounts) stats(queued int) BatchStats {
	s := BatchStats{Operations: c.operations.Load(), Took: time.Duration(c.took.Load()), Queued: queued}
	for i := range c.sizes {
		s.Sizes[i] = c.sizes[i].Load()
		s.Batches += s.Sizes[i]
	}
	return s
}

// sweeps counts sweeps.
type sweeps struct {
	done, failed, rows, partitions, took atomic.Uint64
	last                                 atomic.Int64 // Unix milliseconds, or 0
}

func (c *sweeps) count(deleted int64, ended time.Time, took time.Duration, err error) {
	c.rows.Add(uint64(deleted))
	if err != nil {
		c.failed.Add(1)
		return
	}
	c.done.Add(1)
	c.last.Store(ended.UnixMilli())
	c.took.Store(uint64(took))
}

// Stats returns what the Store has done, and its present state.
func (s *Store) Stats() Stats {
	stats := Stats{
		RoundTrips: s.RoundTrips(), Rows: s.Rows(),
		Unavailable: s.unavailable.Load(), Faults: s.faults.Load(),
		Unreachable: s.unwatched.Load() || s.reachability.lost(),
		Sweeps: SweepStats{
			Done: s.sweeps.done.Load(), Failed: s.sweeps.failed.Load(),
			Rows: s.sweeps.rows.Load(), Partitions: s.sweeps.partitions.Load(), Took: time.Duration(s.sweeps.took.Load()),
		},
		Engine: s.Engine.Stats(),
	}
	if last := s.sweeps.last.Load(); last != 0 {
		stats.Sweeps.Last = time.UnixMilli(last)
	}
	return stats
}
