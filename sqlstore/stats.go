package sqlstore

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Stats are what a Store did since it was opened, and what it is at now.
type Stats struct {
	// RoundTrips and Rows: see the methods of these names.
	RoundTrips, Rows uint64
	// Unavailable counts the calls that failed because the database could not
	// do it then, Faults those that could never have worked.
	Unavailable, Faults uint64
	// Away says that the database cannot be reached, or takes no writes, as far
	// as calls since then tell; it is asked twice a second.
	Away   bool
	Sweeps SweepStats
	Engine EngineStats
}

// SweepStats are of the sweeps of this process.
type SweepStats struct {
	Done, Failed uint64
	// Rows that were deleted, and Partitions that were dropped.
	Rows, Partitions uint64
	// Last is when the last one ended well, and Took how long it took.
	Last time.Time
	Took time.Duration
}

// EngineStats are of what an engine does.
type EngineStats struct {
	// Commits are transactions, and Lookups queries, that several operations may
	// share. Only a Piper has Lookups.
	Commits, Lookups BatchStats
	Pool             PoolStats
}

// BatchStats are of operations that travel together.
type BatchStats struct {
	Batches, Operations uint64
	// Sizes parts the batches by their operations: Sizes[i] had at most 1<<i,
	// and more than those of Sizes[i-1].
	Sizes [batchSizes]uint64
	// Took is how long they took, added up.
	Took time.Duration
	// Queued is how many operations wait for a batch now.
	Queued int
}

// PoolStats are of the connections that callers share. For SQLite those are
// the ones that read.
type PoolStats struct {
	Most, InUse, Idle int
	// Waits counts the callers that had to wait for a connection, Waited for
	// how long, added up.
	Waits  uint64
	Waited time.Duration
}

// batchSizes are enough for maxBatch.
const batchSizes = 9

// Batches counts for BatchStats. Its zero value works.
type Batches struct {
	operations, took atomic.Uint64
	sizes            [batchSizes]atomic.Uint64
}

// Count counts a batch of so many operations.
func (c *Batches) Count(operations int, took time.Duration) {
	size := bits.Len(uint(max(operations, 1) - 1))
	c.sizes[min(size, batchSizes-1)].Add(1)
	c.operations.Add(uint64(operations))
	c.took.Add(uint64(took))
}

// Stats are what was counted, with so many operations waiting.
func (c *Batches) Stats(queued int) BatchStats {
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

// Stats tells what the Store did and does.
func (s *Store) Stats() Stats {
	stats := Stats{
		RoundTrips: s.RoundTrips(), Rows: s.Rows(),
		Unavailable: s.unavailable.Load(), Faults: s.faults.Load(),
		Away: s.blind.Load() || s.outages.last.Load() != nil,
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
