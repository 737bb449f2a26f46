package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// sessionsOf returns the number of sessions that a logout at Acme ends.
func (p *people) sessionsOf(t *testing.T, subject, sid string) int {
	t.Helper()
	found, err := p.SessionsOf(ctx, account.IdentityLogout{Provider: "acme", Issuer: "https://acme.example", Subject: subject, SessionID: sid})
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// TestLogoutAtAProviderEndsTheSessionsThatBeganThere: those of one session there, or all that
// the person began there, but none of another provider or with the password.
func TestLogoutAtAProviderEndsTheSessionsThatBeganThere(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	p.linked(t, ada, adaAtAcme()) // with the password
	other := adaAtAcme()
	other.Provider, other.Issuer = "other", "https://other.example"
	p.linked(t, ada, other)
	with := func(i account.Identity, sid string) {
		t.Helper()
		i.SessionID = sid
		if _, err := p.with(i, account.IdentityRules{}); err != nil {
			t.Fatal(err)
		}
	}
	with(adaAtAcme(), "one")
	with(adaAtAcme(), "one")
	with(adaAtAcme(), "two")
	with(adaAtAcme(), "")
	with(other, "one")
	const subject = "248289761001"
	for _, test := range []struct {
		subject, sid string
		want         int
	}{
		{subject, "", 4},
		{subject, "one", 3},
		{subject, "two", 2},
		{subject, "three", 1},
		{"", "one", 2},
		{"", "two", 1},
		{"", "o", 0},
		{"another", "", 0},
		{"another", "two", 1}, // the identity was disconnected
	} {
		if got := p.sessionsOf(t, test.subject, test.sid); got != test.want {
			t.Errorf("subject %q, session %q: %d sessions, want %d", test.subject, test.sid, got, test.want)
		}
	}
	if found, err := p.SessionsOf(ctx, account.IdentityLogout{Provider: "acme", Issuer: "https://evil.example", Subject: subject, SessionID: "one"}); err != nil || len(found) > 0 {
		t.Errorf("another issuer: %d sessions, %v", len(found), err)
	}
}

// TestSessionKeepsTheProviderWhereItBegan: however the person confirms it, the session ends
// with that at the provider. A login at a provider replaces it.
func TestSessionKeepsTheProviderWhereItBegan(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	p.linked(t, ada, adaAtAcme())
	identity := adaAtAcme()
	identity.SessionID, identity.AMR = "one", []string{"pwd"}
	trusted := account.IdentityRules{SecondFactor: true}
	began, err := p.with(identity, trusted)
	if err != nil {
		t.Fatal(err)
	}
	const subject = "248289761001"
	still := func(what string, s account.Session, err error, amr string) {
		t.Helper()
		if err != nil || s.Provider() != "acme" || p.sessionsOf(t, subject, "one") != 1 {
			t.Errorf("%s: %+v, %v", what, s.Methods, err)
		}
		if got := fmt.Sprint(s.AMR()); got != amr {
			t.Errorf("%s: amr is %s, want %s", what, got, amr)
		}
	}
	still("the login", began.Session, err, "[pwd]")
	cookie, s, err := p.ConfirmWithPassword(ctx, began.Cookie, password)
	still("a password", s, err, "[pwd]")
	if !slices.Contains(s.Methods, account.MethodPassword) {
		t.Errorf("the methods are %v", s.Methods)
	}
	phone := newAuthenticator(t, algES256)
	added := p.addPasskey(t, cookie, phone)
	still("a new passkey", added.Session, nil, "[pwd hwk user mfa]")
	options, err := p.PrepareConfirmation(ctx, added.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	cookie, s, err = p.ConfirmWithPasskey(ctx, added.Cookie, phone.get(t, options))
	still("a passkey", s, err, "[pwd hwk user mfa]")
	cookie, s, err = p.ConfirmWithCode(ctx, cookie, added.RecoveryCodes[0])
	still("a recovery code", s, err, "[pwd otp mfa]")
	answer := phone.get(t, p.loginOptions(t))
	again := passkeyLogin
	again.OldCookie = cookie
	cookie, s, _, err = p.LoginWithPasskey(ctx, again, answer)
	still("a login with a passkey in the same browser", s, err, "[hwk user mfa]")

	identity.SessionID, identity.TwoFactors = "two", true
	result, err := p.LoginWithIdentity(ctx, account.IdentityLogin{Identity: identity, Rules: trusted, OldCookie: cookie, Address: clientAddress})
	if err != nil || result.Session.ID != began.Session.ID || p.sessionsOf(t, subject, "one") != 0 || p.sessionsOf(t, subject, "two") != 1 {
		t.Errorf("another session at the provider: %+v, %v", result.Session, err)
	}
}

// TestLoginOfUnknownAgeIsNotDated until the person proves here who they are. A code does not:
// it is only a second factor.
func TestLoginOfUnknownAgeIsNotDated(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	p.linked(t, ada, adaAtAcme())
	identity := adaAtAcme()
	dated, err := p.with(identity, account.IdentityRules{})
	if err != nil || !dated.Session.Dated() {
		t.Errorf("%+v, %v", dated.Session, err)
	}
	identity.Undated = true
	began, err := p.with(identity, account.IdentityRules{})
	if err != nil || began.Session.Dated() || len(began.Session.AMR()) != 0 {
		t.Errorf("%+v, %v", began.Session, err)
	}
	// A second factor alone does not prove that the person is there now. A passkey that verifies
	// the person does, and its login does not keep the mark; see below.
	for method, want := range map[string]bool{account.MethodPassword: true, account.MethodHardwareKey: false, account.MethodSoftwareKey: false, account.MethodCode: false, account.MethodRecoveryCode: false} {
		later := began.Session
		later.Methods = append(slices.Clone(later.Methods), method)
		if later.Dated() != want {
			t.Errorf("with %s: got %t", method, later.Dated())
		}
	}
	cookie, s, err := p.ConfirmWithPassword(ctx, began.Cookie, password)
	if err != nil || !s.Dated() || s.Provider() != "acme" {
		t.Errorf("after the password: %+v, %v", s, err)
	}
	phone := newAuthenticator(t, algES256)
	added := p.addPasskey(t, cookie, phone)
	step := account.SecondStep{Secret: browserSecret}
	login := account.IdentityLogin{Identity: identity, Address: clientAddress}
	if step.Sealed, err = p.SealIdentityLogin(p.user(t, ada.ID), login, browserSecret); err != nil {
		t.Fatal(err)
	}
	if _, s, err = p.FinishWithCode(ctx, step, added.RecoveryCodes[0]); err != nil || s.Dated() {
		t.Errorf("after a second factor: %+v, %v", s, err)
	}
	for _, verifies := range []bool{false, true} {
		if phone.flags = userPresent; verifies {
			phone.flags |= userVerified
		}
		p.now = p.now.Add(time.Second)
		options, err := p.PrepareSecondStep(ctx, step)
		must(t, err)
		if _, s, err = p.FinishWithPasskey(ctx, step, phone.get(t, options)); err != nil || s.Dated() != verifies || s.Provider() != "acme" {
			t.Errorf("after a passkey that verifies the person (%t): %+v, %v", verifies, s, err)
		}
	}
}

// TestSecondStepKeepsTheTimeOfTheProvider: a code does not turn an old login at the provider
// into a new one (OpenID Connect Core §2, auth_time). A passkey that verifies the person does.
func TestSecondStepKeepsTheTimeOfTheProvider(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	p.linked(t, ada, adaAtAcme())
	phone := newAuthenticator(t, algES256)
	added := p.addPasskey(t, p.startSession(t, ada), phone)
	identity := adaAtAcme()
	identity.AuthTime = p.now.Add(-3 * time.Hour)
	step := account.SecondStep{Secret: browserSecret}
	var err error
	if step.Sealed, err = p.SealIdentityLogin(p.user(t, ada.ID), account.IdentityLogin{Identity: identity, Address: clientAddress}, browserSecret); err != nil {
		t.Fatal(err)
	}
	_, s, err := p.FinishWithCode(ctx, step, added.RecoveryCodes[0])
	if err != nil || !s.AuthTime.Equal(identity.AuthTime) {
		t.Errorf("after a code: %v, %v", s.AuthTime, err)
	}
	for _, verifies := range []bool{false, true} {
		want := identity.AuthTime
		if phone.flags = userPresent; verifies {
			phone.flags, want = userPresent|userVerified, p.now.Add(time.Second)
		}
		p.now = p.now.Add(time.Second)
		options, err := p.PrepareSecondStep(ctx, step)
		if err != nil {
			t.Fatal(err)
		}
		if _, s, err = p.FinishWithPasskey(ctx, step, phone.get(t, options)); err != nil || !s.AuthTime.Equal(want) {
			t.Errorf("a passkey that verifies the person: %t: %v, %v", verifies, s.AuthTime, err)
		}
	}
}

// TestLoginOfUnknownAgeIsNotARecentProof: the provider may have answered without asking the
// person, and another person may use the browser. A reset mail is the way out.
func TestLoginOfUnknownAgeIsNotARecentProof(t *testing.T) {
	p := newPeople(t)
	identity := adaAtAcme()
	identity.Undated = true
	began, err := p.with(identity, account.IdentityRules{SignUp: true})
	if err != nil || !began.Created {
		t.Fatalf("%+v, %v", began, err)
	}
	_, _, _, err = p.SetFirstPassword(ctx, began.Cookie, "another long password", visitor)
	wantErr(t, "a first password", err, account.ErrReauthenticate)
	u := p.user(t, began.User.ID)
	err = p.ChangeProfile(ctx, u, account.Profile{Email: "eve@evil.example", Session: began.Session})
	wantErr(t, "another address", err, account.ErrReauthenticate)
	if _, err = p.ResetPassword(ctx, p.resetProof(t, p.user(t, u.ID)), "another long password", visitor); err != nil {
		t.Errorf("with a reset mail: %v", err)
	}
}
