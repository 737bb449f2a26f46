package account_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// crowd is the number of people in an office whose browsers share an address.
const crowd = 60

// createCrowd creates accounts with Ada's password, and returns their usernames.
func (p *people) createCrowd(t *testing.T, n int) (names []string) {
	t.Helper()
	ada, err := p.Store.UserByName(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprint("person", i)
		u := *ada
		u.ID, u.Username, u.Email = "id-"+name, name, name+"@x.example"
		if err := p.Store.CreateUser(ctx, &u, name, account.Unconditionally); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// together calls f at the same moment n times, and returns the number of calls
// that returned no error, ErrWrongPassword and a *ThrottledError.
func together(t *testing.T, n int, f func(i int) error) (ok, wrong, throttled int) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			err := f(i)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				ok++
			case errors.Is(err, account.ErrWrongPassword):
				wrong++
			case isThrottled(err):
				throttled++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	return ok, wrong, throttled
}

// slowChecks is a Store in which the checks of passwords overlap, because time passes between the
// beginning and the end of each attempt. Use it only in a synctest bubble.
type slowChecks struct{ account.Store }

func (s slowChecks) BeginAttempt(ctx context.Context, limits []account.AttemptLimit, window time.Duration, now time.Time) ([]account.AttemptCount, bool, error) {
	counts, begun, err := s.Store.BeginAttempt(ctx, limits, window, now)
	time.Sleep(30 * time.Millisecond) // in the bubble
	return counts, begun, err
}

// onManyCores returns two servers with eight turns to hash each, which share
// p's Store. Their checks overlap, so it must be called in a synctest bubble.
func (p *people) onManyCores(t *testing.T) [2]*people {
	t.Helper()
	before := runtime.GOMAXPROCS(16)
	defer runtime.GOMAXPROCS(before)
	node := func() *people {
		return &people{Accounts: account.New(account.Config{Store: slowChecks{p.Store}, Mails: p.Mails, Clock: p.Clock, Key: p.Key, InsecurePasswordHashes: p.InsecurePasswordHashes}), now: p.now}
	}
	return [2]*people{node(), node()}
}

func TestPeopleBehindOneAddressLogInAtTheSameMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeople(t)
		names := p.createCrowd(t, crowd)
		nodes := p.onManyCores(t)
		ok, _, _ := together(t, crowd, func(i int) error {
			_, _, err := nodes[i%2].login(names[i], password, "", "192.0.2.1")
			return err
		})
		if ok != crowd {
			t.Errorf("%d of %d people are logged in", ok, crowd)
		}
	})
}

// The places of an account are fewer than the passwords that these servers check
// at once, so that some logins have to wait for a place.
func TestLoginWaitsWhileOthersAreChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := newPeople(t).onManyCores(t)
		ok, _, _ := together(t, 40, func(i int) error {
			_, _, err := nodes[i%2].login("ada", password, "", "192.0.2.1")
			return err
		})
		if ok != 40 {
			t.Errorf("%d of 40 logins succeeded", ok)
		}
		for i, want := range []error{account.ErrWrongPassword, nil} {
			if _, _, err := nodes[i].login("ada", []string{"guess", password}[i], "", "192.0.2.1"); !errors.Is(err, want) {
				t.Errorf("login %d afterwards: %v", i+1, err)
			}
		}
	})
}

func TestParallelGuessesDoNotExceedTheLimits(t *testing.T) {
	for name, c := range map[string]struct {
		account func(i int) string
		address func(i int) string
		max     int
	}{
		"of an account and an address": {func(int) string { return "ada" }, func(int) string { return "192.0.2.1" }, 10},
		"of an address":                {func(i int) string { return fmt.Sprint("somebody", i) }, func(int) string { return "192.0.2.1" }, 30},
		"of an account":                {func(int) string { return "ada" }, address, 50},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nodes := newPeople(t).onManyCores(t)
				_, wrong, throttled := together(t, 80, func(i int) error {
					return nodes[i%2].guess(1, c.account(i), "", c.address(i))
				})
				if wrong != c.max || throttled != 80-c.max {
					t.Errorf("%d guesses were checked and %d rejected, want %d and %d", wrong, throttled, c.max, 80-c.max)
				}
			})
		})
	}
}

func TestPeopleBehindOneAddressResetTheirPasswordsAtTheSameMoment(t *testing.T) {
	p := newPeople(t)
	names := p.createCrowd(t, crowd)
	if ok, _, _ := together(t, crowd, func(i int) error { return p.RequestReset(ctx, names[i], visitor, account.Return{}) }); ok != crowd {
		t.Errorf("%d of %d requests were accepted", ok, crowd)
	}
	if letters := p.letters(t); len(letters) != crowd {
		t.Errorf("%d letters wait, want %d", len(letters), crowd)
	}
}

func TestPeopleBehindOneAddressSignUpAtTheSameMoment(t *testing.T) {
	p := newPeople(t)
	const class = 20
	ok, _, _ := together(t, class, func(i int) error {
		u, err := p.SignUp(ctx, account.NewUser{Username: fmt.Sprint("person", i), Email: fmt.Sprintf("p%d@x.example", i), Password: password}, clientAddress)
		if err == nil {
			err = p.RequestVerification(ctx, u, visitor)
		}
		return err
	})
	if ok != class {
		t.Errorf("%d of %d people have an account", ok, class)
	}
}

func TestMistakesInTheSignUpFormDoNotCount(t *testing.T) {
	p := newPeople(t)
	for range 100 {
		if _, err := p.SignUp(ctx, account.NewUser{Username: "bob", Password: "short"}, clientAddress); err == nil || isThrottled(err) {
			t.Fatal(err)
		}
	}
	if _, err := p.SignUp(ctx, account.NewUser{Username: "bob", Password: password}, clientAddress); err != nil {
		t.Error(err)
	}
}

func TestCurrentPasswordCountsOnlyIfItIsWrong(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	change := func(password string) error {
		profile, err := bob.Profile()
		if err != nil {
			t.Fatal(err)
		}
		profile.Email, profile.CurrentPassword = "x"+profile.Email, password
		return p.ChangeProfile(ctx, bob, profile)
	}
	for i := range 12 {
		if err := change(password); err != nil {
			t.Fatalf("change %d: %v", i+1, err)
		}
	}
	for range 10 {
		if err := change("wrong"); err == nil || isThrottled(err) {
			t.Fatal(err)
		}
	}
	if err := change(password); !isThrottled(err) {
		t.Errorf("after 10 wrong passwords: %v", err)
	}
}

// However many guesses of an attacker wait, a login from another address waits for
// at most one of them.
func TestGuessesOfOneAddressDoNotDelayLoginsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.GOMAXPROCS(1)
		p := newPeople(t)
		runtime.GOMAXPROCS(before)
		var all sync.WaitGroup
		login := func(name, address string) { all.Go(func() { _, _, _ = p.login(name, password, "", address) }) }
		store := &blockedStore{Store: p.Store, free: make(chan struct{})}
		p.Store = store
		for i := range 20 {
			login(fmt.Sprint("somebody", i), "192.0.2.1")
		}
		synctest.Wait()
		login("ada", "198.51.100.1")
		synctest.Wait()
		close(store.free)
		all.Wait()
		if order := store.begun; len(order) != 21 || order[1] != order[0] || order[2] == order[0] {
			t.Errorf("the order is %q", order)
		}
	})
}
