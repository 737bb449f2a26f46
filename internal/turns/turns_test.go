package turns

import (
	"context"
	"errors"
	"math"
	"runtime"
	"runtime/debug"
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

// TestComputationsUseHalfOfTheProcessorsAndOfTheMemory that the process may use.
func TestComputationsUseHalfOfTheProcessorsAndTheirShareOfTheMemory(t *testing.T) {
	processors, limit := runtime.GOMAXPROCS(0), debug.SetMemoryLimit(-1)
	defer func() {
		runtime.GOMAXPROCS(processors)
		debug.SetMemoryLimit(limit)
	}()
	for _, test := range []struct {
		processors int
		limit      int64
		want       int
	}{
		{1, math.MaxInt64, 1},
		{2, math.MaxInt64, 1},
		{8, math.MaxInt64, 4},
		{64, math.MaxInt64, 32},
		{64, 400 << 20, 2},
		{2, 400 << 20, 1},
		{64, 64 << 20, 1},
	} {
		runtime.GOMAXPROCS(test.processors)
		debug.SetMemoryLimit(test.limit)
		if got := Passwords.AtOnce(64 << 20); got != test.want {
			t.Errorf("%d processors and %d bytes: %d computations at once, want %d", test.processors, test.limit, got, test.want)
		}
	}
}

// TestMemoryOfAnotherProcessIsNotUsedHere unless there is no limit.
func TestMemoryOfAnotherProcessIsNotUsedHere(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for limit, want := range map[int64]int64{400 << 20: 260 << 20, math.MaxInt64: math.MaxInt64} {
		debug.SetMemoryLimit(limit)
		Passwords.Move()
		if got := debug.SetMemoryLimit(-1); got < want || got > want+want/1000 && want != math.MaxInt64 {
			t.Errorf("of %d bytes, %d are left, want %d", limit, got, want)
		}
	}
}

// TestPasswordsAndSecretsTogetherUseHalfOfTheMemory when all of them are checked at the same time.
func TestPasswordsAndSecretsTogetherUseHalfOfTheMemory(t *testing.T) {
	processors, limit := runtime.GOMAXPROCS(64), debug.SetMemoryLimit(-1)
	defer func() {
		runtime.GOMAXPROCS(processors)
		debug.SetMemoryLimit(limit)
	}()
	for _, size := range []int64{256, 400, 1024, 2048} {
		debug.SetMemoryLimit(size << 20)
		if used := 64*Passwords.AtOnce(64<<20) + 19*Secrets.AtOnce(19<<20); int64(used) > size/2 {
			t.Errorf("with %d MiB: %d MiB", size, used)
		}
	}
}
