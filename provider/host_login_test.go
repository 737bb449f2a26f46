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

// TestACRValuesSendAPersonOfAHostToTheLoginPageOnce: they are voluntary (OpenID Connect Core §5.5.1.1,
// RFC 9470 §5). With the same acr afterwards, the request continues, also after the consent page.
func TestACRValuesSendAPersonOfAHostToTheLoginPageOnce(t *testing.T) {
	for name, test := range map[string]struct {
		ask  []string
		acr  string
		once bool   // the person is sent to the login page once
		none string // the error with prompt=none
	}{
		"no acr_values":          {[]string{"scope", "openid"}, "pw", false, ""},
		"a lower acr":            {[]string{"scope", "openid", "acr_values", "card"}, "pw", true, oauth.CodeLoginRequired},
		"without openid":         {[]string{"scope", "read", "acr_values", "card"}, "pw", true, oauth.CodeLoginRequired},
		"no acr":                 {[]string{"scope", "openid", "acr_values", "gold card"}, "", true, oauth.CodeLoginRequired},
		"the acr":                {[]string{"scope", "openid", "acr_values", "card"}, "card", false, ""},
		"one of several":         {[]string{"scope", "openid", "acr_values", "card pw"}, "pw", false, ""},
		"an acr nobody can have": {[]string{"scope", "openid", "acr_values", "gold"}, "pw", false, ""},
		"with an essential acr without values": {[]string{
			"scope", "openid", "acr_values", "card",
			"claims", `{"id_token":{"acr":{"essential":true}}}`,
		}, "pw", true, oauth.CodeLoginRequired},
		"with a new login": {[]string{"scope", "openid", "acr_values", "card", "prompt", "login"}, "pw", true, "fresh"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
				c.ACRValues, client.SkipAuthorization = []string{"pw", "card"}, true
			})
			r, err := h.ask(test.ask...)
			if err != nil {
				t.Fatal(err)
			}
			who := h.who
			who.ACR = test.acr
			if test.none == "fresh" { // the person logs in, and still lacks the acr
				r.SendToLogin(&who, h.LoginReason(r, &who))
				h.pass(time.Second)
				who.AuthTime, who.SessionID = h.now, "a new session"
			}
			if step, err := h.Next(ctx, r, &who); err != nil || (step == provider.StepLogin) != test.once {
				t.Fatalf("got %s, %v", step, err)
			}
			if test.once {
				if reason := h.LoginReason(r, &who); reason != provider.LoginACR {
					t.Errorf("the reason is %q", reason)
				}
				r.SendToLogin(&who, provider.LoginACR)
			}
			if step, err := h.Next(ctx, r, &who); step != provider.StepDone || err != nil {
				t.Errorf("after the login page: got %s, %v", step, err)
			}
			r.SawPage()
			if step, err := h.Next(ctx, r, &who); step != provider.StepDone || err != nil {
				t.Errorf("after a page: got %s, %v", step, err)
			}
			if test.none == "fresh" {
				return
			}
			r, err = h.ask(append(test.ask, "prompt", "none")...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = h.Next(ctx, r, &who); test.none != "" {
				wantCode(t, err, test.none)
			} else if err != nil {
				t.Error(err)
			}
		})
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
