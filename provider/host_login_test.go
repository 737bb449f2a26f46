package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A clock of a host that is ahead does not satisfy prompt=login.
func TestFutureLoginIsNotANewOne(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	r, err := h.ask("scope", "openid", "prompt", "login")
	if err != nil {
		t.Fatal(err)
	}
	who := h.who
	who.AuthTime = h.now.Add(4 * time.Second)
	if step, err := h.Next(ctx, r, &who); step != provider.StepLogin || err != nil {
		t.Errorf("got %s, %v", step, err)
	}
	// The same login, after the person was sent to the login page.
	r.SendToLogin(&who, h.LoginReason(r, &who))
	h.pass(5 * time.Second)
	if step, err := h.Next(ctx, r, &who); err != provider.ErrSentBack { //nolint:errorlint // it is not wrapped
		t.Errorf("after the login page: got %s, %v", step, err)
	}
	// Two logins in the same second differ in their session.
	who.AuthTime = h.now.Truncate(time.Second)
	r, err = h.ask("scope", "openid", "prompt", "login")
	if err != nil {
		t.Fatal(err)
	}
	r.SendToLogin(&who, provider.LoginFresh)
	again := who
	again.SessionID = "a new session"
	if step, err := h.Next(ctx, r, &again); step == provider.StepLogin || err != nil {
		t.Errorf("a login in the same second: got %s, %v", step, err)
	}
}

// max_age=0 needs a new login (OpenID Connect Core §3.1.2.1), even if the clock of the host
// is ahead.
func TestFutureLoginDoesNotSatisfyMaxAgeZero(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	r, err := h.ask("scope", "openid", "max_age", "0")
	if err != nil {
		t.Fatal(err)
	}
	who := h.who
	who.AuthTime = h.now.Add(4 * time.Second)
	if step, err := h.Next(ctx, r, &who); step != provider.StepLogin || err != nil {
		t.Errorf("got %s, %v", step, err)
	}
}

// With accounts, another process with a clock that is ahead can have logged the person in.
// They need not log in twice.
func TestLoginAtAProcessWithAnotherClockIsANewOne(t *testing.T) {
	for _, pairs := range [][]string{{"prompt", "login"}, {"max_age", "0"}} {
		h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) { c.OwnLogin, c.ACRValues = true, nil })
		r, err := h.ask(append(pairs, "scope", "openid")...)
		if err != nil {
			t.Fatal(err)
		}
		who := h.who
		who.AuthTime = h.now.Add(2 * time.Second)
		if step, err := h.Next(ctx, r, &who); step == provider.StepLogin || err != nil {
			t.Errorf("%v: got %s, %v", pairs, step, err)
		}
	}
}

// A person of a host whose subject is the client_id of an application could act as the
// application itself (RFC 9700 §4.15).
func TestPersonWithTheIDOfTheClientGetsNothing(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	r, err := h.ask("scope", "openid")
	if err != nil {
		t.Fatal(err)
	}
	who := h.who
	who.Subject = h.id
	r.Show(who)
	if response, err := h.Approve(ctx, r, who, r.Scope, true); err == nil {
		t.Errorf("got %+v", response)
	}
}
