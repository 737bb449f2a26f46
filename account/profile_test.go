package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// ASVS 7.5.1: a person who receives the account's mails can set another password,
// so access to an unattended browser must not be enough to change the address.
func TestChangingTheEmailAddressRequiresTheCurrentPassword(t *testing.T) {
	p := newPeople(t)
	for _, before := range []string{"ada@x.example", ""} {
		ada := p.createWithEmail(t, "a"+before, before, false)
		for _, current := range []string{"", "wrong"} {
			var faults validate.FieldErrors
			err := p.ChangeProfile(ctx, ada, account.Profile{Email: "eve@x.example", CurrentPassword: current})
			if !errors.As(err, &faults) || faults[0].Field != "email_password" || ada.Email != before {
				t.Errorf("with the password %q: %v", current, err)
			}
		}
		if err := p.ChangeProfile(ctx, ada, account.Profile{Name: "Ada", Email: before}); err != nil || ada.Name != "Ada" {
			t.Errorf("changing the name: %v", err)
		}
		if err := p.ChangeProfile(ctx, ada, account.Profile{Email: "ada@y.example", CurrentPassword: password}); err != nil || ada.Email != "ada@y.example" {
			t.Errorf("with the current password: %v", err)
		}
		var err error
		for i := 0; i < 20 && !isThrottled(err); i++ {
			err = p.ChangeProfile(ctx, ada, account.Profile{Email: "eve@x.example", CurrentPassword: "guess"})
		}
		if !isThrottled(err) {
			t.Errorf("guesses are not limited: %v", err)
		}
	}
}

func TestVerificationMailsAreLimitedPerMailbox(t *testing.T) {
	p := newPeople(t)
	sent := 0
	for i := range 5 { // five attackers enter the victim's address
		eve := p.createWithEmail(t, fmt.Sprintf("eve%d", i), "victim@x.example", false)
		for range 5 {
			if err := p.RequestVerification(ctx, eve, account.Visitor{}); err == nil {
				sent++
			} else if !isThrottled(err) {
				t.Fatal(err)
			}
		}
	}
	if sent > 3 {
		t.Errorf("%d mails were sent", sent)
	}
}

func TestVerificationMailsAreLimitedPerUser(t *testing.T) {
	p := newPeople(t)
	eve := p.createWithEmail(t, "eve", "", false)
	sent := 0
	for ; sent < 100; sent++ {
		eve.Email = fmt.Sprintf("victim%d@x.example", sent)
		if err := p.RequestVerification(ctx, eve, account.Visitor{}); isThrottled(err) {
			break
		}
	}
	if sent > 10 {
		t.Errorf("%d mails were sent", sent)
	}
	p.now = p.now.Add(11 * time.Minute)
	if err := p.RequestVerification(ctx, eve, account.Visitor{}); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

// Each change increments the version of the account, on which the forms of
// administrators depend.
func TestProfileChangesAreLimited(t *testing.T) {
	p := newPeople(t)
	eve := p.create(t, "eve")
	changes := 0
	for ; changes < 100; changes++ {
		if err := p.ChangeProfile(ctx, eve, account.Profile{Name: fmt.Sprint(changes)}); isThrottled(err) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if changes != 30 {
		t.Errorf("%d changes in a row, want 30", changes)
	}
	p.now = p.now.Add(11 * time.Minute)
	if err := p.ChangeProfile(ctx, eve, account.Profile{Name: "Eve"}); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

// An account can have values from before a check existed.
func TestStoredValuesDoNotPreventOtherChanges(t *testing.T) {
	p := newPeople(t)
	ada := p.addWith(t, &account.User{ID: "imported", Name: "A\u00adda", Email: "ada@x.example", Claims: []byte(`{"phone_number":"0171 2345678","birthdate":1999}`)})
	profile, err := ada.Profile()
	if err != nil {
		t.Fatal(err)
	}
	profile.Claims["nickname"] = "Countess"
	if err := p.ChangeProfile(ctx, ada, profile); err != nil {
		t.Fatalf("another nickname: %v", err)
	}
	claims, err := ada.StandardClaims()
	if err != nil || claims["phone_number"] != "0171 2345678" || claims["birthdate"] != 1999.0 || claims["nickname"] != "Countess" {
		t.Errorf("the claims are %v: %v", claims, err)
	}
	if profile.Claims["phone_number"] = "0171 234567"; p.ChangeProfile(ctx, ada, profile) == nil {
		t.Error("another telephone number without a country was saved")
	}
	delete(profile.Claims, "phone_number")
	if profile.Name = "Ada\u00ad"; p.ChangeProfile(ctx, ada, profile) == nil {
		t.Error("another name with a hidden character was saved")
	}
	if ada.Admin = true; p.Update(ctx, ada) != nil {
		t.Error("an administrator cannot change the rights of the account")
	}
	reset, err := p.ResetPassword(ctx, p.resetProof(t, ada), "another long password", visitor)
	if err != nil || !reset.EmailVerified() {
		t.Errorf("a new password: %+v, %v", reset, err)
	}
}

// TestZoneOfTheProfile: a claim that is not the name of a time zone, which an application of an
// administrator may have stored, opens no file and is UTC.
func TestZoneOfTheProfile(t *testing.T) {
	for claims, want := range map[string]string{
		"": "UTC", `{}`: "UTC", `{"zoneinfo":"Europe/Berlin"}`: "Europe/Berlin", `{"zoneinfo":"Local"}`: "UTC", `{"zoneinfo":""}`: "UTC",
		`{"zoneinfo":"../../etc/passwd"}`: "UTC", `{"zoneinfo":"/etc/localtime"}`: "UTC", `{"zoneinfo":"europe/berlin"}`: "UTC", `{"zoneinfo":1}`: "UTC", `{`: "UTC",
		`{"zoneinfo":"` + strings.Repeat("Europe/", 1000) + `"}`: "UTC",
	} {
		u := account.User{Claims: []byte(claims)}
		if got := u.Zone().String(); got != want {
			t.Errorf("%.60s: got %s, want %s", claims, got, want)
		}
	}
}
