package provider

import (
	"context"
	"testing"
	"testing/synctest"
)

// However many calls of one key wait, a call of another key is next but one.
func TestTurnsAreFairBetweenKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		if err := turns.take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		var order []string
		wait := func(key string) {
			if err := turns.take(t.Context(), key); err != nil {
				t.Error(err)
				return
			}
			order = append(order, key)
			turns.give()
		}
		for range 50 {
			go wait("a")
		}
		synctest.Wait()
		go wait("b")
		synctest.Wait()
		turns.give()
		synctest.Wait()
		if len(order) != 51 || order[1] != "b" {
			t.Errorf("the order is %q", order)
		}
		if turns.free != 1 || len(turns.waiting) != 0 || len(turns.order) != 0 {
			t.Errorf("left over: %+v", turns)
		}
	})
}

func TestTurnsAreBoundedAndCanBeGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		if err := turns.take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, maxWaiting+1)
		for range maxWaiting + 1 {
			go func() { failed <- turns.take(ctx, "a") }()
		}
		synctest.Wait()
		if len(failed) != 1 {
			t.Errorf("%d calls failed, want 1", len(failed))
		}
		cancel()
		for range maxWaiting + 1 {
			if err := <-failed; err == nil {
				t.Error("a call that was given up got a turn")
			}
		}
		turns.give()
		if turns.free != 1 || len(turns.waiting) != 0 || len(turns.order) != 0 {
			t.Errorf("left over: %+v", turns)
		}
	})
}
