package ops

import (
	"context"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Metrics counts requests and events for Prometheus. Its methods Request and
// Event are the callbacks of latchkey.Options. docs/how-to/observe.md describes
// every metric.
type Metrics struct {
	registry *prometheus.Registry
	requests cache[requestLabels, prometheus.Observer]
	events   cache[oauth.Event, prometheus.Counter]
}

// requestLabels are the labels of the histogram of requests.
type requestLabels struct {
	route, method string
	status        int
}

// NewMetrics returns metrics that report the version of the program.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "latchkey_http_request_duration_seconds", Help: "Duration of requests by route, method and status.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})
	m.registry.MustRegister(
		requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "latchkey_build_info", Help: "Always 1; the label is the version.", ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }),
	)
	m.requests.find = func(l requestLabels) prometheus.Observer {
		return requests.WithLabelValues(l.route, l.method, strconv.Itoa(l.status))
	}
	counters := make(map[string]func(oauth.Event) prometheus.Counter)
	for _, c := range eventCounters() {
		counters[c.event] = c.register(m.registry)
	}
	m.events.find = func(e oauth.Event) prometheus.Counter { return counters[e.Name](e) }
	return m
}

// Event counts an event.
func (m *Metrics) Event(_ context.Context, e oauth.Event) { m.events.get(e.Labels()).Inc() }

// Request counts a request and its duration.
func (m *Metrics) Request(_ context.Context, r latchkey.Request) {
	m.requests.get(requestLabels{r.Route, r.Method, r.Status}).Observe(r.Duration.Seconds())
}

// cache keeps the series of a metric by their labels. A lookup here neither
// hashes label names nor allocates.
type cache[K comparable, S any] struct {
	find   func(K) S
	mu     sync.RWMutex
	series map[K]S
}

func (c *cache[K, S]) get(key K) S {
	c.mu.RLock()
	one, known := c.series[key]
	c.mu.RUnlock()
	if known {
		return one
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.series == nil {
		c.series = make(map[K]S)
	}
	c.series[key] = c.find(key)
	return c.series[key]
}
