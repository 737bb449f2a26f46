package sqlstore

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// mostOutages are remembered: those that a replay window may stand still for
// are few, and recent.
const mostOutages = 64

// outages are the times for which the database could not be reached. The zero
// value works.
type outages struct {
	last atomic.Pointer[span] // the one that lasts; changed under mu, read by every call
	mu   sync.Mutex
	past []span // the oldest first
}

// longestCall is how long a call may take until it fails. So long after an
// outage was noticed another call may still be kept whose answer is lost, on a
// connection of which nobody knew yet that it is dead.
const longestCall = 5 * time.Second

type span struct {
	noticed, ended time.Time
	// writes: one failed. A server that only reads is no end of that.
	writes bool
}

// failed notes a call that failed.
func (o *outages) failed(now time.Time, writes bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := span{noticed: now, writes: writes}
	if last := o.last.Load(); last != nil {
		next = span{noticed: last.noticed, writes: last.writes || writes}
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
	if o.past = append(o.past, span{last.noticed, now(), last.writes}); len(o.past) > mostOutages {
		o.past = slices.Delete(o.past, 0, 1)
	}
	o.last.Store(nil)
}

func (s *span) endsBy(write bool) bool { return s != nil && (write || !s.writes) }

// Outage tells for how long this process could not reach its database, as
// oauth.Store wants it.
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
