// Package mock contains the code that package latchkeytest and the command latchkey mock
// share: a clock that can be moved, and faults.
package mock

import (
	"sync"
	"time"
)

// A Clock is a clock that tests can move. It never returns the same millisecond twice:
// times are stored to the millisecond, and a test is so fast that a login and the
// revocation before it could otherwise happen at the same time.
type Clock struct {
	mu      sync.Mutex
	base    func() time.Time
	advance time.Duration // of Now and of the provider
	skew    time.Duration // for the provider only
	last    time.Time
}

// NewClock returns a Clock that runs like base.
func NewClock(base func() time.Time) *Clock { return &Clock{base: base} }

// Provider returns the time for the provider.
func (c *Clock) Provider() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.base().Add(c.advance + c.skew)
	if next := c.last.Add(time.Millisecond); now.Before(next) {
		now = next
	}
	c.last = now
	return now
}

// Now returns the time for the program that is tested: without the skew.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.advance)
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance += d
}

// Reset undoes Advance and SetSkew: the clock runs like its base again.
func (c *Clock) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance, c.skew, c.last = 0, 0, time.Time{}
}

// SetSkew sets how far the provider's clock is ahead of Now. It can be negative.
func (c *Clock) SetSkew(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew, c.last = d, time.Time{}
}
