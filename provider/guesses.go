package provider

import (
	"net/netip"
	"sync"
	"time"
)

// A guesser can try maxGuesses wrong secrets at once, and then one more each
// guessInterval.
const (
	maxGuesses    = 10
	guessInterval = time.Minute
	// maxGuessers bounds the memory of guesses.
	maxGuessers = 50_000
)

// A guesser is a network address that tries secrets of a client, or a person who
// tries user codes, whose subject is in clientID. All addresses of an IPv6 /64 are
// one, because one person can use all of them.
type guesser struct {
	clientID string
	network  netip.Prefix
}

func newGuesser(clientID string, addr netip.Addr) guesser {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		network = netip.Prefix{} // an unknown address
	}
	return guesser{clientID, network}
}

// guesses counts wrong secrets by guesser. Each process counts for itself. A secret
// that is being checked reserves a place until the result is known, so that
// parallel guesses cannot exceed the limit.
type guesses struct {
	mu     sync.Mutex
	counts map[guesser]guessCount
	open   map[guesser]int // secrets that are being checked
	ended  chan struct{}   // closed and replaced when one of them has been checked
}

func (g *guesses) init() {
	g.counts, g.open, g.ended = make(map[guesser]guessCount), make(map[guesser]int), make(chan struct{})
}

// begin reserves a place for a secret that will be checked. If wrong secrets have
// reached the limit, it returns how long the guesser must wait. If the limit is
// reached only together with the secrets that are being checked, it returns a
// channel that is closed when one of them has been checked.
func (g *guesses) begin(who guesser, now time.Time) (wait time.Duration, retry <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	count := g.counts[who].later(now)
	switch {
	case count.n >= maxGuesses:
		return count.wait(now), nil
	case count.n+g.open[who] >= maxGuesses:
		return 0, g.ended
	}
	g.open[who]++
	return 0, nil
}

// end frees a place, and counts a wrong secret.
func (g *guesses) end(who guesser, now time.Time, wrong bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[who]--; g.open[who] == 0 {
		delete(g.open, who)
	}
	if wrong {
		g.add(who, now)
	}
	close(g.ended)
	g.ended = make(chan struct{})
}

// check counts a guess that takes no time to check, unless it is right. If wrong
// secrets have reached the limit, it returns how long the guesser must wait, and
// does not call right.
func (g *guesses) check(who guesser, now time.Time, right func() bool) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	count := g.counts[who].later(now)
	switch {
	case count.n >= maxGuesses:
		return count.wait(now)
	case count.n+g.open[who] >= maxGuesses:
		return guessInterval
	case !right():
		g.add(who, now)
	}
	return 0
}

// guessCount is the number of wrong secrets at a time. It decreases by one each
// guessInterval.
type guessCount struct {
	n  int
	at time.Time
}

// later returns the count at a later time.
func (c guessCount) later(now time.Time) guessCount {
	passed := now.Sub(c.at) / guessInterval
	if passed >= time.Duration(c.n) {
		return guessCount{0, now}
	}
	return guessCount{c.n - int(passed), c.at.Add(passed * guessInterval)}
}

// wait returns how long a guesser with this count must wait before the next
// attempt, or 0.
func (c guessCount) wait(now time.Time) time.Duration {
	if c.n < maxGuesses {
		return 0
	}
	return c.at.Add(guessInterval).Sub(now)
}

// wait returns how long the guesser must wait before the next attempt, or 0.
func (g *guesses) wait(who guesser, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts[who].later(now).wait(now)
}

// add counts a wrong secret.
func (g *guesses) add(who guesser, now time.Time) {
	count, exists := g.counts[who]
	if !exists && len(g.counts) >= maxGuessers {
		g.shrink(now)
	}
	count = count.later(now)
	count.n++
	g.counts[who] = count
}

// shrink removes the counts that are zero by now or, if they are few, half of
// all.
func (g *guesses) shrink(now time.Time) {
	for who, count := range g.counts {
		if count.later(now).n == 0 {
			delete(g.counts, who)
		}
	}
	for who := range g.counts {
		if len(g.counts) <= maxGuessers/2 {
			return
		}
		delete(g.counts, who)
	}
}
