package provider

import (
	"net/netip"
	"sync"
	"time"
)

// A network address can try maxGuesses wrong secrets of a client at once, and
// then one more each guessInterval.
const (
	maxGuesses    = 10
	guessInterval = time.Minute
	// maxGuessers bounds the memory of guesses.
	maxGuessers = 50_000
)

// A guesser is a network address that tries secrets of a client. All addresses of
// an IPv6 /64 are one, because one person can use all of them.
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

// guesses counts wrong secrets by guesser. Each process counts for itself.
type guesses struct {
	mu     sync.Mutex
	counts map[guesser]guessCount
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

// wait returns how long the guesser must wait before the next attempt, or 0.
func (g *guesses) wait(who guesser, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	count := g.counts[who].later(now)
	if count.n < maxGuesses {
		return 0
	}
	return count.at.Add(guessInterval).Sub(now)
}

// add counts a wrong secret.
func (g *guesses) add(who guesser, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
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
