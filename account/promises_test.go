package account_test

import (
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A click of the victim, who is logged in to another account, must not confirm the
// address for the account of an attacker.
func TestLinkConfirmsAnAddressOnlyForItsOwnAccount(t *testing.T) {
	p := newPeople(t)
	victim := p.create(t, "victim")
	attacker := p.createWithEmail(t, "attacker", "victim@x.example", false)
	proof := p.verificationProof(t, attacker)
	for _, by := range []string{victim.ID, ""} {
		if err := p.VerifyEmail(ctx, proof, by); !errors.Is(err, account.ErrOtherAccount) {
			t.Errorf("as user %q: %v", by, err)
		}
	}
	if u, err := p.Store.User(ctx, attacker.ID); err != nil || u.EmailVerified() {
		t.Errorf("the address was confirmed: %v", err)
	}
	if err := p.VerifyEmail(ctx, proof, attacker.ID); err != nil {
		t.Error(err)
	}
}

// TestPasswordsMadeOfOwnNamesAreRejected wherever a password is set.
func TestPasswordsMadeOfOwnNamesAreRejected(t *testing.T) {
	const own = "hildegardbingen1"
	p := newPeople(t)
	hildegard := account.NewUser{Username: "hildegardbingen", Password: own}
	create := func() error { _, err := p.Create(ctx, hildegard); return err }
	signUp := func() error { _, err := p.SignUp(ctx, hildegard, clientAddress); return err }
	for name, set := range map[string]func() error{"create": create, "sign up": signUp} {
		if faults := validate.FieldErrors(nil); !errors.As(set(), &faults) || faults[0].Field != "password" {
			t.Errorf("%s: got %v", name, faults)
		}
	}
	u := p.createWithEmail(t, hildegard.Username, "h@x.example", true)
	for name, set := range map[string]func() error{
		"an administrator": func() error { return p.SetPassword(ctx, u, own) },
		"the person":       func() error { return p.ChangePassword(ctx, u, password, own, visitor) },
		"a reset":          func() error { _, err := p.ResetPassword(ctx, p.resetProof(t, u), own, visitor); return err },
	} {
		if faults := validate.FieldErrors(nil); !errors.As(set(), &faults) {
			t.Errorf("%s: the password was set", name)
		}
	}
}

// TestDisabledAccountKeepsItsTokensOnlyOnRequest: enabling the account must not revive
// tokens that an administrator wanted to revoke.
func TestDisabledAccountKeepsItsTokensOnlyOnRequest(t *testing.T) {
	for _, revoke := range []bool{true, false} {
		p := newPeople(t)
		store := p.Store.(*memstore.Store)
		u := p.create(t, "bob")
		if err := store.CreateClient(ctx, &oauth.Client{ID: "c", CreatedAt: p.now}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(p.Disable(ctx, u.ID, revoke), p.Enable(ctx, u.ID)); err != nil {
			t.Fatal(err)
		}
		standing, err := store.JWTStanding(ctx, oauth.NewID(p.now), oauth.ID{}, "c", u.ID)
		if revoked := standing.RevokedBecause(p.now) != ""; err != nil || revoked != revoke {
			t.Errorf("disabled with revoke %t: revoked %t, %v", revoke, revoked, err)
		}
	}
}
