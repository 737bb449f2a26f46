package latchkey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
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
