package ops

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// storeMetrics reads the figures of a store on every scrape. It is a
// prometheus.Collector.
type storeMetrics struct {
	store            *sqlstore.Store
	figures          []figure
	batches, notices *prometheus.Desc
	countNotices     func(context.Context) (int, error) // LogoutNotices of the store
	countTimeout     time.Duration
	counting         singleflight.Group
	countFailed      atomic.Bool // the last count failed, and that was logged
	logger           *slog.Logger
	readiness        lastReadiness
}

func newStoreMetrics(store *sqlstore.Store, logger *slog.Logger) *storeMetrics {
	m := &storeMetrics{
		store: store, countNotices: store.LogoutNotices, countTimeout: countTimeout, logger: logger,
		batches: prometheus.NewDesc("latchkey_store_batch_operations", "Number of operations that shared a transaction or a lookup.", []string{"kind"}, nil),
		notices: prometheus.NewDesc("latchkey_logout_notices_waiting", "Logout notices that have not been delivered to applications yet; at most 10000.", nil, nil),
	}
	m.figures = append(m.figures, one(prometheus.GaugeValue, "latchkey_ready",
		"1 if this process can serve: its database answers and accepts writes, and /readyz has not reported otherwise in the last 30 s.",
		func(s sqlstore.Stats) float64 {
			if s.Unreachable || m.readiness.recentlyUnready() {
				return 0
			}
			return 1
		}))
	m.figures = append(m.figures, callFigures()...)
	m.figures = append(m.figures, batchFigures()...)
	m.figures = append(m.figures, poolFigures()...)
	m.figures = append(m.figures, sweepFigures()...)
	return m
}

// Describe implements prometheus.Collector.
func (m *storeMetrics) Describe(described chan<- *prometheus.Desc) {
	described <- m.batches
	described <- m.notices
	for _, f := range m.figures {
		described <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (m *storeMetrics) Collect(collected chan<- prometheus.Metric) {
	s := m.store.Stats()
	for _, f := range m.figures {
		collected <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(s), f.labels...)
	}
	collected <- m.batchSizes(s.Engine.Commits, "commit")
	collected <- m.batchSizes(s.Engine.Lookups, "lookup")
	if n, ok := m.waitingNotices(context.Background()); ok {
		collected <- prometheus.MustNewConstMetric(m.notices, prometheus.GaugeValue, float64(n))
	}
}

// countTimeout is how long a scrape waits for a count by the database. When the
// database does not answer, the other figures matter most.
const countTimeout = 500 * time.Millisecond

var errCountTimeout = fmt.Errorf("the database does not answer within %s", countTimeout)

// waitingNotices returns the number of logouts of which applications have not
// been notified. It is the only figure that needs a query, and only one query
// is under way at a time. A failure is logged once, until the count succeeds
// again.
func (m *storeMetrics) waitingNotices(ctx context.Context) (n int, ok bool) {
	counted := m.counting.DoChan("", func() (any, error) {
		defer crash.Log(m.logger)
		return m.countNotices(ctx)
	})
	timeout := time.NewTimer(m.countTimeout)
	defer timeout.Stop()
	err := errCountTimeout
	select {
	case result := <-counted:
		n, err = result.Val.(int), result.Err
	case <-timeout.C:
	}
	switch failedBefore := m.countFailed.Swap(err != nil); {
	case err != nil && !failedBefore:
		m.logger.WarnContext(ctx, "cannot count the waiting logout notices; the next log line reports when this works again", "error", err.Error())
	case err == nil && failedBefore:
		m.logger.InfoContext(ctx, "waiting logout notices can be counted again")
	}
	return n, err == nil
}

// batchSizes returns the histogram of operations per batch.
func (m *storeMetrics) batchSizes(b sqlstore.BatchStats, kind string) prometheus.Metric {
	buckets, total := make(map[float64]uint64), uint64(0)
	for i, n := range b.Sizes {
		total += n
		buckets[float64(uint64(1)<<i)] = total
	}
	return prometheus.MustNewConstHistogram(m.batches, b.Batches, float64(b.Operations), buckets, kind)
}
