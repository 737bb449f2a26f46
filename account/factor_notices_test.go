package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestOwnerIsNotifiedOfChangedFactors, and not of names and remembered browsers.
func TestOwnerIsNotifiedOfChangedFactors(t *testing.T) {
	p := newPeople(t)
	ada := p.createWithEmail(t, "grace", "grace@x.example", true)
	p.waiting(t)
	_, added := p.withTOTP(t, ada)
	want := func(what, want string) {
		t.Helper()
		if got := fmt.Sprint(p.waiting(t)); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	want("a new TOTP", "[factors changed: totp added to grace@x.example]")
	if _, err := p.RememberBrowser(ctx, added.Cookie, "Firefox"); err != nil {
		t.Fatal(err)
	}
	want("a remembered browser", "[]")
	if err := p.ForgetBrowsers(ctx, added.Cookie); err != nil {
		t.Fatal(err)
	}
	want("a forgotten browser", "[]")
	if _, err := p.RenewRecoveryCodes(ctx, added.Cookie); err != nil {
		t.Fatal(err)
	}
	want("new recovery codes", "[factors changed: codes renewed to grace@x.example]")
	factors, err := p.Factors(ctx, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(factors, func(f account.Factor) bool { return f.Kind == account.FactorTOTP })
	if err := p.RemoveFactor(ctx, added.Cookie, factors[i].ID, false); err != nil {
		t.Fatal(err)
	}
	want("a removed TOTP", "[factors changed: totp removed to grace@x.example]")
	_, added = p.withTOTP(t, p.user(t, ada.ID))
	p.waiting(t)
	p.now = p.now.Add(6 * time.Minute)
	if _, err := p.RenewRecoveryCodes(ctx, added.Cookie); err == nil {
		t.Error("codes were renewed without a confirmation")
	}
	want("a change that was refused", "[]")
	if err := p.ResetFactors(ctx, ada.ID); err != nil {
		t.Fatal(err)
	}
	want("a reset by an administrator", "[factors changed: factors removed to grace@x.example]")
	if have, err := p.Factors(ctx, ada.ID); err != nil || len(have) > 0 || p.user(t, ada.ID).Has(account.FactorTOTP) {
		t.Errorf("after the reset: %v, %v", have, err)
	}
}
