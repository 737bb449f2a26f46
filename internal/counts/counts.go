// Package counts counts events for the charts of the back office: by hour for two days, and
// by day for 400 days.
//
// A request only adds to a number in memory. Every ten seconds, each process adds its
// numbers to those in the Store with one statement, so the charts show all processes.
package counts

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config configures a Counter.
type Config struct {
	Store  oauth.TallyStore
	Clock  func() time.Time
	Logger *slog.Logger
}

// Counter counts events. Use New.
type Counter struct {
	Config
	mu     sync.RWMutex
	events map[label]*atomic.Int64 // nil if the event is not counted
	series map[string]*atomic.Int64
	// latencies are the numbers for the latencyBounds, and for what is slower.
	latencies [len(latencyBounds) + 1]*atomic.Int64

	flushing sync.Mutex
	sized    time.Time // when the sizes of the tables were last stored
}

// label is the part of an event on which its series depends.
type label struct{ name, kind, outcome, reason, target string }

// New returns a Counter that has counted nothing.
func New(c Config) *Counter {
	counter := &Counter{Config: c, events: make(map[label]*atomic.Int64), series: make(map[string]*atomic.Int64)}
	for i := range counter.latencies {
		counter.latencies[i] = counter.named(latencySeries(i))
	}
	return counter
}

// most is the maximum number of series. Each is stored twice, by hour and by day.
const most = oauth.MostTallies / 2

// OnEvent counts an event. It never waits for the Store.
func (c *Counter) OnEvent(_ context.Context, e oauth.Event) {
	of := label{e.Name, e.Kind, e.Outcome, e.Reason, ""}
	if e.Name == oauth.EventWebhook {
		of.target = e.Target // the name of a webhook in the settings
	}
	c.mu.RLock()
	n, known := c.events[of]
	c.mu.RUnlock()
	if !known {
		n = c.learn(of, e)
	}
	if n != nil {
		n.Add(1)
	}
}

// learn finds the number for events that have not happened before, or nil. No label
// contains a text that a client has sent, so there are few.
func (c *Counter) learn(of label, e oauth.Event) *atomic.Int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var n *atomic.Int64
	if series := seriesOf(e); series != "" {
		n = c.named(series)
	}
	if len(c.events) < 4*most {
		c.events[of] = n
	}
	return n
}

// named returns the number of a series, or nil if there are too many. The caller has locked
// mu, except in New.
func (c *Counter) named(series string) *atomic.Int64 {
	n := c.series[series]
	if n == nil && len(c.series) < most {
		n = new(atomic.Int64)
		c.series[series] = n
	}
	return n
}

// TokenTook counts a token request by its duration.
func (c *Counter) TokenTook(d time.Duration) {
	i := 0
	for i < len(latencyBounds) && d > latencyBounds[i] {
		i++
	}
	c.latencies[i].Add(1)
}
