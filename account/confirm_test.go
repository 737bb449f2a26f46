package account_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// TestConfirmationWithThePassword renews a session only of a person without a second
// factor, and only while the session exists.
func TestConfirmationWithThePassword(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	cookie := p.startSession(t, ada)
	p.now = p.now.Add(10 * time.Minute)
	s, u, err := p.Session(ctx, cookie)
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a session that is ten minutes old", p.CheckRecent(s, u), account.ErrReauthenticate)
	_, _, err = p.ConfirmWithPassword(ctx, cookie, "wrong")
	wantErr(t, "a wrong password", err, account.ErrWrongPassword)
	renewed, s, err := p.ConfirmWithPassword(ctx, cookie, password)
	if err != nil || p.CheckRecent(s, u) != nil || renewed == cookie {
		t.Errorf("the password: %+v, %v", s, err)
	}
	p.wantEnded(t, cookie)
	if rows, err := p.Store.(*memstore.Store).AuditQueue(ctx, 10); err != nil || len(rows) != 1 {
		t.Errorf("%d records of one login and one confirmation, which is not recorded as a login: %v", len(rows), err)
	}
	_, _, err = p.ConfirmWithPassword(ctx, cookie, password)
	wantErr(t, "the old cookie", err, account.ErrNotFound)

	_, added := p.withTOTP(t, ada)
	_, _, err = p.ConfirmWithPassword(ctx, added.Cookie, password)
	wantErr(t, "the password of a person with a second factor", err, account.ErrSecondFactor)
	// The password is not even checked, so that it cannot be guessed in the session.
	_, _, err = p.ConfirmWithPassword(ctx, added.Cookie, "wrong")
	wantErr(t, "a wrong password of a person with a second factor", err, account.ErrSecondFactor)
	if _, _, err := p.Session(ctx, added.Cookie); err != nil {
		t.Errorf("the session after it: %v", err)
	}
}
