package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestPersonStaysLoggedInAfterANewPassword: with the methods of the session, in a new
// session. All others end.
func TestPersonStaysLoggedInAfterANewPassword(t *testing.T) {
	const next = "another long password"
	for name, test := range map[string]struct {
		factor bool
		fresh  bool // the AuthTime is that of the new password
		want   []string
	}{
		"a password":            {false, true, []string{account.MethodPassword}},
		"a password and a code": {true, false, []string{account.MethodPassword, account.MethodCode, account.MethodTwoFactors}},
	} {
		p := newPeople(t)
		ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
		cookie := p.startSession(t, ada)
		if test.factor {
			_, added := p.withTOTP(t, ada)
			cookie = added.Cookie
		}
		old, _, err := p.Session(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
		_, _, _, err = p.ChangePasswordIn(ctx, cookie, "wrong", next, visitor)
		wantErr(t, name+": a wrong password", err, account.ErrWrongPassword)
		changed, s, u, err := p.ChangePasswordIn(ctx, cookie, password, next, visitor)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		stored, owner, err := p.Session(ctx, changed)
		if err != nil || !slices.Equal(stored.Methods, test.want) || stored.ID == old.ID || s.ID != stored.ID || owner.PasswordHash == ada.PasswordHash || u.LoginEpoch != owner.LoginEpoch {
			t.Errorf("%s: got %+v, %v", name, stored, err)
		}
		if fresh := stored.AuthTime.Equal(p.now); fresh != test.fresh {
			t.Errorf("%s: the AuthTime is %s", name, stored.AuthTime)
		}
		_, _, err = p.Session(ctx, cookie)
		wantErr(t, name+": the old cookie", err, account.ErrNotFound)
		_, _, _, err = p.ChangePasswordIn(ctx, cookie, next, password, visitor)
		wantErr(t, name+": in the old session", err, account.ErrNotFound)
	}
}

// TestNewPasswordDoesNotConfirmTheSecondFactor: the time of the confirmation remains, so that a
// thief with a session and the password gains no time by changes of the password.
func TestNewPasswordDoesNotConfirmTheSecondFactor(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	_, added := p.withTOTP(t, ada)
	p.now = p.now.Add(4 * time.Minute)
	cookie, s, u, err := p.ChangePasswordIn(ctx, added.Cookie, password, "another long password", visitor)
	if err != nil {
		t.Fatal(err)
	}
	must(t, p.CheckRecent(s, u))
	p.now = p.now.Add(2 * time.Minute)
	wantErr(t, "the session", p.CheckRecent(s, u), account.ErrReauthenticate)
	_, err = p.RenewRecoveryCodes(ctx, cookie)
	wantErr(t, "new codes", err, account.ErrReauthenticate)
}

// TestPasswordAloneDoesNotTakeOverAnAccountWithASecondFactor: with an old session, and with one
// that began in a remembered browser. A wrong password is not even checked, so that it cannot
// be guessed there. A thief with a new address or password could log the owner out.
func TestPasswordAloneDoesNotTakeOverAnAccountWithASecondFactor(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, added := p.withTOTP(t, ada)
	remembered, err := p.RememberBrowser(ctx, added.Cookie, "Firefox")
	must(t, err)
	p.now = p.now.Add(time.Hour)
	byPassword, s, err := p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), remembered)
	must(t, err)
	if s.Assurance() != account.OneFactor {
		t.Fatalf("the session has the methods %q", s.Methods)
	}
	change := func(cookie, current, email string) (passwordErr, emailErr error) {
		t.Helper()
		s, u, err := p.Session(ctx, cookie)
		must(t, err)
		emailErr = p.ChangeProfile(ctx, u, account.Profile{Email: email, CurrentPassword: current, Session: s})
		_, _, _, passwordErr = p.ChangePasswordIn(ctx, cookie, current, "another long password", visitor)
		return passwordErr, emailErr
	}
	for name, cookie := range map[string]string{"an old session": added.Cookie, "a remembered browser": byPassword} {
		for _, current := range []string{password, "wrong"} {
			passwordErr, emailErr := change(cookie, current, "eve@evil.example")
			wantErr(t, name+": a new password", passwordErr, account.ErrReauthenticate)
			wantErr(t, name+": a new address", emailErr, account.ErrReauthenticate)
		}
	}
	u := p.user(t, ada.ID)
	wantErr(t, "without a session", p.ChangePassword(ctx, u, password, "another long password", visitor), account.ErrReauthenticate)
	wantErr(t, "an address without a session", p.ChangeProfile(ctx, u, account.Profile{Email: "eve@evil.example", CurrentPassword: password}), account.ErrReauthenticate)
	must(t, p.ChangeProfile(ctx, u, account.Profile{Name: "Ada L.", Email: u.Email}))

	confirmed, _, err := p.ConfirmWithCode(ctx, byPassword, totpCode(t, secret, p.now))
	must(t, err)
	passwordErr, emailErr := change(confirmed, "wrong", "ada@new.example")
	wantErr(t, "a wrong password after the code", passwordErr, account.ErrWrongPassword)
	must(t, emailErr)
	passwordErr, _ = change(confirmed, password, "ada@new.example")
	must(t, passwordErr)
}

// TestPasswordAndItsSessionAreOneChange: of two changes in one session, and of a change and
// a logout, only one is made.
func TestPasswordAndItsSessionAreOneChange(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	cookie := p.startSession(t, ada)
	type result struct {
		cookie string
		err    error
	}
	results := make(chan result)
	for i := range 5 {
		go func() {
			cookie, _, _, err := p.ChangePasswordIn(ctx, cookie, password, fmt.Sprint("another long password ", i), visitor)
			results <- result{cookie, err}
		}()
	}
	changed := 0
	for range 5 {
		r := <-results
		if r.err == nil {
			changed++
			if _, _, err := p.Session(ctx, r.cookie); err != nil {
				t.Errorf("the session after the change: %v", err)
			}
		}
	}
	if changed != 1 {
		t.Errorf("%d changes were made, want 1", changed)
	}
}
