package account_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// passkeySession logs in with a passkey alone.
func (p *people) passkeySession(t *testing.T, a *authenticator) (string, account.Session) {
	t.Helper()
	cookie, s, _, err := p.LoginWithPasskey(ctx, passkeyLogin, a.get(t, p.loginOptions(t)))
	must(t, err)
	return cookie, s
}

// TestPasswordIsRemovedOnlyWithAWayBackIn: after a recent login with a passkey alone, and with
// a second passkey, or recovery codes and a confirmed address. Then the password is useless.
func TestPasswordIsRemovedOnlyWithAWayBackIn(t *testing.T) {
	for name, test := range map[string]struct {
		two, mails, unconfirmed bool
		flags                   byte // of the second passkey, when it is added
		usedLater               bool // the second passkey verifies the person in a later login
		password                bool // the session began with the password and the passkey
		age                     time.Duration
		want                    error
	}{
		"two passkeys":                                    {two: true},
		"one passkey, codes and an address":               {mails: true},
		"one passkey, and no mails":                       {want: account.ErrNoSpare},
		"one passkey, and no confirmed address":           {mails: true, unconfirmed: true, want: account.ErrNoSpare},
		"a second passkey that never verified the person": {two: true, flags: userPresent, want: account.ErrNoSpare},
		"a second passkey that verified the person later": {two: true, flags: userPresent, usedLater: true},
		"a session with the password":                     {two: true, password: true, want: account.ErrPasskeyLogin},
		"a login of five minutes":                         {two: true, age: 5 * time.Minute, want: account.ErrReauthenticate},
	} {
		p, ada := newPasskeyPeople(t)
		if !test.unconfirmed {
			ada = p.createWithEmail(t, "grace", "grace@example.com", true)
		}
		if !test.mails {
			p.Mails = nil
		}
		a, b := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
		added := p.addPasskey(t, p.startSession(t, ada), a)
		if test.two {
			verifies := b.flags
			b.flags = cmp.Or(test.flags, verifies)
			added = p.addPasskey(t, added.Cookie, b)
			if b.flags = verifies; test.usedLater {
				p.passkeySession(t, b)
			}
		}
		cookie := added.Cookie
		if !test.password {
			cookie, _ = p.passkeySession(t, a)
		}
		p.now = p.now.Add(test.age)
		renewed, s, _, err := p.RemovePassword(ctx, cookie, visitor)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		u := p.user(t, ada.ID)
		if removed := u.PasswordHash == ""; removed != (test.want == nil) {
			t.Fatalf("%s: the password is removed: %t", name, removed)
		}
		if test.want != nil {
			continue
		}
		if stored, _, err := p.Session(ctx, renewed); err != nil || stored.ID != s.ID || slices.Contains(stored.Methods, account.MethodPassword) {
			t.Errorf("%s: the session: %+v, %v", name, stored, err)
		}
		p.wantEnded(t, cookie)
		for _, guess := range []string{password, "", " "} {
			_, _, err = p.login(u.Username, guess, "", "198.51.100.1")
			wantErr(t, name+": the password", err, account.ErrWrongPassword)
		}
		_, _, err = p.ConfirmWithPassword(ctx, renewed, "")
		wantErr(t, name+": the empty password", err, account.ErrSecondFactor)
		_, _, _, err = p.ChangePasswordIn(ctx, renewed, "", "another long password", visitor)
		wantErr(t, name+": a change with the empty password", err, account.ErrWrongPassword)
		p.passkeySession(t, a)
	}
}

// TestPersonWithoutAPasswordKeepsAWayIn: neither the person nor an administrator can remove
// the last factor with which the person can log in, even at the same time as the password.
func TestPersonWithoutAPasswordKeepsAWayIn(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	p.Mails = nil
	a, b := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
	added := p.addPasskey(t, p.startSession(t, ada), a)
	p.addPasskey(t, added.Cookie, b)
	stale, _ := p.passkeySession(t, a)
	staleStore := p.Store
	// The passkeys are removed by another request after this one has read them.
	p.Store = removingStore{staleStore, p, stale}
	_, _, _, err := p.RemovePassword(ctx, stale, visitor)
	p.Store = staleStore
	wantErr(t, "a passkey was removed at the same time", err, account.ErrConflict)
	if p.user(t, ada.ID).PasswordHash == "" {
		t.Fatal("the password was removed, too")
	}

	cookie, _ := p.passkeySession(t, a)
	p.addPasskey(t, cookie, newAuthenticator(t, algES256))
	cookie, _ = p.passkeySession(t, a)
	cookie, _, u, err := p.RemovePassword(ctx, cookie, visitor)
	must(t, err)
	have, err := p.Factors(ctx, u.ID)
	must(t, err)
	left := 0
	for _, f := range have {
		if f.Kind == account.FactorPasskey && left < 2 {
			err = p.RemoveFactor(ctx, cookie, f.ID, false)
			if left++; left == 2 {
				wantErr(t, "the last passkey", err, account.ErrLastFactor)
			}
		}
	}
	wantErr(t, "an administrator removes all factors", p.ResetFactors(ctx, u.ID), account.ErrLastFactor)
}

// removingStore removes the second passkey of a person before a change of the password.
type removingStore struct {
	account.Store
	p      *people
	cookie string
}

func (s removingStore) SetPassword(c2 context.Context, c account.PasswordChange) error {
	s.p.Store = s.Store
	have, err := s.p.Factors(ctx, c.User.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(have, func(f account.Factor) bool { return f.Kind == account.FactorPasskey })
	j := slices.IndexFunc(have[i+1:], func(f account.Factor) bool { return f.Kind == account.FactorPasskey })
	if err := s.p.RemoveFactor(ctx, s.cookie, have[i+1+j].ID, false); err != nil {
		return err
	}
	return s.Store.SetPassword(c2, c)
}

// TestPersonWithoutAPasswordSetsOneAgain, after a recent login, and changes the address only
// after one.
func TestPersonWithoutAPasswordSetsOneAgain(t *testing.T) {
	p, ada := newPasskeyPeople(t)
	a := newAuthenticator(t, algES256)
	added := p.addPasskey(t, p.startSession(t, ada), a)
	p.addPasskey(t, added.Cookie, newAuthenticator(t, algES256))
	cookie, _ := p.passkeySession(t, a)
	_, _, _, err := p.SetFirstPassword(ctx, cookie, "another long password", visitor)
	wantErr(t, "a person with a password", err, account.ErrNotFound)
	cookie, s, u, err := p.RemovePassword(ctx, cookie, visitor)
	must(t, err)
	p.now = p.now.Add(5 * time.Minute)
	_, _, _, err = p.SetFirstPassword(ctx, cookie, "another long password", visitor)
	wantErr(t, "five minutes later", err, account.ErrReauthenticate)
	wantErr(t, "a new address", p.ChangeProfile(ctx, u, account.Profile{Email: "new@example.com", Session: s}), account.ErrReauthenticate)
	cookie, s = p.passkeySession(t, a)
	must(t, p.ChangeProfile(ctx, u, account.Profile{Email: "new@example.com", Session: s}))
	_, _, _, err = p.SetFirstPassword(ctx, cookie, "short", visitor)
	if err == nil {
		t.Error("a short password is accepted")
	}
	cookie, s, _, err = p.SetFirstPassword(ctx, cookie, "another long password", visitor)
	if err != nil || slices.Contains(s.Methods, account.MethodPassword) {
		t.Fatalf("got %+v, %v", s, err)
	}
	if _, _, err := p.Session(ctx, cookie); err != nil {
		t.Error(err)
	}
	if u, _, err := p.login("Ada", "another long password", "", "198.51.100.1"); err != nil || u.PasswordHash == "" {
		t.Errorf("the new password: %v", err)
	}
}

// TestUsedResetLinkStaysUsedAfterThePasswordIsRemoved: an account without a password has the
// same hash again.
func TestUsedResetLinkStaysUsedAfterThePasswordIsRemoved(t *testing.T) {
	p, _ := newPasskeyPeople(t)
	grace := p.createWithEmail(t, "grace", "grace@example.com", true)
	a, b := newAuthenticator(t, algES256), newAuthenticator(t, algES256)
	p.addPasskey(t, p.addPasskey(t, p.startSession(t, grace), a).Cookie, b)
	remove := func() {
		t.Helper()
		cookie, _ := p.passkeySession(t, a)
		_, _, _, err := p.RemovePassword(ctx, cookie, visitor)
		must(t, err)
	}
	remove()
	proof := p.resetProof(t, p.user(t, grace.ID))
	_, err := p.ResetPassword(ctx, proof, "another long password", visitor)
	must(t, err)
	remove()
	_, err = p.ResetPassword(ctx, proof, "a third long password", visitor)
	wantErr(t, "the used link", err, account.ErrInvalidLink)
}
