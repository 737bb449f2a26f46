package audit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// limits bound how many records of one kind people and applications can cause. Nothing limits
// the records of changes by administrators, owners, commands, the host program and the server.
type limits struct {
	mu     *sync.Mutex
	of     map[limitKey]*window
	people map[limitKey]int64 // records of people who are logged in
	minute time.Time          // when the windows began
}

// limitKey identifies the events with a name and an outcome from one network or of one person.
// Without either, it identifies those from all networks.
type limitKey struct {
	event, outcome, person string
	network                netip.Prefix
	unknown                bool // the address is unknown
}

// ofAll reports whether the key is for all networks.
func (k limitKey) ofAll() bool { return !k.network.IsValid() && !k.unknown }

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
func limited(by actor, event string) bool {
	switch by.kind {
	case "":
		return true
	case ActorPerson, ActorApplication: // anybody can know the client_id of a public client
		return !isChange(event) && by.category != oauth.CategoryAdministration || event == oauth.EventPermissionDenied
	}
	return false
}

// admit reports whether the record of an event is stored, and how many similar events were
// not stored before.
func (l *limits) admit(by actor, e oauth.Event, now time.Time) (missed int64, admitted bool) {
	if !limited(by, e.Name) {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.minute) >= time.Minute || now.Before(l.minute) {
		l.minute = now
		clear(l.people)
		for key, w := range l.of {
			if w.recorded = 0; w.missed == 0 || !key.ofAll() {
				delete(l.of, key)
			}
		}
	}
	all := l.window(limitKey{event: e.Name, outcome: e.Outcome})
	if by.kind == ActorPerson && !l.ofPerson(by.id, e) || by.kind != ActorPerson && !l.ofNetwork(e, all) {
		all.missed++
		return 0, false
	}
	missed, all.missed = all.missed, 0
	return missed, true
}

// ofNetwork counts a record of a caller who is not logged in. The limit of all networks is
// checked first: otherwise, a caller with many networks could use up all windows.
func (l *limits) ofNetwork(e oauth.Event, all *window) bool {
	if all.recorded >= mostOfAll {
		return false
	}
	network, known := networkOf(e.Address)
	own := l.window(limitKey{event: e.Name, outcome: e.Outcome, network: network, unknown: !known})
	if own == nil || own.recorded >= mostOfNetwork {
		return false
	}
	own.recorded++
	all.recorded++
	return true
}

// ofPerson counts a record of a person who is logged in. If there are too many people, the
// record is stored.
func (l *limits) ofPerson(person string, e oauth.Event) bool {
	key := limitKey{event: e.Name, outcome: e.Outcome, person: person}
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
		if len(l.of) >= mostNetworks && !key.ofAll() {
			return nil
		}
		w = new(window)
		l.of[key] = w
	}
	return w
}

// networkOf returns the network of an address, if it is known. One person can have all
// addresses of a network.
func networkOf(a netip.Addr) (network netip.Prefix, known bool) {
	bits := 32
	if a = a.Unmap(); a.Is6() {
		bits = 64
	}
	network, err := a.WithZone("").Prefix(bits)
	return network, err == nil && network.IsValid()
}
