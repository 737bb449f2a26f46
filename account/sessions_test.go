package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

func TestSessionBelongsToItsUser(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	if _, u, err := p.Session(ctx, p.startSession(t, ada)); err != nil || u.ID != ada.ID {
		t.Errorf("got %+v, %v", u, err)
	}
}

func TestSessionExpiresAfter12HoursWithoutUse(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	for range 5 {
		p.now = p.now.Add(11 * time.Hour)
		if _, _, err := p.Session(ctx, cookie); err != nil {
			t.Fatal(err)
		}
	}
	p.now = p.now.Add(12*time.Hour + time.Second)
	p.wantEnded(t, cookie)
}

func TestSessionExpiresAfter30DaysEvenIfUsed(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	for range 71 {
		p.now = p.now.Add(10 * time.Hour)
		if _, _, err := p.Session(ctx, cookie); err != nil {
			t.Fatal(err)
		}
	}
	p.now = p.now.Add(10 * time.Hour)
	p.wantEnded(t, cookie)
}

// ASVS 7.2.4: a new login creates a new session token and ends the old one.
func TestStartSessionInvalidatesTheOldCookie(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	first := p.startSession(t, ada)
	second, _, err := p.StartSession(ctx, ada, account.Browser{}, first)
	if err != nil || second == first {
		t.Fatal(err)
	}
	p.wantEnded(t, first)
}

func TestStartSessionKeepsTheIDOfTheSameUser(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	before, _, err := p.Session(ctx, cookie)
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Minute)
	_, after, err := p.StartSession(ctx, ada, account.Browser{}, cookie)
	if err != nil || after.ID != before.ID || !after.AuthTime.After(before.AuthTime) {
		t.Errorf("got %+v: %v", after, err)
	}
}

func TestStartSessionEndsTheSessionOfAnotherUser(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	adas, _, err := p.Session(ctx, cookie)
	if err != nil {
		t.Fatal(err)
	}
	_, bobs, err := p.StartSession(ctx, p.create(t, "bob"), account.Browser{}, cookie)
	if err != nil || bobs.ID == adas.ID {
		t.Errorf("got %+v: %v", bobs, err)
	}
	p.wantEnded(t, cookie)
}

func TestSetPasswordEndsSessions(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	if err := p.SetPassword(ctx, ada, "another long password"); err != nil {
		t.Fatal(err)
	}
	p.wantEnded(t, cookie)
	if _, _, err := p.login("ada", password, "", "192.0.2.9"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("with the old password: %v", err)
	}
}

func TestSessionRejectsOtherCookies(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	for _, other := range []string{"", "x", cookie[:40], cookie + "A", cookie[:60] + "AAAA", strings.Repeat("A", 64), strings.Repeat("A", 10000)} {
		if other != cookie {
			p.wantEnded(t, other)
		}
	}
}

// The ID of a session is not secret: applications receive it as sid.
func TestSessionIDAloneCannotEndASession(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	forged := cookie[:24] + strings.Repeat("A", len(cookie)-24)
	if _, _, err := p.StartSession(ctx, ada, account.Browser{}, forged); err != nil {
		t.Fatal(err)
	}
	p.wantEnded(t, forged)
	if _, _, err := p.Session(ctx, cookie); err != nil {
		t.Errorf("the forged cookie ended the session: %v", err)
	}
}

func TestUserAgentIsStoredAsShortValidUTF8(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	for sent, want := range map[string]string{
		"Browser":                      "Browser",
		"B\xff\xfe!":                   "B\uFFFD!",
		strings.Repeat("a", 255) + "ü": strings.Repeat("a", 255),
		strings.Repeat("ü", 300):       strings.Repeat("ü", 128),
	} {
		if _, s, err := p.StartSession(ctx, ada, account.Browser{UserAgent: sent}, ""); err != nil || s.UserAgent != want {
			t.Errorf("%q is stored as %q: %v", sent, s.UserAgent, err)
		}
	}
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
