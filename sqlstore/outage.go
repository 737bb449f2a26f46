package sqlstore

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxOutages is how many outages are remembered, the latest ones.
const maxOutages = 64

// outages are the times during which the database could not be reached. The zero
// value is ready to use.
type outages struct {
	last atomic.Pointer[outage] // the present one; changed under mu, read by every call
	mu   sync.Mutex
	past []outage // oldest first
}

// longestCall is how long a call may take until it fails. For that long after an
// outage was noticed, another call may still be committed whose answer is lost,
// on a connection that nobody knows to be dead.
const longestCall = 5 * time.Second

type outage struct {
	noticed, ended time.Time
	// writes is true if a write failed. A successful read does not end the outage
	// then.
	writes bool
}

// failed notes a call that failed.
func (o *outages) failed(now time.Time, writes bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := outage{noticed: now, writes: writes}
	if last := o.last.Load(); last != nil {
		next = outage{noticed: last.noticed, writes: last.writes || writes}
	}
	o.last.Store(&next)
}

// answered notes a call that was answered.
func (o *outages) answered(now func() time.Time, wrote bool) {
	if last := o.last.Load(); !last.endsBy(wrote) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.last.Load()
	if !last.endsBy(wrote) {
		return
	}
	if o.past = append(o.past, outage{last.noticed, now(), last.writes}); len(o.past) > maxOutages {
		o.past = slices.Delete(o.past, 0, 1)
	}
	o.last.Store(nil)
}

func (s *outage) endsBy(write bool) bool { return s != nil && (write || !s.writes) }

// Outage returns for how long this process could not reach the database, in the
// outages that it noticed since then, and whether one lasts.
func (s *Store) Outage(since time.Time) (lasted time.Duration, lasts bool) {
	o := &s.outages
	o.mu.Lock()
	defer o.mu.Unlock()
	count := func(noticed, ended time.Time) {
		if late := since.Sub(noticed); late <= longestCall {
			lasted += ended.Sub(noticed) - min(max(late, 0), ended.Sub(noticed))
		}
	}
	for _, past := range o.past {
		count(past.noticed, past.ended)
	}
	last := o.last.Load()
	if last != nil {
		count(last.noticed, s.Clock())
	}
	return lasted, last != nil
}
