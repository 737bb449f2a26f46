package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// RateLimit limits how often each client and each person can use an API. It counts in
// the memory of this process. Many goroutines can use it at once, but it must not be copied.
// Its method Wait is for Guard.Limit:
//
//	limit := &resource.RateLimit{Person: resource.Rate{Requests: 100, Per: time.Minute}}
//	guard := resource.Guard{Verifier: verifier, Limit: limit.Wait}
type RateLimit struct {
	// Client is the limit of one client, for all people together.
	Client Rate
	// Person is the limit of one person, for all clients together. A client that uses
	// the API on its own behalf counts as a person.
	Person Rate
	// Clock returns the current time; nil means time.Now.
	Clock func() time.Time

	mu   sync.Mutex
	free map[limited]time.Time
}

// Rate is a number of requests in a period. All of them can be made at once. The zero Rate is no
// limit. In any other one, both fields are positive, and Per is at least a millisecond.
type Rate struct {
	Requests int           // how many requests are accepted in each period
	Per      time.Duration // the length of the period
}

// limited is a client or a person at an authorization server.
type limited struct {
	issuer, name string
	person       bool
}

// maxLimited bounds the clients and people whose requests are counted at one time.
const maxLimited = 100_000

// Wait counts a request. It returns 0 if the request is within the limits, and otherwise
// the time until it would be. Such a request is not counted. Wait panics if a Rate is not valid.
// If Wait is the Limit of a Guard, Guard.Require and the other methods that return middleware
// panic instead, so that the program does not start.
func (l *RateLimit) Wait(_ context.Context, t *Token) time.Duration {
	if err := l.fault(); err != nil {
		panic(err.Error())
	}
	if t == nil { // of checkLimit
		return 0
	}
	client, person := limited{t.Issuer, t.ClientID, false}, limited{t.Issuer, cmp.Or(t.Subject, t.Username, t.ClientID), true}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.Clock != nil {
		now = l.Clock()
	}
	clientFree, clientWait := l.Client.next(l.free[client], now)
	personFree, personWait := l.Person.next(l.free[person], now)
	if wait := max(clientWait, personWait); wait > 0 {
		return wait
	}
	l.set(client, clientFree, now)
	l.set(person, personFree, now)
	return 0
}

// checkLimit panics if limit is the method Wait of a RateLimit with a mistake. Other functions are
// not called, because they count.
func checkLimit(limit func(context.Context, *Token) time.Duration) {
	wait := (*RateLimit)(nil).Wait // every method value Wait has the same code
	if limit != nil && reflect.ValueOf(limit).Pointer() == reflect.ValueOf(wait).Pointer() {
		limit(context.Background(), nil)
	}
}

// fault returns what is wrong with the limits, or nil.
func (l *RateLimit) fault() error {
	if l == nil {
		return errors.New("resource: the RateLimit is nil; set it, or omit Guard.Limit")
	}
	if err := l.Client.fault("Client"); err != nil {
		return err
	}
	return l.Person.fault("Person")
}

// fault returns an error for a Rate that would not limit anything, although it is not zero.
func (r Rate) fault(field string) error {
	switch {
	case r == Rate{}, r.Requests > 0 && r.Per >= time.Millisecond && r.Per >= time.Duration(r.Requests):
		return nil
	case r.Requests <= 0:
		return fmt.Errorf("resource: RateLimit.%s has %d Requests; use a positive number, or the zero Rate for no limit", field, r.Requests)
	case r.Per < time.Millisecond:
		return fmt.Errorf("resource: Per of RateLimit.%s is %s; use a duration of at least 1ms, such as time.Minute, or the zero Rate for no limit", field, r.Per)
	}
	return fmt.Errorf("resource: RateLimit.%s has %d Requests in %s, which is more than one in each nanosecond; use a smaller number", field, r.Requests, r.Per)
}

// next returns the time at which all requests will be free again if one more is made
// now, and how long it must wait. free is the same time before the request.
func (r Rate) next(free, now time.Time) (time.Time, time.Duration) {
	if r.Requests <= 0 || r.Per <= 0 {
		return time.Time{}, 0
	}
	if free.Before(now) {
		free = now
	}
	free = free.Add(r.Per / time.Duration(r.Requests))
	return free, free.Sub(now) - r.Per
}

// set stores a time. To make room it removes expired times, and others if most of them
// are not expired.
func (l *RateLimit) set(key limited, free, now time.Time) {
	if free.IsZero() {
		return
	}
	if _, known := l.free[key]; !known && len(l.free) >= maxLimited {
		for other, at := range l.free {
			if !at.After(now) {
				delete(l.free, other)
			}
		}
		for other := range l.free {
			if len(l.free) < maxLimited*7/8 {
				break
			}
			delete(l.free, other)
		}
	}
	if l.free == nil {
		l.free = make(map[limited]time.Time)
	}
	l.free[key] = free
}
