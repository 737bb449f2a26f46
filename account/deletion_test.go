package account_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

func TestDeletionCanBeForbidden(t *testing.T) {
	p := newPeople(t)
	u := p.create(t, "bob")
	p.ForbidDeletion = true
	_, err := p.RequestDeletion(ctx, u, account.Visitor{})
	wantErr(t, "a deletion that is forbidden", err, account.ErrNotDeletable)
	if u, err = p.Store.User(ctx, u.ID); err != nil || u.Disabled {
		t.Errorf("got %+v, %v", u, err)
	}
}
