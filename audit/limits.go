package audit

import (
	"net/netip"
	"sync"
	"time"
)

// limits bound how many records of one kind people who are not authenticated can cause.
type limits struct {
	mu     *sync.Mutex
	of     map[limitKey]*window
	minute time.Time // when the windows began
}

// limitKey is an event with an outcome from one network, or from all networks.
type limitKey struct{ event, outcome, network string }

type window struct{ recorded, missed int64 }

const (
	mostOfNetwork = 20  // records per minute of one event with one outcome from one network
	mostOfAll     = 200 // records per minute of one event with one outcome
	mostNetworks  = 10_000
)

func newLimits() limits { return limits{mu: new(sync.Mutex), of: make(map[limitKey]*window)} }

// admit reports whether the record is stored. It sets Repeated to the number of similar
// records that were not stored before.
func (l *limits) admit(r *Record, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.minute) >= time.Minute || now.Before(l.minute) {
		l.minute = now
		for key, w := range l.of {
			if w.recorded = 0; w.missed == 0 || key.network != "" {
				delete(l.of, key)
			}
		}
	}
	all, own := l.window(limitKey{r.Event, r.Outcome, ""}), l.window(limitKey{r.Event, r.Outcome, networkOf(r.Origin.Address)})
	if own == nil || own.recorded >= mostOfNetwork || all.recorded >= mostOfAll {
		all.missed++
		return false
	}
	own.recorded++
	all.recorded++
	r.Repeated, all.missed = all.missed, 0
	return true
}

// window returns a window, or nil if there are too many networks.
func (l *limits) window(key limitKey) *window {
	w := l.of[key]
	if w == nil {
		if len(l.of) >= mostNetworks && key.network != "" {
			return nil
		}
		w = new(window)
		l.of[key] = w
	}
	return w
}

// networkOf returns the network of an address. One person can have all addresses of a network.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	bits := 32
	if a = a.Unmap(); a.Is6() {
		bits = 64
	}
	prefix, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
