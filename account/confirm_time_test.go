package account_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestFactorAloneIsNotANewLogin (OpenID Connect Core §2, auth_time): a thief with a session and
// one phished code has not logged in. The code allows a change of the factors, but it leaves
// the time of the login as it is. A passkey that verifies the person is a new login.
func TestFactorAloneIsNotANewLogin(t *testing.T) {
	for name, test := range map[string]struct {
		passkey  bool
		flags    byte
		recovery bool
		login    bool // the confirmation is a new login
	}{
		"a one-time code":                           {},
		"a recovery code":                           {recovery: true},
		"a passkey that verifies the person":        {passkey: true, flags: userPresent | userVerified, login: true},
		"a passkey that does not verify the person": {passkey: true, flags: userPresent},
	} {
		p, ada := newPasskeyPeople(t)
		cookie := p.startSession(t, ada)
		began := p.now
		a := newAuthenticator(t, algES256)
		var code func() string
		var added account.Added
		if test.passkey {
			added = p.addPasskey(t, cookie, a)
		} else {
			prepared, err := p.PrepareTOTP(ctx, cookie, "Example")
			must(t, err)
			p.now = p.now.Add(time.Minute)
			added, err = p.AddTOTP(ctx, cookie, prepared.Form, totpCode(t, prepared.Secret, p.now))
			must(t, err)
			code = func() string { return totpCode(t, prepared.Secret, p.now) }
		}
		if test.recovery {
			code = func() string { return added.RecoveryCodes[0] }
		}
		if !added.Session.AuthTime.Equal(began) {
			t.Errorf("%s: adding the factor changed the time of the login", name)
		}
		p.now = p.now.Add(time.Hour)
		s, u, err := p.Session(ctx, added.Cookie)
		must(t, err)
		wantErr(t, name+": after an hour", p.CheckRecent(s, u), account.ErrReauthenticate)
		var renewed string
		if test.passkey {
			prepared, err := p.PrepareConfirmation(ctx, added.Cookie)
			must(t, err)
			a.flags = test.flags
			renewed, _, err = p.ConfirmWithPasskey(ctx, added.Cookie, a.get(t, prepared))
			must(t, err)
		} else {
			renewed, _, err = p.ConfirmWithCode(ctx, added.Cookie, code())
			must(t, err)
		}
		s, u, err = p.Session(ctx, renewed)
		must(t, err)
		if login := s.AuthTime.Equal(p.now); login != test.login || (!login && !s.AuthTime.Equal(began)) {
			t.Errorf("%s: the time of the login is %s", name, s.AuthTime)
		}
		must(t, p.CheckRecent(s, u))
		p.now = p.now.Add(5 * time.Minute)
		wantErr(t, name+": five minutes later", p.CheckRecent(s, u), account.ErrReauthenticate)
	}
}
