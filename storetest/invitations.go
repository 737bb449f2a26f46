package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

func (h *house) invitation(t *testing.T, id string, expires time.Time) account.Invitation {
	t.Helper()
	i := account.Invitation{ID: id, Email: id + "@x.example", Locale: "de", Note: "Note of " + id, CreatedBy: "id-root", CreatedAt: h.now, ExpiresAt: expires}
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
		"deleted": func(u *account.User) error { return h.DeleteUser(ctx, u.ID, 0, h.now) },
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
		h.listsAs(t, "after "+name, account.InvitationWithdrawn, name != "deleted")
	}
	h.invitationsEndForGood(t)
	h.invitesWithRoles(t)
	must(t, h.AddInvitation(ctx, account.Invitation{ID: "of the host", CreatedAt: h.now}, nil))
	must(t, h.accept("of the host", "zoe"))
}

// invitationsEndForGood: an invitation remains withdrawn after everything that its creator had
// issued was revoked, although the creator is enabled again. Otherwise a thief could use it later.
func (h *house) invitationsEndForGood(t *testing.T) {
	u := &account.User{ID: "id-stolen", Username: "stolen", Admin: true, CreatedAt: h.now}
	must(t, h.CreateUser(ctx, u, "stolen", account.Unconditionally))
	app := h.client(t, "stolen app")
	app.AdminRole = "administrator"
	must(t, h.UpdateClient(ctx, app))
	invite := func(id string, at time.Time) {
		must(t, h.AddInvitation(ctx, account.Invitation{ID: id, Admin: true, CreatedBy: u.ID, CreatedAt: at}, nil))
		must(t, h.AddInvitation(ctx, account.Invitation{ID: id + " app", Admin: true, Application: app.ID, CreatedAt: at}, nil))
	}
	invite("kept", h.now)
	for _, disabled := range []bool{true, false} {
		must(t, h.SwitchUser(ctx, account.Switch{UserID: u.ID, Disabled: disabled, At: h.now}))
		must(t, h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: app.ID, Disabled: disabled, At: h.now}))
	}
	h.listsAs(t, "kept", account.InvitationOpen, false)
	h.listsAs(t, "kept app", account.InvitationOpen, false)
	must(t, h.RevokeSubject(ctx, u.ID, h.now))
	must(t, h.RevokeClient(ctx, app.ID, h.now))
	invite("later", h.now.Add(time.Millisecond))
	for _, id := range []string{"kept", "kept app"} {
		h.listsAs(t, id, account.InvitationWithdrawn, true)
		if err := h.accept(id, "thief of "+id); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"later", "later app"} {
		h.listsAs(t, id, account.InvitationOpen, false)
		must(t, h.accept(id, "friend of "+id))
	}
}

// listsAs checks the state of an invitation in the lists.
func (h *house) listsAs(t *testing.T, id string, want account.InvitationState, lapsed bool) {
	t.Helper()
	for _, state := range append(account.InvitationStates(), "") {
		rows, _, err := h.Invitations(ctx, account.InvitationFilter{State: state}, paging.Page{})
		must(t, err)
		n, err := h.CountInvitations(ctx, account.InvitationFilter{State: state})
		must(t, err)
		if n.N != len(rows) {
			t.Errorf("%q: counted %d of %d", state, n.N, len(rows))
		}
		found := slices.IndexFunc(rows, func(r account.InvitationRow) bool { return r.ID == id })
		if (found >= 0) != (state == want || state == "") {
			t.Errorf("the list %q has the invitation %s: %v", state, id, found >= 0)
		}
		if found >= 0 && (rows[found].State(h.now) != want || rows[found].Lapsed != lapsed) {
			t.Errorf("the invitation is %+v", rows[found])
		}
	}
}

// invitesWithRoles: the roles are those of the invitation, and a creator who has another role
// than administrator cannot give them.
func (h *house) invitesWithRoles(t *testing.T) {
	t.Helper()
	for _, role := range account.AllRoles() {
		creator := &account.User{ID: "creator " + string(role), Username: "c-" + string(role), CreatedAt: h.now}
		creator.SetRoles(account.Roles{role})
		must(t, h.CreateUser(ctx, creator, creator.Username, account.Unconditionally))
		for _, given := range []account.Roles{nil, {account.RoleAdministrator}, {account.RoleOperator, account.RoleAuditor}} {
			var u account.User
			u.SetRoles(given)
			i := account.Invitation{ID: fmt.Sprintf("%s gives %s", role, given), Admin: u.Admin, OtherRoles: u.OtherRoles, CreatedBy: creator.ID, CreatedAt: h.now}
			must(t, h.AddInvitation(ctx, i, nil))
			got, err := h.Invitation(ctx, i.ID)
			must(t, err)
			if !slices.Equal(got.Roles(), i.Roles()) || got.Creator != creator.Username {
				t.Errorf("stored %v, got %v of %q", i.Roles(), got.Roles(), got.Creator)
			}
			state := account.InvitationWithdrawn
			if i.AllowedBy(creator.Roles()) {
				state = account.InvitationOpen
			}
			h.listsAs(t, i.ID, state, state != account.InvitationOpen)
			if err := h.accept(i.ID, fmt.Sprintf("%.3s-%v-%d", role, u.Admin, len(given))); (err == nil) != (state == account.InvitationOpen) {
				t.Errorf("%s, and is accepted: %v", i.ID, err)
			}
		}
	}
}

// testInvitationsOfApplications: an application that acted for itself needs its role when the
// invitation is accepted.
func testInvitationsOfApplications(t *testing.T, h *house) {
	h.user(t, "root")
	for name, end := range map[string]func(c *oauth.Client) error{
		"unchanged":   func(*oauth.Client) error { return nil },
		"an auditor":  func(c *oauth.Client) error { c.AdminRole = "auditor"; return h.UpdateClient(ctx, c) },
		"without one": func(c *oauth.Client) error { c.AdminRole = ""; return h.UpdateClient(ctx, c) },
		"pretending": func(c *oauth.Client) error {
			c.AdminRole, c.Metadata = "", []byte(`{"a":{"admin_role":"administrator"},"admin_role":"administrator"}`)
			return h.UpdateClient(ctx, c)
		},
		"disabled": func(c *oauth.Client) error {
			return h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: c.ID, Disabled: true, At: h.now})
		},
		"discarded": func(c *oauth.Client) error { return h.DiscardClient(ctx, c.ID, 0, h.now) },
		"deleted":   func(c *oauth.Client) error { return h.DeleteClient(ctx, c.ID) },
	} {
		c := h.client(t, "app "+name)
		c.AdminRole = "administrator"
		must(t, h.UpdateClient(ctx, c))
		for _, given := range []account.Roles{nil, {account.RoleOperator}} {
			id, want := fmt.Sprint(name, given), account.InvitationWithdrawn
			must(t, h.AddInvitation(ctx, account.Invitation{ID: id, OtherRoles: given, Application: c.ID, CreatedAt: h.now}, nil))
			h.listsAs(t, id, account.InvitationOpen, false)
			must(t, end(c))
			if c, _ = h.Client(ctx, "app "+name); name == "unchanged" {
				want = account.InvitationOpen
			}
			i, err := h.Invitation(ctx, id)
			must(t, err)
			if i.State(h.now) != want || i.Application != "app "+name || (c != nil && i.Creator != c.Name) {
				t.Errorf("%s: got %+v", id, i)
			}
			if name != "pretending" { // the list compares texts
				h.listsAs(t, id, want, want != account.InvitationOpen)
			}
			if err := h.accept(id, "user of "+id); (err == nil) != (want == account.InvitationOpen) || (err != nil && !errors.Is(err, account.ErrNotFound)) {
				t.Errorf("%s was accepted: %v", id, err)
			}
			if given == nil && name != "unchanged" { // for the second invitation
				must(t, h.again(name, c))
				c, err = h.Client(ctx, "app "+name)
				must(t, err)
			}
		}
	}
}

// again restores the role of an application.
func (h *house) again(name string, c *oauth.Client) error {
	switch name {
	case "disabled":
		return h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: c.ID, At: h.now})
	case "discarded":
		if err := h.RestoreClient(ctx, "app discarded", h.now); err != nil {
			return err
		}
		return h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "app discarded", At: h.now})
	case "deleted":
		return h.CreateClient(ctx, &oauth.Client{ID: "app deleted", Name: "App", Type: oauth.Confidential, AdminRole: "administrator", CreatedAt: h.now, UpdatedAt: h.now})
	}
	c.AdminRole = "administrator"
	return h.UpdateClient(ctx, c)
}

// testInvitationsOfADeletedAddress: they are erased with the person, but only if the address
// is confirmed, because everybody can enter the address of another person.
func testInvitationsOfADeletedAddress(t *testing.T, h *house) {
	for _, confirmed := range []bool{true, false} {
		u := &account.User{ID: fmt.Sprint("id-", confirmed), Username: fmt.Sprint("u-", confirmed), Email: fmt.Sprintf("Is-%v@x.example", confirmed), CreatedAt: h.now}
		must(t, u.SetEmailVerified(confirmed))
		must(t, h.CreateUser(ctx, u, u.Username, account.Unconditionally))
		for _, email := range []string{strings.ToLower(u.Email), "not-" + u.Email} {
			must(t, h.AddInvitation(ctx, account.Invitation{ID: "for " + email, Email: email, CreatedAt: h.now}, nil))
		}
		must(t, h.DeleteUser(ctx, u.ID, 0, h.now))
		if _, err := h.Invitation(ctx, "for "+strings.ToLower(u.Email)); errors.Is(err, account.ErrNotFound) != confirmed {
			t.Errorf("confirmed %v: %v", confirmed, err)
		}
		if _, err := h.Invitation(ctx, "for not-"+u.Email); err != nil {
			t.Errorf("the invitation of another person: %v", err)
		}
	}
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
	h.setNow(h.now.Add(time.Minute))
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
	if got.Email != want.Email || got.Note != want.Note || got.Locale != want.Locale || got.CreatedBy != want.CreatedBy || !got.ExpiresAt.Equal(want.ExpiresAt) || got.State(h.now) != account.InvitationOpen {
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
