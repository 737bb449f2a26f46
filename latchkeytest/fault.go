package latchkeytest

import (
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/mock"
	"github.com/seed-e6a88a41/latchkey/internal/web"
)

// A Fault makes requests fail, or answers them late. At least one of Delay, Status,
// LoseResponse and Twice is set.
type Fault struct {
	// Path is the end of the paths to which the fault applies, such as "token",
	// "introspect" or ".well-known/jwks.json". The empty Path is every path.
	Path string
	// Times is how many requests have the fault. 0 means all, until it is removed.
	Times int
	// Delay is how long the request waits before it is served.
	Delay time.Duration
	// Status, such as 503, is sent instead of the response. The request has no effect.
	Status int
	// LoseResponse closes the connection after the request was carried out, but before
	// its response is sent. The client does not know whether its code or refresh token
	// was used.
	LoseResponse bool
	// Twice carries out the request twice and sends the second response, as if another
	// process of the program had sent the same request just before. Use it for
	// refreshes that happen at the same time.
	Twice bool
}

// Break adds a fault and returns a function that removes it. The first fault that was
// added for the path of a request applies to it. A fault without an effect ends the test.
//
// The test fails when it ends if no request matched a fault that has Times, or whose Path is not
// the end of any endpoint: the path is probably misspelt. A fault without Times can show that a
// program sends no request.
func (p *Provider) Break(f Fault) (repair func()) {
	p.t.Helper()
	if err := mock.Fault(f).Check(); err != nil {
		p.t.Fatalf("latchkeytest: Break: %v", err)
	}
	repair, used := p.faults.Add(mock.Fault(f))
	p.t.Cleanup(func() {
		p.t.Helper() // a failure names the line of the caller of Break
		known := f.isOfAnEndpoint()
		switch {
		case p.t.Failed() || used() || f.Times == 0 && known:
		case known:
			p.t.Errorf("latchkeytest: Break: no request matched the fault for the path %q. Remove the fault, or make the request before the test ends", f.Path)
		default:
			p.t.Errorf("latchkeytest: Break: no request matched the fault, and no endpoint of the provider ends with the path %q. Use a path such as \"token\" or \"introspect\"", f.Path)
		}
	})
	return repair
}

// isOfAnEndpoint reports whether the path of an endpoint of the provider ends with the Path.
func (f Fault) isOfAnEndpoint() bool {
	applications, people := web.Endpoints()
	for _, e := range append(applications, people...) {
		if mock.Fault(f).Matches(e.Path) {
			return true
		}
	}
	return false
}

// RotateKeys replaces the signing keys: the next token is signed with a key that no
// client has fetched yet. It moves the clock forward by three seconds, in which the
// new keys are published and do not sign. A resource.JWT whose Clock is p.Now fetches keys at
// most every 30 seconds: call p.Advance(31*time.Second) afterwards, or it refuses the next token.
func (p *Provider) RotateKeys() {
	p.t.Helper()
	if err := mock.RotateKeys(p.t.Context(), p.Server.Keys(), p.clock); err != nil {
		p.t.Fatalf("latchkeytest: RotateKeys: %v", err)
	}
}
