package provider

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 7523 §3, number 7: the jti is remembered for as long as the assertion could be
// accepted, and not for a day longer: a busy client makes millions of them.
func TestUsedAssertionIsKeptUntilItIsNoLongerAccepted(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, lifetime := range []time.Duration{time.Minute, maxClientAssertionTTL, maxAssertionTTL} {
		expires := now.Add(lifetime)
		deleted := usedAssertion("client", "issuer", "jti", expires, now).ExpiresAt.Add(oauth.KeepTicket)
		if accepted := expires.Add(clockLeeway); deleted.Before(accepted.Add(5*time.Minute)) || deleted.After(accepted.Add(time.Hour)) {
			t.Errorf("an assertion that is accepted until %s is forgotten at %s", accepted, deleted)
		}
	}
}
