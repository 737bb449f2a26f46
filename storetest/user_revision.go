package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// revision is a revision of a user that changes everything.
func (h *house) revision(u *account.User, mail string) account.UserRevision {
	after := *u
	after.Username, after.Name, after.Email = u.Username+"-new", "New", "new@x.example"
	return account.UserRevision{
		User: &after, Profile: true, Canonical: after.Username, Switch: true, Disabled: true, Hash: "new", Add: []account.Factor{h.factor(9, account.FactorExternal)},
		Notices: []*account.Notice{nil, {Mail: h.mail(mail, account.MailPasswordChanged, "ada@x.example", "", 2), Bounds: account.MailBounds{Rank: 9, Recipient: 9, Source: 9}}}, At: h.now.Add(time.Minute),
	}
}

// testUserRevisions: several changes of a user are made together, with everything that follows from
// them, or none of them is made.
func testUserRevisions(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "bob")
	old := h.factor(8, account.FactorExternal)
	u := h.user(t, "ada")
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: u, Add: []account.Factor{old}, At: h.now}))
	must(t, h.AddMail(ctx, h.mail("taken", account.MailPasswordChanged, "o@x.example", "", 2), account.MailBounds{Rank: 9, Recipient: 9, Source: 9}))
	h.newMails(t)
	h.startSession(t, "s", u.ID)
	_, access := h.family(t, u.ID)
	staff := h.group(t, "staff", account.RoleAuditor)
	must(t, errorOf(h.AddMembers(ctx, staff.ID, []string{u.ID}, h.now)))
	taken := h.factor(7, account.FactorExternal)
	h.withFactor(t, "eve", taken)
	before, err := h.User(ctx, u.ID)
	must(t, err)
	for name, test := range map[string]struct {
		change func(*account.UserRevision)
		want   error
	}{
		"another version":            {func(r *account.UserRevision) { r.User.Version-- }, account.ErrConflict},
		"another login epoch":        {func(r *account.UserRevision) { r.User.LoginEpoch-- }, account.ErrConflict},
		"a username that is taken":   {func(r *account.UserRevision) { r.Canonical = "bob" }, account.ErrConflict},
		"a factor of another person": {func(r *account.UserRevision) { r.Add[0].ID = taken.ID }, account.ErrConflict},
		"a factor that exists":       {func(r *account.UserRevision) { r.Add[0].ID = old.ID }, account.ErrConflict},
		"a mail that exists":         {func(r *account.UserRevision) { r.Notices[1].Mail.ID = "taken" }, account.ErrConflict},
		"a second mail that exists": {func(r *account.UserRevision) {
			second := *r.Notices[1]
			second.Mail.ID = "taken"
			r.Notices = append(r.Notices, &second)
		}, account.ErrConflict},
		"nobody":  {func(r *account.UserRevision) { r.User.ID = "nobody" }, account.ErrNotFound},
		"no time": {func(r *account.UserRevision) { r.At = time.Time{} }, account.ErrNoTime},
	} {
		r := h.revision(before, "m1")
		if test.change(&r); !errors.Is(h.ReviseUser(ctx, r), test.want) {
			t.Errorf("%s: want %v", name, test.want)
		}
		now, err := h.User(ctx, u.ID)
		must(t, err)
		same(t, "the user after "+name, *now, *before)
		factors, err := h.Factors(ctx, u.ID)
		must(t, err)
		if _, _, err := h.Session(ctx, "s"); err != nil || len(factors) != 1 || len(h.newMails(t)) > 0 || !h.valid(t, access) {
			t.Errorf("%s: a part was changed: session %v, factors %v", name, err, factors)
		}
	}

	r := h.revision(before, "m1")
	r.Remove, r.Add[0].ID = []account.FactorID{old.ID}, old.ID
	must(t, h.ReviseUser(ctx, r))
	now, err := h.User(ctx, u.ID)
	must(t, err)
	want := *before
	want.Username, want.Name, want.Email, want.PasswordHash, want.Disabled = "ada-new", "New", "new@x.example", "new", true
	want.Version, want.LoginEpoch, want.UpdatedAt = before.Version+1, before.LoginEpoch+1, r.At
	same(t, "the user", *now, want)
	factors, err := h.Factors(ctx, u.ID)
	must(t, err)
	if _, _, err := h.Session(ctx, "s"); !errors.Is(err, account.ErrNotFound) || len(factors) != 1 || factors[0].CreatedAt.IsZero() || !slices.Equal(h.newMails(t), []string{"m1"}) {
		t.Errorf("after the revision: session %v, factors %v", err, factors)
	}
	_, standing, err := h.AccessToken(ctx, access.ID)
	if err != nil || !standing.SubjectBlocked || !standing.SubjectRevokedBefore.Equal(r.At) || r.User.Version != now.Version || r.User.LoginEpoch != now.LoginEpoch {
		t.Errorf("after the revision: %+v %v, %+v", standing, err, r.User)
	}
	if found, err := h.UserByName(ctx, "ada-new"); err != nil || found.ID != u.ID {
		t.Errorf("by the new name: %v", err)
	}

	// Enabling and the removal of a factor change nothing else.
	must(t, h.ReviseUser(ctx, account.UserRevision{User: now, Switch: true, Remove: []account.FactorID{old.ID}, At: r.At}))
	want.Disabled, want.Version = false, want.Version+1
	enabled, err := h.User(ctx, u.ID)
	must(t, err)
	same(t, "the user who is enabled", *enabled, want)
	if _, _, err := h.Session(ctx, "s"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a session from before: %v", err)
	}
	if _, standing, err := h.AccessToken(ctx, access.ID); err != nil || standing.SubjectBlocked || h.valid(t, access) {
		t.Errorf("a token from before: %+v %v", standing, err)
	}
	h.startSession(t, "s2", u.ID)
	must(t, h.ReviseUser(ctx, account.UserRevision{User: enabled, Add: []account.Factor{h.factor(5, account.FactorExternal)}, At: r.At}))
	if _, _, err := h.Session(ctx, "s2"); err != nil || enabled.LoginEpoch != want.LoginEpoch {
		t.Errorf("a factor was added: the session: %v", err)
	}
}

// testRolesInRevisions: a revision cannot remove the last administrator, and revokes the tokens of a person
// who loses a role.
func testRolesInRevisions(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "root")
	h.setRoles(t, "id-root", account.RoleAdministrator)
	root, err := h.User(ctx, "id-root")
	must(t, err)
	demoted := *root
	demoted.SetRoles(nil)
	for name, r := range map[string]account.UserRevision{
		"disabling": {User: root, Switch: true, Disabled: true, At: h.now},
		"demoting":  {User: &demoted, Profile: true, Canonical: "root", At: h.now},
	} {
		if err := h.ReviseUser(ctx, r); !errors.Is(err, account.ErrLastAdmin) {
			t.Errorf("%s the last administrator: %v", name, err)
		}
	}
	must(t, h.ReviseUser(ctx, account.UserRevision{User: root, Hash: "new", At: h.now}))
	h.user(t, "second")
	h.setRoles(t, "id-second", account.RoleAdministrator)
	h.setNow(h.now.Add(time.Minute))
	demoted.Version, demoted.LoginEpoch = root.Version, root.LoginEpoch
	must(t, h.ReviseUser(ctx, account.UserRevision{User: &demoted, Profile: true, Canonical: "root", At: h.now}))
	if now, err := h.User(ctx, "id-root"); err != nil || now.Admin || now.LoginEpoch != root.LoginEpoch+1 || !h.revokedBefore(t, "id-root").Equal(h.now) {
		t.Errorf("after the loss of the role: %+v %v", now, err)
	}
	// Meanwhile, the person gets a role through a group and loses it, which changes the login epoch.
	admins := h.group(t, "admins", account.RoleAdministrator)
	must(t, errorOf(h.AddMembers(ctx, admins.ID, []string{demoted.ID}, h.now)))
	must(t, errorOf(h.RemoveMembers(ctx, admins.ID, []string{demoted.ID}, h.now)))
	if err := h.ReviseUser(ctx, account.UserRevision{User: &demoted, Switch: true, At: h.now}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("after the loss of a role: %v", err)
	}
}

// testRevisionBesideLogout: a revision conflicts with the end of sessions at the same time. No other
// reason is reported, such as that the person is the last administrator.
func testRevisionBesideLogout(t *testing.T, h *house) {
	h.user(t, "root")
	h.setRoles(t, "id-root", account.RoleAdministrator)
	for range 10 {
		u := h.user(t, oauth.NewID(h.now).String())
		together(4, func(i int) bool {
			var err error
			if i > 0 {
				err = h.EndSessions(ctx, oauth.SessionsEnd{Subject: u.ID, At: h.now})
			} else {
				mine := *u
				err = h.ReviseUser(ctx, account.UserRevision{User: &mine, Switch: true, Disabled: true, At: h.now})
			}
			if err != nil && !errors.Is(err, account.ErrConflict) {
				t.Errorf("beside the end of sessions: %v", err)
			}
			return err == nil
		})
		must(t, h.DeleteUser(ctx, u.ID, 0, h.now))
	}
}

// testRevisionContention: of several revisions of the same version, exactly one is made.
func testRevisionContention(t *testing.T, h *house) {
	for range 5 {
		u := h.user(t, oauth.NewID(h.now).String())
		refused := together(6, func(i int) bool {
			mine := *u
			err := h.ReviseUser(ctx, account.UserRevision{User: &mine, Switch: i%2 == 0, Disabled: true, Add: []account.Factor{{ID: account.FactorID{1, byte(i)}, Kind: account.FactorExternal}}, Remove: []account.FactorID{{1, byte(i + 1)}}, At: h.now})
			if err != nil && !errors.Is(err, account.ErrConflict) {
				t.Error(err)
			}
			return err != nil
		})
		factors, err := h.Factors(ctx, u.ID)
		must(t, err)
		if n := count(refused); n != 5 || len(factors) != 1 {
			t.Fatalf("%d revisions were refused, and the user has %d factors", n, len(factors))
		}
		must(t, h.DeleteUser(ctx, u.ID, 0, h.now))
	}
}
