package provider

import (
	"sync"
	"time"
)

// registering counts registrations by network address or person, within an hour.
// Each process counts for itself, because a registration stores nothing.
type registering struct {
	mu     sync.Mutex
	counts map[string]registeringCount
}

type registeringCount struct {
	n     int
	until time.Time
}

// count counts a registration. If there were limit of them, it returns how long the
// caller must wait. An empty key and a negative limit mean no limit.
func (r *registering) count(key string, limit int, now time.Time) (wait time.Duration) {
	if key == "" || limit < 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	count, known := r.counts[key]
	if !known || !count.until.After(now) {
		r.makeRoom(now)
		count = registeringCount{until: now.Add(time.Hour)}
	}
	if count.n >= limit {
		return count.until.Sub(now)
	}
	count.n++
	r.counts[key] = count
	return 0
}

// makeRoom removes counts if there are too many: those that have ended, and if that
// is not enough, some others.
func (r *registering) makeRoom(now time.Time) {
	if r.counts == nil {
		r.counts = make(map[string]registeringCount)
	}
	if len(r.counts) < maxGuessers {
		return
	}
	for key, count := range r.counts {
		if !count.until.After(now) {
			delete(r.counts, key)
		}
	}
	for key := range r.counts {
		if len(r.counts) <= maxGuessers/2 {
			return
		}
		delete(r.counts, key)
	}
}
