package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

func TestGuessesFromOneAddressAreLimitedPerAccount(t *testing.T) {
	p := newPeople(t)
	var (
		throttled *account.ThrottledError
		err       error
	)
	for i := range 12 {
		err = p.guess(1, []string{"ada", "ADA", "Ada"}[i%3], "", "192.0.2.200")
	}
	if !errors.As(err, &throttled) || throttled.RetryAfter > 10*time.Minute {
		t.Errorf("after 12 guesses: %v", err)
	}
	if _, _, err := p.login("ada", password, "", "203.0.113.9"); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

func TestGuessesFromManyAddressesAreLimitedPerAccount(t *testing.T) {
	p := newPeople(t)
	_, device := p.mustLogin(t, "ada", "192.0.2.1")
	p.create(t, "bob")
	_, bobs := p.mustLogin(t, "bob", "192.0.2.77")
	if err := p.guessFromManyAddresses(60, "ada"); !isThrottled(err) {
		t.Errorf("after 60 guesses: %v", err)
	}
	if _, _, err := p.login("ada", password, device, "203.0.113.1"); err != nil {
		t.Errorf("in a browser with a device cookie: %v", err)
	}
	for name, cookie := range map[string]string{"forged": "x." + strings.Repeat("A", 43), "truncated": device[:20], "someone else's": bobs} {
		if _, _, err := p.login("ada", password, cookie, "203.0.113.2"); !isThrottled(err) {
			t.Errorf("with a %s device cookie: %v", name, err)
		}
	}
	p.now = p.now.Add(10 * time.Minute)
	if _, _, err := p.login("ada", password, "", "203.0.113.3"); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func TestGuessesAreLimitedPerAddress(t *testing.T) {
	p := newPeople(t)
	if err := p.guess(40, "nobody", "", "2001:db8::1"); !isThrottled(err) {
		t.Errorf("for an unknown username: %v", err)
	}
	if err := p.guess(1, "carol", "", "2001:db8::ffff"); !isThrottled(err) {
		t.Errorf("from another address of the same /64: %v", err)
	}
	if err := p.guess(1, "carol", "", "2001:db8:1::1"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("from another network: %v", err)
	}
}

func TestIPv4MappedAddressesAreCountedAsIPv4(t *testing.T) {
	p := newPeople(t)
	for i := range 31 {
		_ = p.guess(1, strings.Repeat("x", i+1), "", "::ffff:192.0.2.1")
	}
	if _, _, err := p.login("ada", password, "", "192.0.2.1"); !isThrottled(err) {
		t.Errorf("from the same address: %v", err)
	}
	if _, _, err := p.login("ada", password, "", "::ffff:192.0.2.2"); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

func TestGuessesFromAnUnknownAddressAreLimitedPerAccount(t *testing.T) {
	p := newPeople(t)
	attempt := account.Attempt{Username: "ada", Password: "guess"}
	for i := range 10 {
		if _, _, err := p.Login(ctx, attempt); !errors.Is(err, account.ErrWrongPassword) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	if _, _, err := p.Login(ctx, attempt); !isThrottled(err) {
		t.Errorf("guess 11: %v", err)
	}
}

func TestEachBrowserWithADeviceCookieHasItsOwnLimit(t *testing.T) {
	p := newPeople(t)
	_, laptop := p.mustLogin(t, "ada", "192.0.2.1")
	_, phone := p.mustLogin(t, "ada", "192.0.2.2")
	if err := p.guess(11, "ada", laptop, "192.0.2.3"); !isThrottled(err) {
		t.Errorf("after 11 guesses: %v", err)
	}
	if _, _, err := p.login("ada", password, laptop, "192.0.2.4"); !isThrottled(err) {
		t.Errorf("from another address: %v", err)
	}
	if _, _, err := p.login("ada", password, phone, "192.0.2.5"); err != nil {
		t.Errorf("another browser with a device cookie: %v", err)
	}
	if _, _, err := p.login("ada", password, "", "192.0.2.6"); err != nil {
		t.Errorf("a new browser: %v", err)
	}
}

func TestDeviceCookieExpires(t *testing.T) {
	p := newPeople(t)
	_, device := p.mustLogin(t, "ada", "192.0.2.1")
	p.now = p.now.Add(366 * 24 * time.Hour)
	if err := p.guessFromManyAddresses(60, "ada"); !isThrottled(err) {
		t.Fatalf("after 60 guesses: %v", err)
	}
	if _, _, err := p.login("ada", password, device, "203.0.113.1"); !isThrottled(err) {
		t.Errorf("after a year: %v", err)
	}
}

func TestLoginResetsTheCountOfEarlierFailures(t *testing.T) {
	p := newPeople(t)
	for range 2 {
		if err := p.guess(9, "ada", "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
			t.Fatal(err)
		}
		p.mustLogin(t, "ada", "192.0.2.1")
	}
}

func TestSuccessfulLoginsAreNotLimited(t *testing.T) {
	p := newPeople(t)
	p.create(t, "bob")
	for i := range 60 { // more than the limits per address and per account
		if _, _, err := p.login([]string{"ada", "bob"}[i%2], password, "", "192.0.2.1"); err != nil {
			t.Fatalf("login %d: %v", i+1, err)
		}
	}
	for i := range 60 {
		if _, _, err := p.login("ada", password, "", address(i)); err != nil {
			t.Fatalf("login %d from another address: %v", i+1, err)
		}
	}
	if err := p.guess(30, "nobody", "", "192.0.2.1"); err == nil {
		t.Fatal("a guess succeeded")
	}
	if _, _, err := p.login("bob", password, "", "192.0.2.1"); !isThrottled(err) {
		t.Errorf("after 30 guesses from the address: %v", err)
	}
}

// An attacker could log in to their own account between two guesses.
func TestLoginDoesNotResetTheCountOfTheAddress(t *testing.T) {
	p := newPeople(t)
	for i := range 30 {
		if _, _, err := p.login("ada", password, "", "192.0.2.1"); err != nil {
			t.Fatalf("after %d guesses: %v", i, err)
		}
		if err := p.guess(1, strings.Repeat("x", i+1), "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	if err := p.guess(1, "somebody", "", "192.0.2.1"); !isThrottled(err) {
		t.Errorf("guess 31: %v", err)
	}
}

func TestManySimultaneousLoginsDoNotLockAnybodyOut(t *testing.T) {
	p := newPeople(t)
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprint("person", i)
		p.create(t, names[i])
	}
	synctest.Test(t, func(t *testing.T) {
		nodes := p.onManyCores(t)
		together(t, len(names), func(i int) error {
			_, _, err := nodes[i%2].login(names[i], password, "", "192.0.2.1")
			return err
		})
	})
	for _, name := range names {
		if _, _, err := p.login(name, password, "", "192.0.2.1"); err != nil {
			t.Fatalf("%s afterwards: %v", name, err)
		}
	}
}

// The owner of an account that others lock tries again and again.
func TestAttemptsThatOthersPreventAreNotCounted(t *testing.T) {
	p := newPeople(t)
	if err := p.guessFromManyAddresses(51, "ada"); !isThrottled(err) {
		t.Fatalf("after 51 guesses: %v", err)
	}
	p.now = p.now.Add(9 * time.Minute)
	for range 40 {
		if _, _, err := p.login("ada", password, "", "203.0.113.1"); !isThrottled(err) {
			t.Fatalf("while the account is locked: %v", err)
		}
	}
	p.now = p.now.Add(time.Minute)
	if _, _, err := p.login("ada", password, "", "203.0.113.1"); err != nil {
		t.Errorf("after the window of the guesses: %v", err)
	}
}
