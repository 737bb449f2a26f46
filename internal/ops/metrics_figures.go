package ops

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// figure is one number of sqlstore.Stats.
type figure struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	labels []string
	value  func(sqlstore.Stats) float64
}

// one returns a figure without labels.
func one(kind prometheus.ValueType, name, help string, value func(sqlstore.Stats) float64) figure {
	return figure{prometheus.NewDesc(name, help, nil, nil), kind, nil, value}
}

// each returns a figure for each value of a label.
func each(kind prometheus.ValueType, name, help, label string, values map[string]func(sqlstore.Stats) float64) []figure {
	desc := prometheus.NewDesc(name, help, []string{label}, nil)
	var figures []figure
	for labelValue, value := range values {
		figures = append(figures, figure{desc, kind, []string{labelValue}, value})
	}
	return figures
}

type statsFunc = func(sqlstore.Stats) float64

func callFigures() []figure {
	return append([]figure{
		one(prometheus.CounterValue, "latchkey_store_round_trips_total", "Calls to the database.", func(s sqlstore.Stats) float64 { return float64(s.RoundTrips) }),
		one(prometheus.CounterValue, "latchkey_store_rows_written_total", "Rows written by the operations of the protocol.", func(s sqlstore.Stats) float64 { return float64(s.Rows) }),
	}, each(prometheus.CounterValue, "latchkey_store_errors_total", "Calls to the database that failed: because it was unavailable, or because of a bug (fault).", "kind", map[string]statsFunc{
		"unavailable": func(s sqlstore.Stats) float64 { return float64(s.Unavailable) },
		"fault":       func(s sqlstore.Stats) float64 { return float64(s.Faults) },
	})...)
}

func batchFigures() []figure {
	return append(each(prometheus.CounterValue, "latchkey_store_batch_seconds_total", "Total duration of transactions and lookups.", "kind", map[string]statsFunc{
		"commit": func(s sqlstore.Stats) float64 { return s.Engine.Commits.Took.Seconds() },
		"lookup": func(s sqlstore.Stats) float64 { return s.Engine.Lookups.Took.Seconds() },
	}), each(prometheus.GaugeValue, "latchkey_store_queue_length", "Operations that wait for the next transaction or lookup.", "kind", map[string]statsFunc{
		"commit": func(s sqlstore.Stats) float64 { return float64(s.Engine.Commits.Queued) },
		"lookup": func(s sqlstore.Stats) float64 { return float64(s.Engine.Lookups.Queued) },
	})...)
}

func poolFigures() []figure {
	return append([]figure{
		one(prometheus.GaugeValue, "latchkey_store_pool_connections_max", "Maximum number of connections in the pool.", func(s sqlstore.Stats) float64 { return float64(s.Engine.Pool.Max) }),
		one(prometheus.CounterValue, "latchkey_store_pool_waits_total", "Callers that had to wait for a connection.", func(s sqlstore.Stats) float64 { return float64(s.Engine.Pool.Waits) }),
		one(prometheus.CounterValue, "latchkey_store_pool_wait_seconds_total", "Total time that callers waited for a connection.", func(s sqlstore.Stats) float64 { return s.Engine.Pool.Waited.Seconds() }),
	}, each(prometheus.GaugeValue, "latchkey_store_pool_connections", "Connections of the pool, by state.", "state", map[string]statsFunc{
		"in_use": func(s sqlstore.Stats) float64 { return float64(s.Engine.Pool.InUse) },
		"idle":   func(s sqlstore.Stats) float64 { return float64(s.Engine.Pool.Idle) },
	})...)
}

func sweepFigures() []figure {
	return append([]figure{
		one(prometheus.CounterValue, "latchkey_sweep_deleted_rows_total", "Rows that the sweeps of this process deleted.", func(s sqlstore.Stats) float64 { return float64(s.Sweeps.Rows) }),
		one(prometheus.CounterValue, "latchkey_sweep_dropped_partitions_total", "Partitions that the sweeps of this process dropped.", func(s sqlstore.Stats) float64 { return float64(s.Sweeps.Partitions) }),
		one(prometheus.GaugeValue, "latchkey_sweep_last_timestamp_seconds", "When the last successful sweep of this process ended, or 0.", func(s sqlstore.Stats) float64 {
			if s.Sweeps.Last.IsZero() {
				return 0
			}
			return float64(s.Sweeps.Last.UnixMilli()) / 1000
		}),
		one(prometheus.GaugeValue, "latchkey_sweep_last_duration_seconds", "Duration of the last successful sweep.", func(s sqlstore.Stats) float64 { return s.Sweeps.Took.Seconds() }),
	}, each(prometheus.CounterValue, "latchkey_sweeps_total", "Sweeps of this process, by outcome.", "outcome", map[string]statsFunc{
		"ok":     func(s sqlstore.Stats) float64 { return float64(s.Sweeps.Done) },
		"failed": func(s sqlstore.Stats) float64 { return float64(s.Sweeps.Failed) },
	})...)
}
