package provider

import (
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Bounds on the calls of Config.CheckPerson.
const (
	personCheckAge     = time.Second     // how long an answer is used
	personCheckTimeout = 5 * time.Second // of a call
	maxPersonChecks    = 10_000          // answers that are kept
)

// peopleChecks keeps the answers of Config.CheckPerson for a second.
type peopleChecks struct {
	calls singleflight.Group // by subject

	mu      sync.Mutex
	answers map[string]personCheck // by subject
}

type personCheck struct {
	name   string
	active bool
	at     time.Time
}

func (c *peopleChecks) answer(subject string, now time.Time) (found personCheck, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, known = c.answers[subject]
	age := now.Sub(found.at)
	return found, known && age >= 0 && age < personCheckAge
}

func (c *peopleChecks) keep(subject string, found personCheck) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil || len(c.answers) >= maxPersonChecks {
		c.answers = make(map[string]personCheck)
	}
	c.answers[subject] = found
}
