package oauth_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

type otherKey struct{}

// TestStoreWait: contexts derived from that of a request share its time, and the
// context of a request costs one allocation.
func TestStoreWait(t *testing.T) {
	parent := context.WithValue(t.Context(), otherKey{}, "value")
	ctx := oauth.WithStoreWait(parent)
	derived, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	oauth.AddStoreWait(derived, time.Second)
	oauth.AddStoreWait(parent, time.Second)
	for _, test := range []struct {
		ctx  context.Context
		left time.Duration
	}{{ctx, oauth.MaxStoreWait - time.Second}, {derived, oauth.MaxStoreWait - time.Second}, {parent, oauth.MaxStoreWait}, {oauth.WithStoreWait(ctx), oauth.MaxStoreWait}} {
		if left := oauth.StoreWaitLeft(test.ctx); left != test.left {
			t.Errorf("%s are left, want %s", left, test.left)
		}
		if test.ctx.Value(otherKey{}) != "value" {
			t.Error("a value of the parent is lost")
		}
	}
	oauth.AddStoreWait(ctx, time.Hour)
	if left := oauth.StoreWaitLeft(ctx); left != 0 {
		t.Errorf("after an hour %s are left", left)
	}
	if n := testing.AllocsPerRun(100, func() { _ = oauth.WithStoreWait(parent) }); n > 1 {
		t.Errorf("the context of a request costs %v allocations", n)
	}
}
