package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// possessions adds a person, and one row of each kind that refers to a person.
func (h *house) possessions(t *testing.T, name string) *account.User {
	t.Helper()
	u := h.user(t, name)
	f := h.factor(0, account.FactorBrowser)
	f.ID = sha256.Sum256([]byte(name))
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: u, Add: []account.Factor{f}, At: h.now}))
	h.logIn(t, u.ID, name+" 1", time.Hour)
	h.family(t, u.ID)
	h.put(t, u.ID)
	must(t, h.approve(oauth.Approval{Now: h.now, Consent: &oauth.Consent{Subject: u.ID, ClientID: "c", Scope: oauth.Scopes{"read"}, GrantedAt: h.now, UpdatedAt: h.now}}))
	m := h.mail("mail "+name, account.MailNewBrowser, name+"@x.example", "", 0)
	m.UserID = u.ID
	must(t, h.AddMail(ctx, m, account.MailBounds{Rank: 10, Recipient: 10, Source: 10}))
	must(t, h.SetUserMetadata(ctx, u.ID, []byte(`{"a":1}`)))
	must(t, h.SetPicture(ctx, u, name, &account.Picture{ID: "picture of " + name, Image: []byte(name), CreatedAt: h.now}))
	must(t, h.AddInvitation(ctx, account.Invitation{ID: u.ID, Note: "used", CreatedAt: h.now}, nil))
	must(t, h.AddInvitation(ctx, account.Invitation{ID: "by " + name, CreatedBy: u.ID, CreatedAt: h.now}, nil))
	owned := &oauth.Client{ID: "owned by " + name, Name: "Owned", Type: oauth.Confidential, OwnerID: u.ID, ServiceUserID: u.ID, CreatedAt: h.now}
	must(t, h.CreateClient(ctx, owned))
	u, err := h.User(ctx, u.ID)
	must(t, err)
	return u
}

// references counts the rows of each kind that refer to a person.
func (h *house) references(t *testing.T, u *account.User) map[string]int {
	t.Helper()
	n := make(map[string]int)
	if _, err := h.User(ctx, u.ID); err == nil {
		n["user"]++
	}
	factors, err := h.Factors(ctx, u.ID)
	must(t, err)
	sessions, _, err := h.Sessions(ctx, account.SessionFilter{UserID: u.ID}, paging.Page{})
	must(t, err)
	families, tokens, consents := h.listed(t, oauth.FamilyFilter{Subject: u.ID})
	tickets, _, err := h.Tickets(ctx, h.ticket(u.ID).Kind, oauth.FamilyFilter{Subject: u.ID}, paging.Page{})
	must(t, err)
	if _, err := h.PictureOf(ctx, u.ID); err == nil {
		n["pictures"]++
	}
	if _, err := h.Invitation(ctx, u.ID); err == nil {
		n["invitations"]++
	}
	if i, err := h.Invitation(ctx, "by "+u.Username); err != nil || i.CreatedBy == u.ID {
		n["created invitations"]++
	}
	client, err := h.Client(ctx, "owned by "+u.Username)
	must(t, err)
	if client.OwnerID == u.ID {
		n["applications"]++
	}
	n["factors"], n["sessions"], n["families"], n["tokens"], n["consents"], n["tickets"] = len(factors), len(sessions), len(families), len(tokens), consents, len(tickets)
	return n
}

// serviceUserIsBlocked: the application of a service user whose account was deleted gets no
// token, and does not act for itself instead (RFC 6749 §4.4).
func (h *house) serviceUserIsBlocked(t *testing.T, u *account.User) {
	t.Helper()
	client, err := h.Client(ctx, "owned by "+u.Username)
	must(t, err)
	if client.ServiceUserID != u.ID {
		t.Errorf("%s: the application has the service user %q, and acts for itself", u.Username, client.ServiceUserID)
	}
	standing, err := h.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, client.ID, u.ID)
	if must(t, err); standing.Disabled() == "" {
		t.Errorf("%s: the application can use the account: %+v", u.Username, standing)
	}
}

// testErasure: after a deletion nothing refers to the person but the ID of a service user, and
// the rows of other people are kept.
func testErasure(t *testing.T, h *house) {
	h.client(t, "c")
	for name, erase := range map[string]func(u *account.User) error{
		"ada": func(u *account.User) error { return h.DeleteUser(ctx, u.ID, 0, h.now) },
		"eve": func(u *account.User) error {
			must(t, h.ScheduleDeletion(ctx, account.Deletion{User: u, At: h.now, DeleteAt: h.now.Add(time.Second)}))
			h.setNow(h.now.Add(time.Second))
			n, err := h.DeleteExpiredUsers(ctx, h.now)
			if n != 1 {
				t.Errorf("%d users were deleted", n)
			}
			return err
		},
	} {
		other := h.possessions(t, "bob-"+name)
		u := h.possessions(t, name)
		f, access := h.family(t, u.ID)
		before := h.references(t, other)
		for kind, n := range before {
			if n == 0 {
				t.Fatalf("the other person has no %s", kind)
			}
		}
		must(t, erase(u))
		for kind, n := range h.references(t, u) {
			if n != 0 {
				t.Errorf("%s: %d %s refer to the person", name, n, kind)
			}
		}
		h.serviceUserIsBlocked(t, u)
		if after := h.references(t, other); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s: another person has %v, and had %v", name, after, before)
		}
		if _, _, err := h.Family(ctx, f.ID); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("%s: the family: %v", name, err)
		}
		if standing, err := h.JWTStanding(ctx, access.ID, oauth.ID{}, "c", u.ID); err != nil || !standing.SubjectBlocked {
			t.Errorf("%s: a JWT: %+v, %v", name, standing, err)
		}
		mails, err := h.TakeMails(ctx, h.now.Add(time.Minute), time.Minute, 9, 10)
		must(t, err)
		for _, m := range mails {
			if m.UserID == u.ID {
				t.Errorf("%s: a mail about the person waits", name)
			}
			must(t, h.RemoveMail(ctx, m.ID))
		}
		if err := h.DeleteUser(ctx, u.ID, 0, h.now); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: deleted twice: %v", name, err)
		}
		must(t, h.CreateUser(ctx, &account.User{ID: "new " + name, Username: name}, name, account.IfDistinct))
	}
}

// testScheduledDeletion: until the deletion, the account is disabled, and it can be kept.
func testScheduledDeletion(t *testing.T, h *house) {
	h.client(t, "c")
	u := h.possessions(t, "ada")
	stale := *u
	f, _ := h.family(t, u.ID)
	due := h.now.Add(time.Hour)
	must(t, h.ScheduleDeletion(ctx, account.Deletion{User: u, At: h.now, DeleteAt: due}))
	got, err := h.User(ctx, u.ID)
	must(t, err)
	if !got.Disabled || !got.DeleteAt.Equal(due) || u.Version != got.Version || u.LoginEpoch != got.LoginEpoch || !u.DeleteAt.Equal(due) {
		t.Errorf("got %+v, and the store has %+v", u, got)
	}
	if _, _, err := h.Session(ctx, "ada 1"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the session: %v", err)
	}
	if _, standing, err := h.Family(ctx, f.ID); err != nil || standing.RevokedBecause(f.IssuedAt) == "" {
		t.Errorf("the family: %+v, %v", standing, err)
	}
	if err := h.ScheduleDeletion(ctx, account.Deletion{User: &stale, At: h.now, DeleteAt: due}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("scheduled twice: %v", err)
	}
	if err := h.ScheduleDeletion(ctx, account.Deletion{User: &account.User{ID: "none"}, At: h.now, DeleteAt: due}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("an unknown user: %v", err)
	}
	if n, err := h.DeleteExpiredUsers(ctx, due.Add(-time.Millisecond)); n != 0 || err != nil {
		t.Errorf("%d users were deleted before their time: %v", n, err)
	}
	if err := h.CancelDeletion(ctx, u.ID, due.Add(time.Second), h.now); !errors.Is(err, account.ErrConflict) {
		t.Errorf("canceled with another time: %v", err)
	}
	if err := h.CancelDeletion(ctx, "none", due, h.now); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("canceled for an unknown user: %v", err)
	}
	must(t, h.CancelDeletion(ctx, u.ID, due, h.now))
	if err := h.CancelDeletion(ctx, u.ID, due, h.now); !errors.Is(err, account.ErrConflict) {
		t.Errorf("canceled twice: %v", err)
	}
	if got, err = h.User(ctx, u.ID); err != nil || got.Disabled || !got.DeleteAt.IsZero() {
		t.Errorf("after the cancellation: %+v, %v", got, err)
	}
	h.setNow(h.now.Add(time.Second))
	if _, access := h.family(t, u.ID); !h.valid(t, access) {
		t.Error("after the cancellation, a new token is not valid")
	}
	if _, standing, err := h.Family(ctx, f.ID); err != nil || standing.RevokedBecause(f.IssuedAt) == "" {
		t.Errorf("after the cancellation, the old family: %+v, %v", standing, err)
	}
	if n, err := h.DeleteExpiredUsers(ctx, due); n != 0 || err != nil {
		t.Errorf("%d users were deleted after the cancellation: %v", n, err)
	}
	h.decidedByAdministrator(t, got, due)
}

// decidedByAdministrator: an administrator who enables the account cancels the deletion. After the
// account was disabled, by an administrator or a directory, the deletion stays due, and if it is canceled,
// the account stays disabled.
func (h *house) decidedByAdministrator(t *testing.T, u *account.User, due time.Time) {
	t.Helper()
	mark := account.Factor{ID: account.DirectoryBlockKey(u.ID), Kind: account.FactorExternal, CreatedAt: h.now}
	on := func() error { return h.SwitchUser(ctx, account.Switch{UserID: u.ID, At: h.now}) }
	off := func() error { return h.SwitchUser(ctx, account.Switch{UserID: u.ID, Disabled: true, At: h.now}) }
	revise := func(r account.UserRevision) error {
		now, err := h.User(ctx, u.ID)
		must(t, err)
		r.User, r.Switch, r.Remove, r.At = now, true, []account.FactorID{mark.ID}, h.now
		return h.ReviseUser(ctx, r)
	}
	for name, test := range map[string]struct {
		steps       []func() error
		due, stayed bool
	}{
		"disabled":       {[]func() error{off}, true, true},
		"disabled twice": {[]func() error{off, func() error { unchanged(t, h, u.ID, true); return nil }}, true, true},
		"by both": {[]func() error{func() error { return revise(account.UserRevision{Disabled: true, Add: []account.Factor{mark}}) }, off, func() error {
			if found, _, err := h.Factor(ctx, mark.ID); err != nil || found.Name != account.AdministratorBlock(u.ID, h.now).Name {
				t.Errorf("the mark of the administrator after that of a directory: %+v, %v", found, err)
			}
			return nil
		}}, true, true},
		"enabled":                   {[]func() error{on}, false, false},
		"disabled and enabled":      {[]func() error{off, on}, false, false},
		"blocked by a directory":    {[]func() error{func() error { return revise(account.UserRevision{Disabled: true, Add: []account.Factor{mark}}) }}, true, true},
		"no block by the directory": {[]func() error{func() error { return revise(account.UserRevision{}) }}, true, false},
	} {
		must(t, h.ScheduleDeletion(ctx, account.Deletion{User: u, At: h.now, DeleteAt: due}))
		for _, step := range test.steps {
			must(t, step())
		}
		got, err := h.User(ctx, u.ID)
		must(t, err)
		if got.DeleteAt.Equal(due) != test.due || got.Disabled != test.due {
			t.Errorf("%s: got %+v", name, got)
		}
		if err := h.CancelDeletion(ctx, u.ID, due, h.now); (err == nil) != test.due || err != nil && !errors.Is(err, account.ErrConflict) {
			t.Errorf("%s: canceled: %v", name, err)
		}
		got, err = h.User(ctx, u.ID)
		must(t, err)
		standing, err := h.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, "c", u.ID)
		must(t, err)
		if got.Disabled != test.stayed || standing.SubjectBlocked != test.stayed || !got.DeleteAt.IsZero() {
			t.Errorf("%s: after the cancellation: %+v, %+v", name, got, standing)
		}
		must(t, on())
		got, err = h.User(ctx, u.ID)
		must(t, err)
		*u = *got
	}
}

// valid reports whether an access token is valid.
func (h *house) valid(t *testing.T, access oauth.AccessToken) bool {
	t.Helper()
	_, standing, err := h.AccessToken(ctx, access.ID)
	must(t, err)
	return standing.RevokedBecause(access.IssuedAt) == ""
}

func testLastAdministratorStays(t *testing.T, h *house) {
	root := &account.User{ID: "root", Username: "root", Admin: true, CreatedAt: h.now}
	must(t, h.CreateUser(ctx, root, "root", account.Unconditionally))
	due := h.now.Add(time.Hour)
	refused := func(when string) {
		t.Helper()
		u, err := h.User(ctx, "root")
		must(t, err)
		if err := h.ScheduleDeletion(ctx, account.Deletion{User: u, At: h.now, DeleteAt: due}); !errors.Is(err, account.ErrLastAdmin) {
			t.Errorf("%s, scheduled: %v", when, err)
		}
		if err := h.DeleteUser(ctx, "root", 0, h.now); !errors.Is(err, account.ErrLastAdmin) {
			t.Errorf("%s, deleted: %v", when, err)
		}
	}
	refused("alone")
	second := &account.User{ID: "second", Username: "second", Admin: true, CreatedAt: h.now}
	must(t, h.CreateUser(ctx, second, "second", account.Unconditionally))
	must(t, h.ScheduleDeletion(ctx, account.Deletion{User: second, At: h.now, DeleteAt: due}))
	refused("beside an administrator who leaves")
	if err := h.DeleteUser(ctx, "second", second.Version-1, h.now); !errors.Is(err, account.ErrConflict) {
		t.Errorf("an older version was deleted: %v", err)
	}
	must(t, h.DeleteUser(ctx, "second", 0, h.now))

	// Of two administrators who are deleted at the same time, one remains.
	must(t, h.CreateUser(ctx, &account.User{ID: "third", Username: "third", Admin: true, CreatedAt: h.now}, "third", account.Unconditionally))
	results := make([]error, 2)
	var all sync.WaitGroup
	for i, id := range []string{"root", "third"} {
		all.Go(func() { results[i] = h.DeleteUser(ctx, id, 0, h.now) })
	}
	all.Wait()
	if (results[0] == nil) == (results[1] == nil) || !errors.Is(errors.Join(results...), account.ErrLastAdmin) {
		t.Errorf("both were deleted at the same time: %v", results)
	}

	// The accounts are not used: the people are those of a host program.
	last := "root"
	if results[0] == nil {
		last = "third"
	}
	must(t, h.UseIssuer(ctx, oauth.IssuerUse{Server: "1", Issuer: "https://id.example", Lasts: time.Minute, HostPeople: true}))
	must(t, h.ForgetHostPeople(ctx))
	if err := h.DeleteUser(ctx, last, 0, h.now); !errors.Is(err, account.ErrLastAdmin) {
		t.Errorf("deleted in a Store with accounts again: %v", err)
	}
	must(t, h.UseIssuer(ctx, oauth.IssuerUse{Server: "1", Issuer: "https://id.example", Lasts: time.Minute, HostPeople: true}))
	must(t, h.SwitchUser(ctx, account.Switch{UserID: last, Disabled: true, At: h.now}))
	must(t, h.SwitchUser(ctx, account.Switch{UserID: last, At: h.now}))
	h.setRoles(t, last)
	h.setRoles(t, last, account.RoleAdministrator)
	must(t, h.DeleteUser(ctx, last, 0, h.now))
}

// testDeletionContention cancels a deletion at the moment in which it is due.
func testDeletionContention(t *testing.T, h *house) {
	for i := range 20 {
		u := h.user(t, fmt.Sprint("user", i))
		due := h.now.Add(time.Minute)
		must(t, h.ScheduleDeletion(ctx, account.Deletion{User: u, At: h.now, DeleteAt: due}))
		h.setNow(due)
		var canceled error
		var all sync.WaitGroup
		all.Go(func() { canceled = h.CancelDeletion(ctx, u.ID, due, h.now) })
		all.Go(func() {
			if _, err := h.DeleteExpiredUsers(ctx, h.now); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		_, err := h.User(ctx, u.ID)
		if (canceled == nil) != (err == nil) || (err != nil && !errors.Is(canceled, account.ErrNotFound)) {
			t.Errorf("the cancellation: %v; the user: %v", canceled, err)
		}
	}
}

// testIDsOfUsers: a user never has the ID of a deleted one, whose tokens stay revoked, or of a
// client, which would be the same sub claim.
func testIDsOfUsers(t *testing.T, h *house) {
	ada := h.user(t, "ada")
	must(t, h.DeleteUser(ctx, ada.ID, 0, h.now))
	h.client(t, "c")
	h.client(t, "d")
	must(t, h.DiscardClient(ctx, "d", 0, h.now))
	for _, id := range []string{ada.ID, "c", "d"} {
		if err := h.CreateUser(ctx, &account.User{ID: id, Username: "eve", CreatedAt: h.now}, "eve", account.Unconditionally); !errors.Is(err, account.ErrConflict) {
			t.Errorf("a user with the ID %s: %v", id, err)
		}
	}
	for id, want := range map[string]bool{ada.ID: true, "c": true, "d": true, h.user(t, "bob").ID: true, "free": false} {
		if taken, err := h.UserIDTaken(ctx, id); err != nil || taken != want {
			t.Errorf("the ID %s is taken: %t, %v", id, taken, err)
		}
	}
}

// testLateLossOfARole: tokens that people get before a loss of a role has the lock are revoked,
// although the time of the change is earlier.
func testLateLossOfARole(t *testing.T, h *house) {
	ada, earlier := h.user(t, "ada"), h.now.Add(-time.Minute)
	auditors := h.group(t, "auditors", account.RoleAuditor)
	must(t, errorOf(h.AddMembers(ctx, auditors.ID, []string{ada.ID}, h.now)))
	issued := h.now
	must(t, errorOf(h.RemoveMembers(ctx, auditors.ID, []string{ada.ID}, earlier)))
	if revoked := h.revokedBefore(t, ada.ID); revoked.Before(issued) {
		t.Errorf("a token of %v is valid: revoked before %v", issued, revoked)
	}
}
