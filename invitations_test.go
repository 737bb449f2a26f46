package latchkey_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestHostProgramInvitesPeopleByMailOnlyIfItSendsMails(t *testing.T) {
	p := latchkeytest.New(t)
	if _, _, err := invitePerson(t.Context(), p.Server); !isFieldErrors(err) {
		t.Errorf("without mail: %v", err)
	}
	p = latchkeytest.New(t, func(o *latchkey.Options) { o.InsecureCatchMails = true })
	i, link, err := invitePerson(t.Context(), p.Server)
	if err != nil || link != "" || i.Email != "ada@example.com" {
		t.Fatalf("got %+v, %q, %v", i, link, err)
	}
	_, link, err = p.Server.Invite(t.Context(), account.NewInvitation{})
	if err != nil || !strings.HasPrefix(link, p.Issuer+"/invite/#lk_in_") {
		t.Errorf("by link: %q, %v", link, err)
	}
	if err := p.Server.WithdrawInvitation(t.Context(), i.ID); err != nil {
		t.Error(err)
	}
	all, _, err := p.Server.Invitations(t.Context(), account.InvitationFilter{State: account.InvitationWithdrawn}, paging.Page{})
	if err != nil || len(all) != 1 || all[0].ID != i.ID {
		t.Errorf("withdrawn: %v, %v", all, err)
	}
	closed, ok := errors.AsType[*account.InvitationError](p.Server.WithdrawInvitation(t.Context(), i.ID))
	if !ok || closed.State != account.InvitationWithdrawn {
		t.Errorf("withdrawn twice: %v", closed)
	}
}

func isFieldErrors(err error) bool {
	_, ok := errors.AsType[validate.FieldErrors](err)
	return ok
}

// TestInvitationsOfTheProgramAreInTheAuditLog with the person or the application that the program names,
// or the program itself.
func TestInvitationsOfTheProgramAreInTheAuditLog(t *testing.T) {
	p := latchkeytest.New(t)
	root := p.AddUser("root", true)
	machine, _ := p.AddClient("https://machine.example/cb", func(c *oauth.Client) { c.AdminRole = string(account.RoleAdministrator) })
	records := func() []*audit.Record {
		t.Helper()
		if _, err := audit.New(audit.Config{Store: p.Store, Key: []byte("key"), Clock: p.Now}).Link(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, _, err := audit.List(t.Context(), p.Store, audit.Filter{Event: oauth.EventAdministration}, paging.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for n, test := range []struct {
		of          account.NewInvitation
		actor, kind string
	}{
		{account.NewInvitation{Roles: account.Roles{account.RoleAuditor}}, "", audit.ActorHost},
		{account.NewInvitation{CreatedBy: root.ID}, root.ID, audit.ActorPerson},
		{account.NewInvitation{Application: machine.ID}, machine.ID, audit.ActorApplication},
	} {
		i, _, err := p.Server.Invite(t.Context(), test.of)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Server.WithdrawInvitation(t.Context(), i.ID); err != nil {
			t.Fatal(err)
		}
		all := records()
		if len(all) != 2*(n+1) {
			t.Fatalf("%+v: there are %d records", test.of, len(all))
		}
		all = slices.DeleteFunc(all, func(r *audit.Record) bool { return r.Target != i.ID })
		slices.SortFunc(all, func(a, b *audit.Record) int { return strings.Compare(b.Kind, a.Kind) }) // those of one millisecond have no order
		if len(all) != 2 {
			t.Fatalf("%+v: %d records are about the invitation", test.of, len(all))
		}
		if r := all[1]; r.Kind != "Server.Invite" || r.Target != i.ID || r.ActorKind != test.kind || r.Actor != test.actor {
			t.Errorf("%+v: recorded as %+v", test.of, r)
		}
		if r := all[0]; r.Kind != "Server.WithdrawInvitation" || r.Target != i.ID || r.ActorKind != audit.ActorHost {
			t.Errorf("%+v: the withdrawal is recorded as %+v", test.of, r)
		}
		if roles := i.Roles().String(); roles != "" && !slices.Contains(all[1].Changes(), oauth.Change{Field: "roles", After: roles}) {
			t.Errorf("the record has no roles: %+v", all[1])
		}
	}
	if _, _, err := p.Server.Invite(t.Context(), account.NewInvitation{Email: "ada@example.com"}); err == nil || len(records()) != 6 {
		t.Errorf("an invitation that failed: %v", err)
	}
}
