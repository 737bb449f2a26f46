package account_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestFormThatAddsATOTPIsUsedOnceInItsSession.
func TestFormThatAddsATOTPIsUsedOnceInItsSession(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	cookie, other := p.startSession(t, ada), p.startSession(t, ada)
	prepared, err := p.PrepareTOTP(ctx, cookie, "Ex:ample & Co")
	if err != nil {
		t.Fatal(err)
	}
	uri, err := url.Parse(prepared.URI)
	if err != nil || uri.Query().Get("secret") != prepared.Secret || uri.Query().Get("issuer") != "Ex ample & Co" || uri.Path != "/Ex ample & Co:Ada" || len(prepared.Secret) != 32 {
		t.Errorf("the URI %s: %v", prepared.URI, err)
	}
	code := totpCode(t, prepared.Secret, p.now)
	_, err = p.AddTOTP(ctx, other, prepared.Form, code)
	wantErr(t, "in another session", err, account.ErrFormExpired)
	_, err = p.AddTOTP(ctx, cookie, prepared.Form, "000000")
	wantErr(t, "with a wrong code", err, account.ErrWrongCode)
	added, err := p.AddTOTP(ctx, cookie, prepared.Form, code)
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Minute)
	_, err = p.AddTOTP(ctx, added.Cookie, prepared.Form, totpCode(t, prepared.Secret, p.now))
	wantErr(t, "again", err, account.ErrFormExpired)

	// Another secret replaces the first one.
	again, err := p.PrepareTOTP(ctx, added.Cookie, "Example")
	if err == nil {
		added, err = p.AddTOTP(ctx, added.Cookie, again.Form, totpCode(t, again.Secret, p.now))
	}
	if err != nil || len(added.RecoveryCodes) > 0 {
		t.Fatalf("another TOTP: %d recovery codes, %v", len(added.RecoveryCodes), err)
	}
	p.now = p.now.Add(time.Minute)
	_, err = p.AddTOTP(ctx, added.Cookie, again.Form, totpCode(t, again.Secret, p.now))
	wantErr(t, "the form of the second one again", err, account.ErrFormExpired)
	_, _, err = p.finish(t, "Ada", totpCode(t, prepared.Secret, p.now))
	wantErr(t, "the old secret", err, account.ErrWrongCode)
	stale, err := p.PrepareTOTP(ctx, added.Cookie, "Example")
	must(t, err)
	changed := p.user(t, ada.ID)
	changed.Name = "Ada Lovelace"
	must(t, p.Update(ctx, changed))
	_, err = p.AddTOTP(ctx, added.Cookie, stale.Form, totpCode(t, stale.Secret, p.now))
	wantErr(t, "after a change of the account, in the same session", err, account.ErrFormExpired)
	late, err := p.PrepareTOTP(ctx, added.Cookie, "Example")
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(4 * time.Minute)
	cookie, _, err = p.ConfirmWithCode(ctx, added.Cookie, totpCode(t, again.Secret, p.now))
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(4 * time.Minute)
	if cookie, _, err = p.ConfirmWithCode(ctx, cookie, totpCode(t, again.Secret, p.now)); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(2 * time.Minute)
	_, err = p.AddTOTP(ctx, cookie, late.Form, totpCode(t, late.Secret, p.now))
	wantErr(t, "after ten minutes", err, account.ErrFormExpired)
}

// TestNewTOTPEndsTheOtherSessions also asks remembered browsers for the second factor: the
// person may have lost the old device, and its finder may have used it.
func TestNewTOTPEndsTheOtherSessions(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, first := p.withTOTP(t, ada)
	p.now = p.now.Add(time.Minute)
	thief, _, err := p.finish(t, "Ada", totpCode(t, secret, p.now))
	must(t, err)
	browser, err := p.RememberBrowser(ctx, thief, "Firefox")
	must(t, err)
	prepared, err := p.PrepareTOTP(ctx, first.Cookie, "Example")
	must(t, err)
	added, err := p.AddTOTP(ctx, first.Cookie, prepared.Form, totpCode(t, prepared.Secret, p.now))
	if err != nil || !added.OthersEnded || len(added.RecoveryCodes) > 0 {
		t.Fatalf("got %+v, %v", added, err)
	}
	if _, _, err := p.Session(ctx, added.Cookie); err != nil {
		t.Errorf("the session with the new TOTP: %v", err)
	}
	p.wantEnded(t, thief)
	_, _, err = p.FinishInRememberedBrowser(ctx, p.step(t, "Ada"), browser)
	wantErr(t, "the remembered browser", err, account.ErrSecondFactor)
}

// TestCodesCanBeTypedWithOtherDigits: the keyboards of some languages have digits of their
// own.
func TestCodesCanBeTypedWithOtherDigits(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	secret, _ := p.withTOTP(t, ada)
	for name, zero := range map[string]rune{"Arabic": '٠', "Persian": '۰', "full width": '０'} {
		p.now = p.now.Add(time.Minute)
		code := strings.Map(func(r rune) rune { return r - '0' + zero }, totpCode(t, secret, p.now))
		if _, _, err := p.finish(t, "Ada", code[:3*len(string(zero))]+" "+code[3*len(string(zero)):]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
