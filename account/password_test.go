package account

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
)

func TestWaitingForATurnToHashEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(Config{})
		for range maxHashes() {
			if err := a.takeHashTurn(t.Context(), "somebody"); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err = a.hashPassword(ctx, "", "correct horse battery staple")
		}()
		synctest.Wait() // until the goroutine waits for a turn
		cancel()
		<-done
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if err := a.takeHashTurn(ctx, ""); !errors.Is(err, ErrUnavailable) {
			t.Errorf("with a canceled context: %v", err)
		}
	})
}

func TestHashingUsesAtMostHalfOfTheCores(t *testing.T) {
	for cores, want := range map[int]int{1: 1, 2: 1, 8: 4} {
		before := runtime.GOMAXPROCS(cores)
		got := maxHashes()
		runtime.GOMAXPROCS(before)
		if got != want {
			t.Errorf("with %d cores, %d passwords are hashed at the same time, want %d", cores, got, want)
		}
	}
}

// The dummy hash must cost as much as a real one; otherwise the response time
// would reveal whether an account exists.
func TestDummyHashHasTheSameParametersAsRealHashes(t *testing.T) {
	ok, outdated, err := New(Config{}).verifyPassword("", "")
	if ok || outdated || err != nil {
		t.Errorf("got %v, %v, %v", ok, outdated, err)
	}
}

func TestGeneratedPasswordsAreUniqueAndAcceptable(t *testing.T) {
	seen := make(map[string]bool)
	for range 100 {
		p := GeneratePassword()
		if len(p) != 29 || seen[p] || CheckPassword(p, "ada") != nil {
			t.Errorf("got %q", p)
		}
		seen[p] = true
	}
}

// TestKeyOfAWrongLengthIsAnError, because every password would match a hash with an empty key.
func TestKeyOfAWrongLengthIsAnError(t *testing.T) {
	for _, length := range []int{0, 31, 33} {
		a := New(Config{PasswordKey: func([]byte, []byte, uint32, uint32, uint8, uint32) []byte { return make([]byte, length) }})
		if phc, err := a.hashPassword(t.Context(), "", "correct horse battery staple"); phc != "" || !errors.Is(err, ErrUnavailable) {
			t.Errorf("%d bytes: the hash %q, %v", length, phc, err)
		}
		for _, key := range [][]byte{{}, make([]byte, 32)} {
			if ok, _, err := a.verifyPassword(passwordHash(a.hashCost(), make([]byte, 16), key), "anything"); ok || !errors.Is(err, ErrUnavailable) {
				t.Errorf("%d bytes: the password matches the key %x: %t, %v", length, key, ok, err)
			}
		}
	}
}
