package sqlstore

import (
	"sync/atomic"
	"time"
)

// lull is how long all may go well within one outage: lost connections are
// found one by one.
const lull = time.Second

// outage is the last time for which the database could not be reached. Its
// zero value works.
type outage struct{ last atomic.Pointer[span] }

// span has no end while it lasts.
type span struct {
	noticed, ended time.Time
	// writes: one failed. A server that only reads is no end of that.
	writes bool
}

// on notes that a call failed.
func (o *outage) on(now time.Time, writes bool) {
	for {
		last := o.last.Load()
		next := &span{noticed: now, writes: writes}
		switch {
		case last == nil:
		case last.ended.IsZero():
			if last.writes || !writes {
				return
			}
			next.noticed = last.noticed
		case now.Sub(last.ended) < lull:
			next.noticed = last.noticed
		}
		if o.last.CompareAndSwap(last, next) {
			return
		}
	}
}

// over notes that a call was answered.
func (o *outage) over(now func() time.Time, wrote bool) {
	last := o.last.Load()
	if last != nil && last.ended.IsZero() && (wrote || !last.writes) {
		// If another was faster, it noted the same.
		o.last.CompareAndSwap(last, &span{last.noticed, now(), last.writes})
	}
}

// Outage tells when this process could not reach its database the last time,
// as oauth.Store wants it.
func (s *Store) Outage() (noticed, ended time.Time) {
	if last := s.outage.last.Load(); last != nil {
		return last.noticed, last.ended
	}
	return time.Time{}, time.Time{}
}
