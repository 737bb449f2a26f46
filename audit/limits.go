package audit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// limits bound how many records of one kind people and applications can cause. Nothing limits
// the records of changes by administrators, commands, the host program and the server.
type limits struct {
	mu     *sync.Mutex
	of     map[limitKey]*window
	people map[limitKey]int64 // records of people who are logged in
	minute time.Time          // when the windows began
}

// limitKey is an event with an outcome from one network or person, or from all networks.
type limitKey struct{ event, outcome, network string }

type window struct{ recorded, missed int64 }

const (
	mostOfNetwork = 20  // records per minute of one event with one outcome from one network
	mostOfAll     = 200 // records per minute of one event with one outcome
	mostNetworks  = 10_000
	mostOfPerson  = 60 // records per minute of one event with one outcome by one person
	mostPeople    = 100_000
)

func newLimits() limits {
	return limits{mu: new(sync.Mutex), of: make(map[limitKey]*window), people: make(map[limitKey]int64)}
}

// limited reports whether the number of such records is limited.
func limited(r *Record) bool {
	switch r.ActorKind {
	case "", ActorApplication: // anybody can know the client_id of a public client
		return true
	case ActorPerson:
		return r.Category != oauth.CategoryAdministration || r.Event == oauth.EventPermissionDenied
	}
	return false
}

// admit reports whether the record is stored. It sets Repeated to the number of similar
// records that were not stored before.
func (l *limits) admit(r *Record, now time.Time) bool {
	if !limited(r) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.minute) >= time.Minute || now.Before(l.minute) {
		l.minute = now
		clear(l.people)
		for key, w := range l.of {
			if w.recorded = 0; w.missed == 0 || key.network != "" {
				delete(l.of, key)
			}
		}
	}
	all := l.window(limitKey{r.Event, r.Outcome, ""})
	if r.ActorKind == ActorPerson && !l.ofPerson(r) || r.ActorKind != ActorPerson && !l.ofNetwork(r, all) {
		all.missed++
		return false
	}
	r.Repeated, all.missed = all.missed, 0
	return true
}

// ofNetwork counts a record of a caller who is not logged in. The limit of all networks is
// checked first: otherwise, a caller with many networks could use up all windows.
func (l *limits) ofNetwork(r *Record, all *window) bool {
	if all.recorded >= mostOfAll {
		return false
	}
	own := l.window(limitKey{r.Event, r.Outcome, networkOf(r.Origin.Address)})
	if own == nil || own.recorded >= mostOfNetwork {
		return false
	}
	own.recorded++
	all.recorded++
	return true
}

// ofPerson counts a record of a person who is logged in. If there are too many people, the
// record is stored.
func (l *limits) ofPerson(r *Record) bool {
	key := limitKey{r.Event, r.Outcome, r.Actor}
	n := l.people[key]
	if n > 0 || len(l.people) < mostPeople {
		l.people[key] = n + 1
	}
	return n < mostOfPerson
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
