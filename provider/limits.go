package provider

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// limits bound what a caller without a secret can make this server do. To limit
// something else, add a limiter with its message and its number per hour to init, and
// call take when the work is about to begin:
//
//	if err := s.limits.devices.take(networkOf(ctx), s.now()); err != nil {
//		return nil, err
//	}
//
// Work that is limited and fails counts too, unless take is called after the checks.
// A limit must be high enough for an office or a mobile network, in which thousands of
// people share an address. Its purpose is to bound rows and fetches.
type limits struct{ registrations, documents, devices, pushes, assertions limiter }

func (l *limits) init(s *Settings) {
	l.registrations.init("Too many applications were registered from this network address or by this person.", s.RegistrationLimit)
	l.documents.init("Too many metadata documents of new applications were requested from this network address.", s.RegistrationLimit)
	l.devices.init("Too many devices were started from this network address by applications that have no secret or have just registered.", s.PublicRequestLimit)
	l.assertions.init("Too many assertions were used from this network address by applications that have just registered.", s.PublicRequestLimit)
	l.pushes.init("Too many requests were pushed from this network address by applications that have no secret or have just registered.", s.PublicRequestLimit)
}

// A limiter lets each caller do something up to most times at once, and then at an
// even rate of most times per hour. Each process counts for itself. Its memory is
// bounded: a caller that was forgotten can begin again.
type limiter struct {
	message string
	most    int // if negative, any number
	mu      sync.Mutex
	full    map[string]time.Time // when the caller can again do it most times at once
}

// maxLimited bounds the memory of a limiter.
const maxLimited = 50_000

func (l *limiter) init(message string, most int) {
	l.message, l.most, l.full = message, most, make(map[string]time.Time)
}

// take counts one action of a caller, which is a network or a person. If the caller
// must wait, it returns an error that is answered with 429 and Retry-After. The empty
// key is a caller whose address is not known, and is not limited: otherwise one attacker could
// lock out everybody.
func (l *limiter) take(key string, now time.Time) error {
	if key == "" || l.most < 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	full, known := l.full[key]
	if !known {
		l.makeRoom(now)
	}
	if full.Before(now) {
		full = now
	}
	full = full.Add(time.Hour / time.Duration(max(l.most, 1)))
	if wait := full.Sub(now) - time.Hour; wait > 0 {
		e := oauth.Errorf(oauth.CodeTemporarilyUnavailable, "%s Try again in %s.", l.message, max(wait.Round(time.Second), time.Second)).WithReason("throttled")
		e.RetryAfter = wait
		return e
	}
	l.full[key] = full
	return nil
}

// makeRoom removes callers if there are too many: those that count as new, and if that
// is not enough, some others.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.full) < maxLimited {
		return
	}
	for key, full := range l.full {
		if !full.After(now) {
			delete(l.full, key)
		}
	}
	for key := range l.full {
		if len(l.full) <= maxLimited/2 {
			return
		}
		delete(l.full, key)
	}
}

// networkOf returns the network of a request, or "" if it is not known. All addresses
// of an IPv6 /64 are one network.
func networkOf(ctx context.Context) string {
	network := newGuesser("", addressOf(ctx)).network
	if network == (netip.Prefix{}) {
		return ""
	}
	return network.String()
}

// takeUnlessTrusted counts one action of a client that anyone can claim to be,
// because it has no secret or has just registered itself.
func (l *limiter) takeUnlessTrusted(ctx context.Context, client *oauth.Client, now time.Time) error {
	if client.Type != oauth.Public && !client.Unconfirmed {
		return nil
	}
	return l.take(networkOf(ctx), now)
}
