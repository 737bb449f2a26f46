package counts

import (
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/writeback"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// storeEvery is how often numbers are added to those in the Store.
	storeEvery = 10 * time.Second
	// sizeEvery is how often the sizes of the tables are stored.
	sizeEvery = 10 * time.Minute
	// mostTables is the number of the largest tables whose sizes are stored.
	mostTables = 50
)

// Run stores what was counted until the context ends, and then once more. It always returns
// nil.
func (c *Counter) Run(ctx context.Context) error {
	return writeback.Loop{
		Every: storeEvery, Logger: c.Logger, Warning: "counts for the charts of the back office could not be stored; this will be retried",
		Store: func(ctx context.Context, _ bool) (bool, error) { return false, c.Flush(ctx) },
	}.Run(ctx)
}

// Flush adds what was counted since the last call to the current hour and day. After an
// error, the next call tries again: if the Store had made the change, these events are
// counted twice.
func (c *Counter) Flush(ctx context.Context) error {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	now := c.Clock()
	taken := c.take()
	var tallies []oauth.Tally
	for series, n := range taken {
		for _, p := range []oauth.TallyPeriod{oauth.PerHour, oauth.PerDay} {
			tallies = append(tallies, oauth.Tally{Period: p, At: p.Begin(now), Series: series, N: n})
		}
	}
	if len(tallies) > 0 {
		if err := c.Store.AddTallies(ctx, tallies); err != nil {
			c.putBack(taken)
			return err
		}
	}
	return c.storeSizes(ctx, now)
}

// take returns what was counted, and counts from zero.
func (c *Counter) take() map[string]int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	taken := make(map[string]int64)
	for series, n := range c.series {
		if n := n.Swap(0); n > 0 {
			taken[series] = n
		}
	}
	return taken
}

func (c *Counter) putBack(taken map[string]int64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for series, n := range taken {
		c.series[series].Add(n)
	}
}

// storeSizes stores the sizes of the tables, if that was some time ago.
func (c *Counter) storeSizes(ctx context.Context, now time.Time) error {
	if now.Sub(c.sized) < sizeEvery {
		return nil
	}
	sizes, err := c.Store.TableSizes(ctx)
	if err != nil {
		return err
	}
	var tallies []oauth.Tally
	for table, size := range sizes {
		tallies = append(tallies, oauth.Tally{Period: oauth.PerDay, At: oauth.PerDay.Begin(now), Series: join(Size, table), N: size, Replaces: true})
	}
	slices.SortFunc(tallies, func(a, b oauth.Tally) int { return int(min(1, max(-1, b.N-a.N))) })
	err = c.Store.AddTallies(ctx, tallies[:min(len(tallies), mostTables)])
	if err == nil {
		c.sized = now
	}
	return err
}
