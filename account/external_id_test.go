package account_test

import (
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestPeopleCannotRemoveTheirExternalID, because the directory could then no longer find the
// account to block it.
func TestPeopleCannotRemoveTheirExternalID(t *testing.T) {
	p := newPeople(t)
	u, err := p.Provision(ctx, account.ProvisionedUser{NewUser: account.NewUser{Username: "grace", Password: password}, ExternalID: "7"})
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, err := p.StartSession(ctx, u, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	factors, err := p.Store.Factors(ctx, u.ID)
	if err != nil || len(factors) != 1 {
		t.Fatal(factors, err)
	}
	if err := p.RemoveFactor(ctx, cookie, factors[0].ID, false); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("removing: %v", err)
	}
	if err := p.RenameFactor(ctx, cookie, factors[0].ID, "8"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("renaming: %v", err)
	}
	if err := p.ResetFactors(ctx, u.ID); err != nil {
		t.Errorf("resetting: %v", err)
	}
	if found, err := p.UserByExternalID(ctx, "7"); err != nil || found.ID != u.ID {
		t.Errorf("got %v %v", found, err)
	}
}

// TestAProvisionedAccountIsCreatedCompletelyOrNotAtAll: if the external ID is taken, no account is
// created. Nobody can log in to an account without a password.
func TestAProvisionedAccountIsCreatedCompletelyOrNotAtAll(t *testing.T) {
	p := newPeople(t)
	provision := func(name, id string) error {
		_, err := p.Provision(ctx, account.ProvisionedUser{NewUser: account.NewUser{Username: name}, ExternalID: id})
		return err
	}
	if err := provision("grace", "7"); err != nil {
		t.Fatal(err)
	}
	if err := provision("eve", "7"); !errors.Is(err, account.ErrExternalIDTaken) {
		t.Errorf("got %v", err)
	}
	if _, err := p.Store.UserByName(ctx, "eve"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the account exists: %v", err)
	}
	if _, _, err := p.login("grace", "", "", "198.51.100.7"); !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("logging in: %v", err)
	}
	if _, err := p.UserByExternalID(ctx, ""); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an empty ID: %v", err)
	}
}
