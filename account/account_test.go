package account_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/validate"
)

const password = "correct horse battery staple"

var ctx = context.Background()

type people struct {
	*account.Accounts
	now time.Time
}

func newPeople(t *testing.T) *people {
	t.Helper()
	p := &people{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	clock := func() time.Time { return p.now }
	p.Accounts = account.New(account.Config{Store: memstore.New(clock), Clock: clock})
	if _, err := p.Create(ctx, account.NewUser{Username: "Ada", Password: password}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *people) login(name, password, device, address string) (*account.User, string, error) {
	return p.Login(ctx, account.Attempt{Username: name, Password: password, DeviceCookie: device, Address: netip.MustParseAddr(address)})
}

func TestEverythingWrongWithANewAccountIsSaidAtOnce(t *testing.T) {
	p := newPeople(t)
	_, err := p.Create(ctx, account.NewUser{Username: "a b", Password: "short", Email: "nope", Claims: []byte(`[]`)})
	var faults validate.FieldErrors
	if !errors.As(err, &faults) || len(faults) != 4 {
		t.Fatalf("got %v", err)
	}
	for name, n := range map[string]account.NewUser{
		"a taken name, in another case (R7.5)": {Username: "aDA", Password: password},
		"a taken name, in another form (R7.5)": {Username: "ＡＤＡ", Password: password},
		"no name":                              {Username: " ", Password: password},
		"a common password":                    {Username: "bob", Password: "PassWord123"},
		"the name as password":                 {Username: "bobbobbob", Password: "BobBobBob"},
		"a claim of the protocol (R4.8)":       {Username: "bob", Password: password, Claims: []byte(`{"sub":"ada"}`)},
		"a letter for a name":                  {Username: "bob", Password: password, Name: "You won!\n\nSee https://evil.example"},
		"a name that is no UTF-8":              {Username: "bob", Password: password, Name: "B\xffb"},
		"an e-mail that is no UTF-8":           {Username: "bob", Password: password, Email: "b\xff@example.com"},
		"claims that are no UTF-8":             {Username: "bob", Password: password, Claims: []byte("{\"locale\":\"\xff\"}")},
		"a display name in an e-mail":          {Username: "bob", Password: password, Email: "Bob <b@example.com>"},
	} {
		if _, err := p.Create(ctx, n); !errors.As(err, &faults) || len(faults) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Create(ctx, account.NewUser{Username: "bob@example.com", Password: strings.Repeat("ü", 200), Claims: []byte(`{"locale":"de"}`)}); err != nil {
		t.Errorf("ASVS 6.2: a long password: %v", err)
	}
	if _, err := p.CreateFirst(ctx, account.NewUser{Username: "eve", Password: password}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("R7.12 a first account when there is one: %v", err)
	}
}

func TestLogInTellsNeitherHalf(t *testing.T) {
	p := newPeople(t)
	if u, device, err := p.login("ADA", password, "", "192.0.2.1"); err != nil || u.Username != "Ada" || device == "" {
		t.Fatalf("got %+v %v", u, err)
	}
	ada, _, _ := p.login("ada", password, "", "192.0.2.1")
	for name, try := range map[string][2]string{"a wrong password": {"ada", "x"}, "nobody": {"eve", password}, "an odd name": {"a\x00b", password}, "an endless password": {"ada", strings.Repeat("x", 1<<20)}} {
		if _, _, err := p.login(try[0], try[1], "", "192.0.2.2"); !errors.Is(err, account.ErrWrongPassword) {
			t.Errorf("R7.5 %s: %v", name, err)
		}
	}
	ada.Disabled = true
	if err := p.Update(ctx, ada); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.login("ada", password, "", "192.0.2.3"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("a disabled account: %v", err)
	}
}

func TestStrangersAreBrakedAndTheOwnerIsNot(t *testing.T) {
	p := newPeople(t)
	_, device, err := p.login("ada", password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	var throttled *account.ThrottledError
	for i := range 12 {
		_, _, err = p.login([]string{"ada", "ADA", "Ada"}[i%3], "guess", "", "192.0.2.200")
	}
	if !errors.As(err, &throttled) || throttled.RetryAfter > 10*time.Minute {
		t.Errorf("R7.5 after 12 guesses in several cases of the name: %v", err)
	}
	if _, _, err := p.login("ada", password, "", "203.0.113.9"); err != nil {
		t.Errorf("the owner in a new browser elsewhere: %v", err)
	}
	for i := range 60 {
		address := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String() // each guess from elsewhere
		_, _, err = p.login("ada", "guess", "", address)
	}
	if !errors.As(err, &throttled) {
		t.Errorf("after 60 guesses from everywhere: %v", err)
	}
	if _, _, err := p.login("ada", password, device, "203.0.113.1"); err != nil {
		t.Errorf("the owner in their browser: %v", err)
	}
	for name, mark := range map[string]string{"forged": "x." + strings.Repeat("A", 43), "cut": device[:20], "of somebody else": markOf(t, p, "bob")} {
		if _, _, err := p.login("ada", password, mark, "203.0.113.2"); !errors.As(err, &throttled) {
			t.Errorf("a %s mark counts: %v", name, err)
		}
	}
	for range 40 {
		_, _, err = p.login("nobody", "guess", "", "2001:db8::1")
	}
	if !errors.As(err, &throttled) {
		t.Errorf("nobody's account: %v", err)
	}
	if _, _, err := p.login("carol", "guess", "", "2001:db8::ffff"); !errors.As(err, &throttled) {
		t.Errorf("another address of the same /64: %v", err)
	}
	if _, _, err := p.login("carol", "guess", "", "2001:db8:1::1"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("another network: %v", err)
	}
	p.now = p.now.Add(10 * time.Minute)
	if _, _, err := p.login("ada", password, "", "203.0.113.3"); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func markOf(t *testing.T, p *people, name string) string {
	t.Helper()
	if _, err := p.Create(ctx, account.NewUser{Username: name, Password: password}); err != nil {
		t.Fatal(err)
	}
	_, mark, err := p.login(name, password, "", "192.0.2.77")
	if err != nil {
		t.Fatal(err)
	}
	return mark
}

// TestABrowserMayCallItselfAnything: a User-Agent need not be UTF-8, what is kept is.
func TestABrowserMayCallItselfAnything(t *testing.T) {
	p := newPeople(t)
	ada, _, err := p.login("ada", password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	for sent, kept := range map[string]string{"Browser": "Browser", "B\xff\xfe!": "B\uFFFD!", strings.Repeat("a", 255) + "ü": strings.Repeat("a", 255)} {
		if _, s, _, err := p.StartSession(ctx, ada, account.Browser{UserAgent: sent}, ""); err != nil || s.UserAgent != kept {
			t.Errorf("%q is kept as %q: %v", sent, s.UserAgent, err)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	start := func(t *testing.T) (*people, *account.User, string) {
		t.Helper()
		p := newPeople(t)
		ada, _, err := p.login("ada", password, "", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		cookie, _, _, err := p.StartSession(ctx, ada, account.Browser{UserAgent: strings.Repeat("ü", 300)}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, u, err := p.Session(ctx, cookie); err != nil || u.ID != ada.ID {
			t.Fatalf("the new session: %v", err)
		}
		return p, ada, cookie
	}
	gone := func(t *testing.T, p *people, cookie string) {
		t.Helper()
		if _, _, err := p.Session(ctx, cookie); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the session lives: %v", err)
		}
	}
	t.Run("after 12 hours without use, and use keeps it", func(t *testing.T) {
		p, _, cookie := start(t)
		for range 5 {
			p.now = p.now.Add(11 * time.Hour)
			if _, _, err := p.Session(ctx, cookie); err != nil {
				t.Fatal(err)
			}
		}
		p.now = p.now.Add(12*time.Hour + time.Second)
		gone(t, p, cookie)
	})
	t.Run("after 30 days whatever happens", func(t *testing.T) {
		p, _, cookie := start(t)
		for range 60 {
			p.now = p.now.Add(12 * time.Hour)
			_, _, _ = p.Session(ctx, cookie)
		}
		gone(t, p, cookie)
	})
	t.Run("by logging in again (R3.8)", func(t *testing.T) {
		p, ada, cookie := start(t)
		second, _, _, err := p.StartSession(ctx, ada, account.Browser{}, cookie)
		if err != nil || second == cookie {
			t.Fatal(err)
		}
		gone(t, p, cookie)
	})
	t.Run("and applications that know of it still do", func(t *testing.T) {
		p, ada, cookie := start(t)
		before, _, err := p.Session(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
		again, after, ended, err := p.StartSession(ctx, ada, account.Browser{}, cookie)
		if err != nil || after.ID != before.ID || ended != "" || !after.AuthTime.After(before.AuthTime) {
			t.Errorf("the same person again: %+v, ended %q: %v", after, ended, err)
		}
		bob, err := p.Create(ctx, account.NewUser{Username: "bob", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		_, bobs, ended, err := p.StartSession(ctx, bob, account.Browser{}, again)
		if err != nil || bobs.ID == after.ID || ended != after.ID {
			t.Errorf("another person: %+v, ended %q: %v", bobs, ended, err)
		}
		gone(t, p, again)
	})
	t.Run("by a new password", func(t *testing.T) {
		p, ada, cookie := start(t)
		if err := p.SetPassword(ctx, ada, "another long password"); err != nil {
			t.Fatal(err)
		}
		gone(t, p, cookie)
		if _, _, err := p.login("ada", password, "", "192.0.2.9"); !errors.Is(err, account.ErrWrongPassword) {
			t.Errorf("the old password: %v", err)
		}
	})
	t.Run("R3.9 and no other cookie opens it", func(t *testing.T) {
		p, _, cookie := start(t)
		for _, other := range []string{"", "x", cookie[:40], cookie + "A", cookie[:60] + "AAAA", strings.Repeat("A", 64), strings.Repeat("A", 10000)} {
			if other != cookie {
				gone(t, p, other)
			}
		}
	})
}

func TestAGeneratedPasswordIsGood(t *testing.T) {
	seen := make(map[string]bool)
	for range 100 {
		p := account.GeneratePassword()
		if len(p) != 29 || seen[p] || account.CheckPassword(p, "ada") != nil {
			t.Errorf("got %q", p)
		}
		seen[p] = true
	}
}

func FuzzCanonicalUsername(f *testing.F) {
	for _, seed := range []string{"Ada", "a b", "ＡＤＡ", "ada\u200b", "\xff", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		once, err := account.CanonicalUsername(name)
		if err != nil {
			return
		}
		if twice, err := account.CanonicalUsername(once); err != nil || twice != once {
			t.Fatalf("%q becomes %q, and that %q %v", name, once, twice, err)
		}
	})
}

func FuzzSessionCookie(f *testing.F) {
	f.Add("AAAA")
	p := account.New(account.Config{Store: memstore.New(nil)})
	f.Fuzz(func(t *testing.T, cookie string) {
		if _, _, err := p.Session(ctx, cookie); !errors.Is(err, account.ErrNotFound) {
			t.Fatalf("%q: %v", cookie, err)
		}
	})
}
