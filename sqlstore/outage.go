package sqlstore

import (
	"sync/atomic"
	"time"
)

const (
	// longestCall is how long a call may take before it fails: an outage that
	// is noticed may have begun so long before.
	longestCall = 5 * time.Second
	// lull is how long all may go well within one outage: lost connections are
	// found one by one.
	lull = time.Second
)

// outage is the last time for which the database could not be reached. Its
// zero value works.
type outage struct{ last atomic.Pointer[span] }

// span has no end while it lasts.
type span struct{ began, ended time.Time }

// on notes that a call failed.
func (o *outage) on(now time.Time) {
	for {
		last := o.last.Load()
		next := &span{began: now.Add(-longestCall)}
		switch {
		case last == nil:
		case last.ended.IsZero():
			return
		case now.Sub(last.ended) < lull:
			next.began = last.began
		}
		if o.last.CompareAndSwap(last, next) {
			return
		}
	}
}

// over notes that a call was answered.
func (o *outage) over(now func() time.Time) {
	last := o.last.Load()
	if last != nil && last.ended.IsZero() {
		// If another was faster, it noted the same.
		o.last.CompareAndSwap(last, &span{last.began, now()})
	}
}

// Outage tells when this process could not reach its database the last time,
// as oauth.Store wants it.
func (s *Store) Outage() (began, ended time.Time) {
	if last := s.outage.last.Load(); last != nil {
		return last.began, last.ended
	}
	return time.Time{}, time.Time{}
}
