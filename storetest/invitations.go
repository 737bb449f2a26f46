package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

func (h *house) invitation(t *testing.T, id string, expires time.Time) account.Invitation {
	t.Helper()
	i := account.Invitation{ID: id, Email: id + "@x.example", Note: "Note of " + id, CreatedBy: "id-root", CreatedAt: h.now, ExpiresAt: expires}
	must(t, h.AddInvitation(ctx, i, nil))
	return i
}

// root adds the administrator who creates the invitations.
func (h *house) root(t *testing.T) {
	t.Helper()
	must(t, h.CreateUser(ctx, &account.User{ID: "id-root", Username: "root", Admin: true, CreatedAt: h.now}, "root", account.Unconditionally))
}

// testInvitationsOfFormerAdministrators: they create no accounts after their creator was
// demoted, disabled or deleted, and a deletion withdraws them.
func testInvitationsOfFormerAdministrators(t *testing.T, h *house) {
	h.root(t)
	for name, end := range map[string]func(u *account.User) error{
		"disabled": func(u *account.User) error {
			return h.SwitchUser(ctx, account.Switch{UserID: u.ID, Disabled: true, At: h.now})
		},
		"deleted": func(u *account.User) error { return h.DeleteUser(ctx, u.ID, h.now) },
		"demoted": func(u *account.User) error {
			u.Admin = false
			return h.UpdateUser(ctx, u, u.Username, nil)
		},
	} {
		u := &account.User{ID: "id-" + name, Username: name, Admin: true, CreatedAt: h.now}
		must(t, h.CreateUser(ctx, u, name, account.Unconditionally))
		for _, id := range []string{"before " + name, "after " + name} {
			must(t, h.AddInvitation(ctx, account.Invitation{ID: id, Admin: true, CreatedBy: u.ID, CreatedAt: h.now}, nil))
		}
		must(t, h.accept("before "+name, "first-"+name))
		must(t, end(u))
		if err := h.accept("after "+name, "second-"+name); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("after the administrator was %s: %v", name, err)
		}
		i, err := h.Invitation(ctx, "after "+name)
		if must(t, err); name == "deleted" && i.State(h.now) != account.InvitationWithdrawn {
			t.Errorf("the invitation of a deleted administrator is %s", i.State(h.now))
		}
	}
	must(t, h.AddInvitation(ctx, account.Invitation{ID: "of the host", CreatedAt: h.now}, nil))
	must(t, h.accept("of the host", "zoe"))
}

func (h *house) accept(id, username string) error {
	u := &account.User{ID: id, Username: username, CreatedAt: h.now, Factors: []account.FactorKind{account.FactorPasskey}}
	f := account.Factor{ID: account.FactorID([]byte(fmt.Sprintf("%-32s", id))), Kind: account.FactorPasskey, CreatedAt: h.now}
	return h.CreateInvited(ctx, account.InvitedUser{User: u, Canonical: username, Add: []account.Factor{f}, At: h.now})
}

// testInvitations: an invitation that is not open creates no account, and lists and
// counts show the states.
func testInvitations(t *testing.T, h *house) {
	h.root(t)
	want := h.invitation(t, "1-open", h.now.Add(time.Hour))
	h.invitation(t, "2-forever", time.Time{})
	h.invitation(t, "3-expired", h.now.Add(time.Minute))
	h.invitation(t, "4-withdrawn", h.now.Add(time.Hour))
	h.invitation(t, "5-used", h.now.Add(time.Hour))
	if err := h.AddInvitation(ctx, want, nil); !errors.Is(err, account.ErrConflict) {
		t.Errorf("added twice: %v", err)
	}
	must(t, h.WithdrawInvitation(ctx, "4-withdrawn", h.now))
	must(t, h.accept("5-used", "eve"))
	h.now = h.now.Add(time.Minute)
	for id, wanted := range map[string]error{"3-expired": account.ErrNotFound, "4-withdrawn": account.ErrNotFound, "5-used": account.ErrNotFound, "unknown": account.ErrNotFound} {
		if err := h.accept(id, "new-"+id); !errors.Is(err, wanted) {
			t.Errorf("%s was accepted: %v", id, err)
		}
	}
	for id, wanted := range map[string]error{"3-expired": account.ErrConflict, "4-withdrawn": account.ErrConflict, "5-used": account.ErrConflict, "unknown": account.ErrNotFound} {
		if err := h.WithdrawInvitation(ctx, id, h.now); !errors.Is(err, wanted) {
			t.Errorf("%s was withdrawn: %v", id, err)
		}
	}
	if err := h.accept("1-open", "eve"); !errors.Is(err, account.ErrConflict) {
		t.Errorf("with a taken name: %v", err)
	}
	h.invitation(t, "6-again", time.Time{})
	again := account.InvitedUser{
		User: &account.User{ID: "6-again", Username: "again", CreatedAt: h.now}, Canonical: "again", At: h.now,
		Add: []account.Factor{{ID: account.FactorID([]byte(fmt.Sprintf("%-32s", "5-used"))), Kind: account.FactorPasskey, CreatedAt: h.now}},
	}
	if err := h.CreateInvited(ctx, again); !errors.Is(err, account.ErrFactorTaken) || errors.Is(err, account.ErrConflict) {
		t.Errorf("with the passkey of another account: %v", err)
	}
	if _, err := h.User(ctx, "6-again"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the account was created without its passkey: %v", err)
	}
	must(t, h.WithdrawInvitation(ctx, "6-again", h.now))
	got, err := h.Invitation(ctx, "1-open")
	must(t, err)
	if got.Email != want.Email || got.Note != want.Note || got.CreatedBy != want.CreatedBy || !got.ExpiresAt.Equal(want.ExpiresAt) || got.State(h.now) != account.InvitationOpen {
		t.Errorf("got %+v, want %+v", got, want)
	}
	eve, err := h.User(ctx, "5-used")
	must(t, err)
	factors, err := h.Factors(ctx, eve.ID)
	must(t, err)
	if len(factors) != 1 || !eve.Has(account.FactorPasskey) || eve.Version != 1 {
		t.Errorf("the account is %+v with %v", eve, factors)
	}
	h.listsInvitations(t)
}

func (h *house) listsInvitations(t *testing.T) {
	t.Helper()
	for name, test := range map[string]struct {
		filter account.InvitationFilter
		want   string
	}{
		"all":       {account.InvitationFilter{}, "[6-again 5-used 4-withdrawn 3-expired 2-forever 1-open]"},
		"open":      {account.InvitationFilter{State: account.InvitationOpen}, "[2-forever 1-open]"},
		"used":      {account.InvitationFilter{State: account.InvitationUsed}, "[5-used]"},
		"withdrawn": {account.InvitationFilter{State: account.InvitationWithdrawn}, "[6-again 4-withdrawn]"},
		"expired":   {account.InvitationFilter{State: account.InvitationExpired}, "[3-expired]"},
		"address":   {account.InvitationFilter{Email: "1-OPEN@x.example"}, "[1-open]"},
		"no part":   {account.InvitationFilter{Email: "open@x.example"}, "[]"},
		"later":     {account.InvitationFilter{From: h.now.Add(time.Hour)}, "[]"},
		"earlier":   {account.InvitationFilter{Until: h.now.Add(-time.Hour)}, "[]"},
		"note":      {account.InvitationFilter{Search: "NOTE of 2"}, "[2-forever]"},
	} {
		rows, _, err := h.Invitations(ctx, test.filter, paging.Page{})
		must(t, err)
		n, err := h.CountInvitations(ctx, test.filter)
		must(t, err)
		if n.N != len(rows) || n.More {
			t.Errorf("%s: counted %v", name, n)
		}
		ids := []string{}
		for _, row := range rows {
			ids = append(ids, row.ID)
			if row.Creator != "root" || (row.Username == "eve") != (row.ID == "5-used") {
				t.Errorf("%s: the names of %+v", name, row)
			}
		}
		if fmt.Sprint(ids) != test.want {
			t.Errorf("%s: got %v, want %s", name, ids, test.want)
		}
	}
	first, cursor, err := h.Invitations(ctx, account.InvitationFilter{}, paging.Page{Limit: 3})
	must(t, err)
	second, _, err := h.Invitations(ctx, account.InvitationFilter{}, paging.Page{Limit: 3, After: cursor.Next})
	must(t, err)
	if len(first) != 3 || len(second) != 3 || second[0].ID != "3-expired" {
		t.Errorf("the pages are %v and %v", first, second)
	}
}

// testInvitationContention: one of many callers creates the account, and an invitation
// that is withdrawn at the same time is either used or withdrawn.
func testInvitationContention(t *testing.T, h *house) {
	h.root(t)
	h.invitation(t, "many", time.Time{})
	created := together(crowd, func(i int) bool {
		err := h.accept("many", fmt.Sprint("ada", i))
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		return err == nil
	})
	if n := count(created); n != 1 {
		t.Errorf("%d accounts were created", n)
	}
	for round := range 10 {
		id := fmt.Sprint("race ", round)
		h.invitation(t, id, time.Time{})
		results := together(2, func(i int) bool {
			if i == 0 {
				return h.accept(id, fmt.Sprint("bob", round)) == nil
			}
			return h.WithdrawInvitation(ctx, id, h.now) == nil
		})
		i, err := h.Invitation(ctx, id)
		must(t, err)
		if results[0] == results[1] || results[0] != (i.State(h.now) == account.InvitationUsed) {
			t.Errorf("accepted, withdrawn: %v, and the invitation is %s", results, i.State(h.now))
		}
	}
}
