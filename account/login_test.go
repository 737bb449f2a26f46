package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey/account"
)

func isThrottled(err error) bool {
	var throttled *account.ThrottledError
	return errors.As(err, &throttled)
}

// guess tries n wrong passwords and gives the last error.
func (p *people) guess(n int, name, device, address string) (err error) {
	for range n {
		_, _, err = p.login(name, "guess", device, address)
	}
	return err
}

func TestAMarkedBrowserHasABrakeOfItsOwn(t *testing.T) {
	p := newPeople(t)
	_, laptop, err := p.login("ada", password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	_, phone, err := p.login("ada", password, "", "192.0.2.2")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.guess(11, "ada", laptop, "192.0.2.3"); !isThrottled(err) {
		t.Errorf("R7.5 eleven guesses in one marked browser: %v", err)
	}
	if _, _, err := p.login("ada", password, laptop, "192.0.2.4"); !isThrottled(err) {
		t.Errorf("from another address: %v", err)
	}
	if _, _, err := p.login("ada", password, phone, "192.0.2.5"); err != nil {
		t.Errorf("another marked browser: %v", err)
	}
	if _, _, err := p.login("ada", password, "", "192.0.2.6"); err != nil {
		t.Errorf("a new browser: %v", err)
	}
}

func TestTheRightPasswordForgetsTheWrongOnes(t *testing.T) {
	p := newPeople(t)
	for range 2 {
		if err := p.guess(9, "ada", "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
			t.Fatal(err)
		}
		if _, _, err := p.login("ada", password, "", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
}

// away is a Store that cannot be reached.
type away struct {
	account.Store
	t *testing.T
}

func (s away) CountAttempt(context.Context, string, time.Duration, time.Time) (int, time.Time, error) {
	return 0, time.Time{}, account.ErrUnavailable
}

func (s away) UncountAttempt(context.Context, ...string) error {
	s.t.Error("it is asked again")
	return account.ErrUnavailable
}

func TestAStoreThatIsAwayIsWaitedForOnce(t *testing.T) {
	p := newPeople(t)
	accounts := account.New(account.Config{Store: away{p.Store, t}, Clock: p.Clock})
	if _, _, err := accounts.Login(ctx, account.Attempt{Username: "ada", Password: password}); !errors.Is(err, account.ErrUnavailable) {
		t.Error(err)
	}
}

func TestRightPasswordsAreNoGuesses(t *testing.T) {
	p := newPeople(t)
	if _, err := p.Create(ctx, account.NewUser{Username: "bob", Password: password}); err != nil {
		t.Fatal(err)
	}
	for i := range 60 { // more than an address may guess, and an account
		if _, _, err := p.login([]string{"ada", "bob"}[i%2], password, "", "192.0.2.1"); err != nil {
			t.Fatalf("log-in %d: %v", i+1, err)
		}
	}
	for i := range 60 {
		if _, _, err := p.login("ada", password, "", netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String()); err != nil {
			t.Fatalf("log-in %d from elsewhere: %v", i+1, err)
		}
	}
	if err := p.guess(30, "nobody", "", "192.0.2.1"); err == nil {
		t.Fatal("a guess was right")
	}
	if _, _, err := p.login("bob", password, "", "192.0.2.1"); !isThrottled(err) {
		t.Errorf("R7.5 after 30 guesses from there: %v", err)
	}
}

func TestACrowdThatComesAtOnceIsHeldUpAndNotShutOut(t *testing.T) {
	p := newPeople(t)
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprint("person", i)
		if _, err := p.Create(ctx, account.NewUser{Username: names[i], Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if _, _, err := p.login(name, password, "", "192.0.2.1"); err != nil && !isThrottled(err) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, name := range names {
		if _, _, err := p.login(name, password, "", "192.0.2.1"); err != nil {
			t.Fatalf("%s afterwards: %v", name, err)
		}
	}
}

func TestARightPasswordTakesBackItselfAlone(t *testing.T) {
	p := newPeople(t)
	for i := range 30 { // a thief logs in to an account of their own between guesses
		if _, _, err := p.login("ada", password, "", "192.0.2.1"); err != nil {
			t.Fatalf("after %d guesses: %v", i, err)
		}
		if err := p.guess(1, strings.Repeat("x", i+1), "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	if err := p.guess(1, "somebody", "", "192.0.2.1"); !isThrottled(err) {
		t.Errorf("R7.5 guess 31: %v", err)
	}
}

func TestEachKindOfAddressIsCountedRightly(t *testing.T) {
	t.Run("R7.5 IPv4 inside IPv6 is no common network", func(t *testing.T) {
		p := newPeople(t)
		for i := range 31 {
			_ = p.guess(1, strings.Repeat("x", i+1), "", "::ffff:192.0.2.1")
		}
		if _, _, err := p.login("ada", password, "", "192.0.2.1"); !isThrottled(err) {
			t.Errorf("the same address: %v", err)
		}
		if _, _, err := p.login("ada", password, "", "::ffff:192.0.2.2"); err != nil {
			t.Errorf("another address: %v", err)
		}
	})
	t.Run("an unknown address counts once", func(t *testing.T) {
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
	})
}

// typed notes the keys that strikes are counted under.
type typed struct {
	account.Store
	keys []string
}

func (s *typed) ClearAttempts(ctx context.Context, key string) error {
	s.keys = append(s.keys, key)
	return s.Store.ClearAttempts(ctx, key)
}

func (s *typed) UncountAttempt(ctx context.Context, keys ...string) error {
	s.keys = append(s.keys, keys...)
	return s.Store.UncountAttempt(ctx, keys...)
}

func TestWhatWasTypedIsNotKept(t *testing.T) {
	p := newPeople(t)
	store := &typed{Store: p.Store}
	accounts := account.New(account.Config{Store: store, Clock: p.Clock})
	if _, _, err := accounts.Login(ctx, account.Attempt{Username: "ada", Password: password, Address: netip.MustParseAddr("192.0.2.1")}); err != nil {
		t.Fatal(err)
	}
	if len(store.keys) == 0 || strings.Contains(strings.Join(store.keys, " "), "ada") {
		t.Errorf("kept %q", store.keys)
	}
}

func TestAnOldHashIsRenewedAndSessionsStay(t *testing.T) {
	p := newPeople(t)
	ada, _, err := p.login("ada", password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, _, err := p.StartSession(ctx, ada, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	old, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Store.RenewPasswordHash(ctx, ada.ID, ada.PasswordHash, old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := p.login("ada", password, "", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if ada, err = p.Store.User(ctx, ada.ID); err != nil || !strings.Contains(ada.PasswordHash, "m=19456,t=2,p=1") {
		t.Errorf("the hash is %q, %v", ada.PasswordHash, err)
	}
	if _, _, err := p.Session(ctx, cookie); err != nil {
		t.Errorf("the session ended: %v", err)
	}
}

func TestAPasswordIsTheSameHoweverItsLettersAreWritten(t *testing.T) {
	p := newPeople(t)
	if _, err := p.Create(ctx, account.NewUser{Username: "bob", Password: "cafe\u0301 cre\u0300me"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.login("bob", "caf\u00e9 cr\u00e8me", "", "192.0.2.1"); err != nil {
		t.Errorf("composed letters: %v", err)
	}
	if _, _, err := p.login("bob", "cafe creme", "", "192.0.2.1"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("without accents: %v", err)
	}
	if account.CheckPassword(strings.Repeat("e\u0301", 7), "bob") == nil {
		t.Error("seven characters pass for fourteen")
	}
}

func TestAnIdAloneEndsNoSession(t *testing.T) {
	p := newPeople(t)
	ada, _, err := p.login("ada", password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, _, err := p.StartSession(ctx, ada, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	forged := cookie[:24] + strings.Repeat("A", len(cookie)-24)
	if _, _, _, err := p.StartSession(ctx, ada, account.Browser{}, forged); err != nil {
		t.Fatal(err)
	}
	if id, err := p.SessionID(ctx, forged); err != nil || id != "" {
		t.Errorf("a forged cookie opens %q: %v", id, err)
	}
	if _, _, err := p.Session(ctx, cookie); err != nil {
		t.Errorf("R3.9: somebody else ended the session: %v", err)
	}
}

func TestTheMarkOfABrowserEnds(t *testing.T) {
	p := newPeople(t)
	_, mark, err := p.login("ada", password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(366 * 24 * time.Hour)
	for i := range 60 {
		_, _, err = p.login("ada", "guess", "", netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String())
	}
	if !isThrottled(err) {
		t.Fatalf("after 60 guesses from everywhere: %v", err)
	}
	if _, _, err := p.login("ada", password, mark, "203.0.113.1"); !isThrottled(err) {
		t.Errorf("after a year the mark counts: %v", err)
	}
}
