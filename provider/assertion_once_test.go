package provider_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestAssertionIsUsedOnce: RFC 7523 §3, number 7.
func TestAssertionIsUsedOnce(t *testing.T) {
	h := newHouse(t, nil)
	expires := h.now.Add(time.Minute)
	for _, use := range []struct {
		name, clientID, issuer, jti string
		expires                     time.Time
		first                       bool
	}{
		{"the first use", "client", "issuer", "1", expires, true},
		{"the second use", "client", "issuer", "1", expires, false},
		{"by another client", "other", "issuer", "1", expires, false},
		{"with another jti", "client", "issuer", "2", expires, true},
		{"of another issuer", "client", "other", "1", expires, true},
		{"with other names of the same length", "client", "issue", "r1", expires, true},
		{"of the longest lifetime", "client", "issuer", strings.Repeat("j", 256), h.now.Add(24*time.Hour + time.Minute), true},
	} {
		first, err := provider.FirstUse(ctx, h.Provider, use.clientID, use.issuer, use.jti, use.expires)
		if err != nil || first != use.first {
			t.Errorf("%s: first is %v, %v", use.name, first, err)
		}
	}
	h.pass(2*time.Minute - time.Millisecond) // within the leeway, in which the assertion is still accepted
	if first, err := provider.FirstUse(ctx, h.Provider, "client", "issuer", "1", expires); err != nil || first {
		t.Errorf("just before it is forgotten: first is %v, %v", first, err)
	}
}

func TestOneOfManyConcurrentUsesOfAnAssertionIsTheFirst(t *testing.T) {
	h := newHouse(t, nil)
	expires := h.now.Add(time.Minute)
	var uses sync.WaitGroup
	var first atomic.Int32
	for range 64 {
		uses.Go(func() {
			switch ok, err := provider.FirstUse(ctx, h.Provider, "client", "issuer", "1", expires); {
			case err != nil:
				t.Error(err)
			case ok:
				first.Add(1)
			}
		})
	}
	uses.Wait()
	if n := first.Load(); n != 1 {
		t.Errorf("%d uses were the first", n)
	}
}

// TestUncheckedAssertionIsNotUsed: these bounds keep the tickets in partitions
// that exist, and the caller must have checked them.
func TestUncheckedAssertionIsNotUsed(t *testing.T) {
	h := newHouse(t, nil)
	for name, use := range map[string]struct {
		jti      string
		lifetime time.Duration
	}{
		"without a jti":       {"", time.Minute},
		"with a long jti":     {strings.Repeat("j", 257), time.Minute},
		"that lives too long": {"1", 25 * time.Hour},
	} {
		if first, err := provider.FirstUse(ctx, h.Provider, "client", "issuer", use.jti, h.now.Add(use.lifetime)); err == nil || first {
			t.Errorf("%s: first is %v, %v", name, first, err)
		}
	}
}
