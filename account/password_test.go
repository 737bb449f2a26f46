package account

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
)

func TestWaitingToHashEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(Config{})
		for range cap(a.hashing) {
			if _, err := a.slot(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err = a.hash(ctx, "correct horse battery staple")
		}()
		synctest.Wait() // until the request waits for a place
		cancel()
		<-done
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if _, err := a.slot(ctx); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a request that is gone: %v", err)
		}
	})
}

func TestLogInsLeaveHalfOfTheMachineToTokens(t *testing.T) {
	for cores, want := range map[int]int{1: 1, 2: 1, 8: 4} {
		before := runtime.GOMAXPROCS(cores)
		got := cap(New(Config{}).hashing)
		runtime.GOMAXPROCS(before)
		if got != want {
			t.Errorf("%d cores hash %d passwords at a time, want %d", cores, got, want)
		}
	}
}

func TestTheHashOfNobodyCostsWhatAnyOtherDoes(t *testing.T) {
	a := New(Config{})
	ok, outdated, err := a.verify(t.Context(), "", "")
	if ok || outdated || err != nil {
		t.Errorf("R7.5: %v %v %v", ok, outdated, err)
	}
}
