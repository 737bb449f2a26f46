package web_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/web"
)

// TestFileHasIdentitiesAndInvitationsOfThePerson: also an invitation that waits for the
// person, if they have confirmed the address.
func TestFileHasIdentitiesAndInvitationsOfThePerson(t *testing.T) {
	f := newFederation(t, nil, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	_, code := invited(t, f.Provider, account.NewInvitation{Note: "accounting"})
	if _, _, err := f.Server.Invite(context.Background(), account.NewInvitation{Email: "ada@acme.example", Note: "second"}); err != nil {
		t.Fatal(err)
	}
	b := f.Browser()
	page := accept(b, f.Provider, code, "ada", nil)
	u, err := f.Store.UserByName(context.Background(), "ada")
	if err != nil {
		t.Fatalf("%v: %s", err, page.Body)
	}
	data := func() (d web.PersonData, text string) {
		stored, err := web.PersonDataOf(context.Background(), f.Store, f.Store, u, u.CreatedAt)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		return *stored, string(encoded)
	}
	if d, text := data(); len(d.Invitations) != 1 || d.Invitations[0].State != account.InvitationUsed || d.Invitations[0].Note != "accounting" || strings.Contains(text, code) {
		t.Errorf("with an address that is not confirmed: %s", text)
	}
	u.Email = "ada@acme.example"
	if err := u.SetEmailVerified(true); err != nil {
		t.Fatal(err)
	}
	if d, text := data(); len(d.Invitations) != 2 || d.Invitations[1].Note != "second" || d.Invitations[1].State != account.InvitationOpen {
		t.Errorf("with a confirmed address: %s", text)
	}
	f.logsIn(t, f.Browser(), "eve", "/")
	if u, err = f.Store.UserByName(context.Background(), "eve"); err != nil {
		t.Fatal(err)
	}
	if d, text := data(); len(d.Factors) != 1 || d.Factors[0].Provider != "acme" || d.Factors[0].Issuer != f.other.Issuer || d.Factors[0].Subject == "" || !strings.Contains(text, `"provider":"acme"`) {
		t.Errorf("with an identity: %s", text)
	}
}
