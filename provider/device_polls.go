package provider

import (
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// slowDownStep is added to the interval of a device that polls too often, and
	// to all its later intervals (RFC 8628 §3.5), up to maxPollInterval.
	slowDownStep    = 5 * time.Second
	maxPollInterval = time.Minute
	// repeatWindow is for how long a device can repeat a poll, once. Until
	// golang.org/x/oauth2 knows how its client authenticates, it sends every
	// request again in another form.
	repeatWindow = time.Second
	// maxPolls bounds the memory of devicePolls.
	maxPolls = 50_000
)

// devicePolls has the times at which devices polled, by the proof of their device code.
// Each process has its own: with several processes a device can poll
// more often. A device that was forgotten can poll at once.
type devicePolls struct {
	interval time.Duration
	mu       sync.Mutex
	polls    map[oauth.Hash]devicePoll
}

type devicePoll struct {
	at       time.Time // of the last answer
	repeated bool      // the poll was repeated
	interval time.Duration
	expires  time.Time
}

func (d *devicePolls) init(interval time.Duration) {
	d.interval, d.polls = interval, make(map[oauth.Hash]devicePoll)
}

// passed reports whether the interval has passed. A tenth of it is tolerated,
// because requests do not all take the same time.
func (p devicePoll) passed(now time.Time) bool {
	return now.Sub(p.at) >= p.interval-p.interval/10
}

// tooSoon reports whether a device polls before its interval has passed, and
// then makes the interval longer.
func (d *devicePolls) tooSoon(proof oauth.Hash, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	poll, polled := d.polls[proof]
	switch {
	case !polled || poll.passed(now):
		return false
	case !poll.repeated && now.Sub(poll.at) < repeatWindow:
		poll.repeated = true
		d.polls[proof] = poll
		return false
	}
	poll.interval = min(poll.interval+slowDownStep, max(maxPollInterval, d.interval))
	d.polls[proof] = poll
	return true
}

// answered records a device that has to wait. Only devices that have a
// valid device code are recorded.
func (d *devicePolls) answered(proof oauth.Hash, now, expires time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	poll, polled := d.polls[proof]
	if !polled {
		if len(d.polls) >= maxPolls {
			d.shrink(now)
		}
		poll.interval = d.interval
	}
	if !poll.passed(now) {
		return // a repeated poll
	}
	poll.at, poll.repeated, poll.expires = now, false, expires
	d.polls[proof] = poll
}

// shrink removes the devices whose code has expired or, if they are few, half of
// all.
func (d *devicePolls) shrink(now time.Time) {
	for proof, poll := range d.polls {
		if !poll.expires.After(now) {
			delete(d.polls, proof)
		}
	}
	for proof := range d.polls {
		if len(d.polls) <= maxPolls/2 {
			return
		}
		delete(d.polls, proof)
	}
}
