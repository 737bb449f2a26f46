package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// storeMetrics reads what the store counts, whenever somebody looks.
type storeMetrics struct {
	store           *sqlstore.Store
	count           func(context.Context) (int, error) // LogoutNotices of the store
	counting        singleflight.Group
	logger          *slog.Logger
	readings        []reading
	batches, queued *prometheus.Desc
	uncounted       atomic.Bool // the last time that queued was asked for
	said            lastReady
}

// reading is one figure of the store.
type reading struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	labels []string
	value  func(sqlstore.Stats) float64
}

func newStoreMetrics(store *sqlstore.Store, logger *slog.Logger) *storeMetrics {
	const up, level = prometheus.CounterValue, prometheus.GaugeValue
	m := &storeMetrics{
		store: store, count: store.LogoutNotices, logger: logger,
		batches: prometheus.NewDesc("latchkey_store_batch_operations", "Transactions and lookups, and how many operations shared each.", []string{"kind"}, nil),
		queued:  prometheus.NewDesc("latchkey_logout_notices_waiting", "Log-outs that applications are still to be told of; more than 10000 are 10000.", nil, nil),
	}
	add := func(kind prometheus.ValueType, name, help string, value func(sqlstore.Stats) float64) {
		m.readings = append(m.readings, reading{prometheus.NewDesc(name, help, nil, nil), kind, nil, value})
	}
	// parted is a figure by the values of a label.
	parted := func(kind prometheus.ValueType, name, help, label string, values map[string]func(sqlstore.Stats) float64) {
		desc := prometheus.NewDesc(name, help, []string{label}, nil)
		for of, value := range values {
			m.readings = append(m.readings, reading{desc, kind, []string{of}, value})
		}
	}
	type stats = sqlstore.Stats
	add(level, "latchkey_ready", "1 if this process can serve: its database answers and takes writes, as far as it has seen, and /readyz has not said otherwise within 30 s.", func(s stats) float64 {
		if s.Away || m.said.unready() {
			return 0
		}
		return 1
	})
	add(up, "latchkey_store_round_trips_total", "Calls to the database.", func(s stats) float64 { return float64(s.RoundTrips) })
	add(up, "latchkey_store_rows_written_total", "Rows written by the verbs of the protocol.", func(s stats) float64 { return float64(s.Rows) })
	parted(up, "latchkey_store_errors_total", "Calls to the database that failed: it was unavailable, or they were at fault.", "kind", map[string]func(stats) float64{
		"unavailable": func(s stats) float64 { return float64(s.Unavailable) },
		"fault":       func(s stats) float64 { return float64(s.Faults) },
	})
	parted(up, "latchkey_store_batch_seconds_total", "How long these took, added up.", "kind", map[string]func(stats) float64{
		"commit": func(s stats) float64 { return s.Engine.Commits.Took.Seconds() },
		"lookup": func(s stats) float64 { return s.Engine.Lookups.Took.Seconds() },
	})
	parted(level, "latchkey_store_queue_length", "Operations that wait to be taken into one of these.", "kind", map[string]func(stats) float64{
		"commit": func(s stats) float64 { return float64(s.Engine.Commits.Queued) },
		"lookup": func(s stats) float64 { return float64(s.Engine.Lookups.Queued) },
	})
	parted(level, "latchkey_store_pool_connections", "Connections of the pool, by state.", "state", map[string]func(stats) float64{
		"in_use": func(s stats) float64 { return float64(s.Engine.Pool.InUse) },
		"idle":   func(s stats) float64 { return float64(s.Engine.Pool.Idle) },
	})
	add(level, "latchkey_store_pool_connections_max", "Connections that the pool may have.", func(s stats) float64 { return float64(s.Engine.Pool.Most) })
	add(up, "latchkey_store_pool_waits_total", "Callers that had to wait for a connection.", func(s stats) float64 { return float64(s.Engine.Pool.Waits) })
	add(up, "latchkey_store_pool_wait_seconds_total", "How long they waited, added up.", func(s stats) float64 { return s.Engine.Pool.Waited.Seconds() })
	parted(up, "latchkey_sweeps_total", "Sweeps of this process, by outcome.", "outcome", map[string]func(stats) float64{
		"ok":     func(s stats) float64 { return float64(s.Sweeps.Done) },
		"failed": func(s stats) float64 { return float64(s.Sweeps.Failed) },
	})
	add(up, "latchkey_sweep_deleted_rows_total", "Rows that the sweeps of this process deleted.", func(s stats) float64 { return float64(s.Sweeps.Rows) })
	add(up, "latchkey_sweep_dropped_partitions_total", "Partitions that the sweeps of this process dropped whole.", func(s stats) float64 { return float64(s.Sweeps.Partitions) })
	add(level, "latchkey_sweep_last_timestamp_seconds", "When the last sweep of this process ended well; 0 if none did.", func(s stats) float64 {
		if s.Sweeps.Last.IsZero() {
			return 0
		}
		return float64(s.Sweeps.Last.UnixMilli()) / 1000
	})
	add(level, "latchkey_sweep_last_duration_seconds", "How long that one took.", func(s stats) float64 { return s.Sweeps.Took.Seconds() })
	return m
}

func (m *storeMetrics) Describe(described chan<- *prometheus.Desc) {
	described <- m.batches
	described <- m.queued
	for _, r := range m.readings {
		described <- r.desc
	}
}

func (m *storeMetrics) Collect(collected chan<- prometheus.Metric) {
	s := m.store.Stats()
	for _, r := range m.readings {
		collected <- prometheus.MustNewConstMetric(r.desc, r.kind, r.value(s), r.labels...)
	}
	collected <- m.sizes(s.Engine.Commits, "commit")
	collected <- m.sizes(s.Engine.Lookups, "lookup")
	if n, ok := m.waiting(context.Background()); ok {
		collected <- prometheus.MustNewConstMetric(m.queued, prometheus.GaugeValue, float64(n))
	}
}

// countWithin is how long a scrape waits for what the database counts: the
// other figures matter most when that is silent.
const countWithin = 500 * time.Millisecond

var errSlowCount = fmt.Errorf("the database does not answer within %s", countWithin)

// waiting counts the log-outs that are still to be told: the only figure for
// which the database is asked, by one scrape at a time. That it cannot be had
// is said once, until it can.
func (m *storeMetrics) waiting(ctx context.Context) (n int, ok bool) {
	counted := m.counting.DoChan("", func() (any, error) { return m.count(ctx) })
	tooLong := time.NewTimer(countWithin)
	defer tooLong.Stop()
	err := errSlowCount
	select {
	case result := <-counted:
		n, err = result.Val.(int), result.Err
	case <-tooLong.C:
	}
	switch failed := m.uncounted.Swap(err != nil); {
	case err != nil && !failed:
		m.logger.WarnContext(ctx, "the log-outs that wait cannot be counted; more is said when they can", "error", err.Error())
	case err == nil && failed:
		m.logger.InfoContext(ctx, "the log-outs that wait are counted again")
	}
	return n, err == nil
}

// sizes is the histogram of operations per batch.
func (m *storeMetrics) sizes(b sqlstore.BatchStats, kind string) prometheus.Metric {
	buckets, all := make(map[float64]uint64), uint64(0)
	for i, n := range b.Sizes {
		all += n
		buckets[float64(uint64(1)<<i)] = all
	}
	return prometheus.MustNewConstHistogram(m.batches, b.Batches, float64(b.Operations), buckets, kind)
}
