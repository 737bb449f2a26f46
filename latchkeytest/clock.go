package latchkeytest

import "time"

// Now returns the time of the test: the real time (or that of Options.Clock), moved by
// Advance. Pass it to the program that is tested as its clock, so that both agree.
func (p *Provider) Now() time.Time { return p.clock.Now() }

// Advance moves the clock of the provider forward, for example until a token has
// expired. A negative duration ends the test.
func (p *Provider) Advance(d time.Duration) {
	p.t.Helper()
	if d < 0 {
		p.t.Fatalf("latchkeytest: Advance: %s is negative, and the clock only moves forward. For a clock that is behind, use SetSkew", d)
	}
	p.clock.Advance(d)
}

// SetSkew makes the clock of the provider differ from Now, as if the clock of one
// machine were wrong. A positive skew means that the provider is ahead: the times in
// its tokens are in the future for the program that is tested.
func (p *Provider) SetSkew(d time.Duration) { p.clock.SetSkew(d) }
