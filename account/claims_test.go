package account_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// wantClaimFault fails the test unless err is about one standard claim.
func wantClaimFault(t *testing.T, err error, field, words string) {
	t.Helper()
	var faults validate.FieldErrors
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != field || !strings.Contains(faults[0].Message, words) {
		t.Errorf("got %v", err)
	}
}

// OpenID Connect Core §5.1. The forms are tested in package validate.
func TestStandardClaimsAreCheckedWhereverTheyAreStored(t *testing.T) {
	p := newPeople(t)
	ada := p.create(t, "ada2")
	invalid := json.RawMessage(`{"birthdate":"31.12.1999"}`)
	const words = "birthdate: This value is not valid. Use the form YYYY-MM-DD"

	_, err := p.Create(ctx, account.NewUser{Username: "bob", Password: password, Claims: invalid})
	wantClaimFault(t, err, "claims", words)
	edited := *ada
	edited.Claims = invalid
	wantClaimFault(t, p.Update(ctx, &edited), "claims", words)
	edited = *ada
	wantClaimFault(t, p.Change(ctx, &edited, func(u *account.User) error { u.Claims = invalid; return nil }), "claims", words)
	wantClaimFault(t, p.ChangeProfile(ctx, ada, account.Profile{Claims: map[string]string{"birthdate": "31.12.1999"}}), "birthdate", "Use the form YYYY-MM-DD")
	for name, value := range map[string]string{"phone_number": "abc", "locale": "xx??", "zoneinfo": "Mars/Base", "website": "ada.example"} {
		wantClaimFault(t, p.ChangeProfile(ctx, ada, account.Profile{Claims: map[string]string{name: value}}), name, "is not valid")
	}
}

// TestInvalidStoredClaimsDoNotPreventOtherChanges: a database can have values that
// nobody checked when they were stored.
func TestInvalidStoredClaimsDoNotPreventOtherChanges(t *testing.T) {
	p := newPeople(t)
	ada := p.createWithEmail(t, "ada2", "ada2@example.com", false)
	ada.Claims = json.RawMessage(`{"birthdate":"31.12.1999","address":"High Street"}`)
	if err := p.Store.UpdateUser(ctx, ada, "ada2", nil); err != nil {
		t.Fatal(err)
	}
	err := p.Change(ctx, ada, func(u *account.User) error {
		u.Admin = true
		return u.SetEmailVerified(true)
	})
	if err != nil || !ada.EmailVerified() {
		t.Errorf("rights: %v", err)
	}
	if err := p.ChangeProfile(ctx, ada, account.Profile{Name: "Ada", Email: ada.Email, Claims: map[string]string{"birthdate": "1999-12-31"}}); err != nil {
		t.Errorf("profile: %v", err)
	}
}
