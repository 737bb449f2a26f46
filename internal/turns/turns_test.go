package turns

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// However many calls of one key wait, a call of another key waits for at most one
// of them.
func TestTurnsAreFairBetweenKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(1, 64)
		if err := turns.Take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		var order []string
		wait := func(key string) {
			if err := turns.Take(t.Context(), key); err != nil {
				t.Error(err)
				return
			}
			order = append(order, key)
			turns.Give()
		}
		for range 50 {
			go wait("a")
		}
		synctest.Wait()
		go wait("b")
		synctest.Wait()
		turns.Give()
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
		turns := New(1, 64)
		if err := turns.Take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 64+1)
		for range 64 + 1 {
			go func() { failed <- turns.Take(ctx, "a") }()
		}
		synctest.Wait()
		if len(failed) != 1 {
			t.Errorf("%d calls failed, want 1", len(failed))
		}
		cancel()
		for range 64 + 1 {
			if err := <-failed; !errors.Is(err, ErrBusy) {
				t.Errorf("a call that was given up: %v", err)
			}
		}
		turns.Give()
		if turns.free != 1 || len(turns.waiting) != 0 || len(turns.order) != 0 {
			t.Errorf("left over: %+v", turns)
		}
	})
}
