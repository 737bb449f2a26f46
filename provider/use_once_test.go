package provider_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestTextIsUsedOnce, among any number of callers, for each purpose.
func TestTextIsUsedOnce(t *testing.T) {
	h := newHouse(t, nil)
	expires := h.now.Add(time.Hour)
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if first, err := h.UseOnce(ctx, "state", "text", expires); err != nil {
				t.Error(err)
			} else if first {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d callers were first", won.Load())
	}
	for _, other := range [][2]string{{"state", "other"}, {"logout", "text"}} {
		if first, err := h.UseOnce(ctx, other[0], other[1], expires); err != nil || !first {
			t.Errorf("%v: %t, %v", other, first, err)
		}
	}
	if _, err := h.UseOnce(ctx, "state", "", expires); err == nil {
		t.Error("an empty text is accepted")
	}
}
