package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const newPassword = "quite another password"

// An attacker who keeps logging in always has a login between the check of the
// password and the start of the session.
func TestLoginCheckedBeforeSessionsEndedStartsNone(t *testing.T) {
	for name, end := range map[string]func(p *people, u *account.User) error{
		"the person changed the password": func(p *people, u *account.User) error {
			return p.ChangePassword(ctx, u, password, newPassword, visitor)
		},
		"the person reset the password": func(p *people, u *account.User) error {
			_, err := p.ResetPassword(ctx, p.resetProof(t, u), newPassword, visitor)
			return err
		},
		"an administrator set a password": func(p *people, u *account.User) error { return p.SetPassword(ctx, u, newPassword) },
		"the account was disabled":        func(p *people, u *account.User) error { return p.Disable(ctx, u.ID, true) },
		"the account was disabled and enabled": func(p *people, u *account.User) error {
			return errors.Join(p.Disable(ctx, u.ID, false), p.Enable(ctx, u.ID))
		},
		"the person logged out everywhere": func(p *people, u *account.User) error {
			return p.Store.(*memstore.Store).EndSessions(ctx, oauth.SessionsEnd{Subject: u.ID, At: p.now})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			bob := p.createWithEmail(t, "bob", "bob@x.example", true)
			attacker, _ := p.mustLogin(t, "bob", "192.0.2.1")
			if err := end(p, bob); err != nil {
				t.Fatal(err)
			}
			if cookie, _, err := p.StartSession(ctx, attacker, account.Browser{}, ""); !errors.Is(err, account.ErrWrongPassword) || cookie != "" {
				t.Errorf("the earlier login starts a session: %q %v", cookie, err)
			}
		})
	}
}

func TestProfileSavedDuringALoginDoesNotDisturbIt(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	user, _ := p.mustLogin(t, "bob", "192.0.2.1")
	profile, err := bob.Profile()
	if err != nil {
		t.Fatal(err)
	}
	profile.Name = "Bob"
	if err := p.ChangeProfile(ctx, bob, profile); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.StartSession(ctx, user, account.Browser{}, ""); err != nil {
		t.Error(err)
	}
}

// A new login in a browser must not bring back a session that has ended since
// the browser sent its cookie.
func TestNewLoginDoesNotReviveAnEndedSession(t *testing.T) {
	p := newPeople(t)
	ada, _ := p.mustLogin(t, "ada", "192.0.2.1")
	cookie := p.startSession(t, ada)
	before, _, err := p.Session(ctx, cookie)
	if err != nil {
		t.Fatal(err)
	}
	store := p.Store.(*memstore.Store)
	p.Store = beforeStart{store, func() { _ = store.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{before.ID}, At: p.now}) }}
	if _, after, err := p.StartSession(ctx, ada, account.Browser{}, cookie); err != nil || after.ID == before.ID {
		t.Errorf("got the session %+v: %v", after, err)
	}
}

// beforeStart is a Store in which something happens just before a session starts.
type beforeStart struct {
	account.Store
	happens func()
}

func (s beforeStart) StartSession(ctx context.Context, start account.SessionStart) error {
	s.happens()
	return s.Store.StartSession(ctx, start)
}

// meeting is a Store in which the calls of SetPassword and UpdateUser wait for
// each other, so that all of them were checked before the first one writes.
type meeting struct {
	account.Store
	all *sync.WaitGroup
}

func (s meeting) SetPassword(ctx context.Context, c account.PasswordChange) error {
	s.all.Done()
	s.all.Wait()
	return s.Store.SetPassword(ctx, c)
}

func (s meeting) UpdateUser(ctx context.Context, u *account.User, canonical string, n *account.Notice) error {
	s.all.Done()
	s.all.Wait()
	return s.Store.UpdateUser(ctx, u, canonical, n)
}

// meet makes n calls that write at the same time, and returns their errors.
func (p *people) meet(n int, call func(i int) error) []error {
	store := p.Store
	defer func() { p.Store = store }()
	meet := meeting{store, new(sync.WaitGroup)}
	meet.all.Add(n)
	p.Store = meet
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = call(i) })
	}
	all.Wait()
	return errs
}

func TestResetLinkUsedManyTimesAtOnceSetsOnePassword(t *testing.T) {
	p := newPeople(t)
	proof := p.resetProof(t, p.createWithEmail(t, "bob", "bob@x.example", true))
	passwords := []string{"first new password", "second new password", "third new password", "fourth new password"}
	set := 0
	for i, err := range p.meet(len(passwords), func(i int) error {
		_, err := p.ResetPassword(ctx, proof, passwords[i], visitor)
		return err
	}) {
		if err == nil {
			set++
			if _, _, err := p.login("bob", passwords[i], "", "192.0.2.1"); err != nil {
				t.Errorf("the password of the link that worked does not: %v", err)
			}
		} else if !errors.Is(err, account.ErrInvalidLink) {
			t.Error(err)
		}
	}
	if set != 1 {
		t.Errorf("the link set %d passwords", set)
	}
	if _, err := p.ResetPassword(ctx, proof, newPassword, visitor); !errors.Is(err, account.ErrInvalidLink) {
		t.Errorf("the link works again: %v", err)
	}
}

// The mail went to an address that the account no longer has.
func TestResetLinkEndsWithTheAddressItWasSentTo(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	proof := p.resetProof(t, bob)
	store := p.Store
	p.Store = beforeSet{store, func() {
		bob.Email = "bob@y.example"
		if err := store.UpdateUser(ctx, bob, "bob", nil); err != nil {
			t.Error(err)
		}
	}}
	if _, err := p.ResetPassword(ctx, proof, newPassword, visitor); !errors.Is(err, account.ErrInvalidLink) {
		t.Errorf("got %v", err)
	}
}

// beforeSet is a Store in which something happens just before a password is set.
type beforeSet struct {
	account.Store
	happens func()
}

func (s beforeSet) SetPassword(ctx context.Context, c account.PasswordChange) error {
	s.happens()
	return s.Store.SetPassword(ctx, c)
}

func TestOneOfManyChangesWithTheSamePasswordIsMade(t *testing.T) {
	p := newPeople(t)
	made := 0
	for _, err := range p.meet(2, func(i int) error {
		ada, err := p.Store.UserByName(ctx, "ada")
		if err != nil {
			return err
		}
		return p.ChangePassword(ctx, ada, password, newPassword+string(rune('a'+i)), visitor)
	}) {
		if err == nil {
			made++
		} else if !errors.Is(err, account.ErrWrongPassword) {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d changes were made", made)
	}
}

// A profile is saved with a password that was checked: the email address could
// reset the password.
func TestEmailAddressIsNotChangedWithAPasswordThatHasChanged(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob", "bob@x.example", true)
	attacker, err := p.Store.User(ctx, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := attacker.Profile()
	if err != nil {
		t.Fatal(err)
	}
	profile.Email, profile.CurrentPassword = "eve@x.example", password
	store := p.Store
	p.Store = beforeUpdate{store, func() {
		if err := store.SetPassword(ctx, account.PasswordChange{User: bob, Hash: "new", At: p.now}); err != nil {
			t.Error(err)
		}
	}}
	if err := p.ChangeProfile(ctx, attacker, profile); !errors.Is(err, account.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

// beforeUpdate is a Store in which something happens just before a user is saved.
type beforeUpdate struct {
	account.Store
	happens func()
}

func (s beforeUpdate) UpdateUser(ctx context.Context, u *account.User, canonical string, n *account.Notice) error {
	s.happens()
	return s.Store.UpdateUser(ctx, u, canonical, n)
}

func TestAdministratorsWhoDemoteEachOtherLeaveOne(t *testing.T) {
	p := newPeople(t)
	var admins []*account.User
	for _, name := range []string{"grace", "heidi"} {
		u, err := p.Create(ctx, account.NewUser{Username: name, Password: password, Admin: true})
		if err != nil {
			t.Fatal(err)
		}
		admins = append(admins, u)
	}
	last := 0
	for _, err := range p.meet(len(admins), func(i int) error {
		demoted := *admins[i]
		demoted.Admin = false
		return p.Update(ctx, &demoted)
	}) {
		if errors.Is(err, account.ErrLastAdmin) {
			last++
		} else if err != nil {
			t.Error(err)
		}
	}
	if last != 1 {
		t.Errorf("%d administrators were kept", last)
	}
}

// The mark of a known browser lets its attempts past the limit of the account.
func TestDeviceCookieEndsWithThePassword(t *testing.T) {
	p := newPeople(t)
	ada, device := p.mustLogin(t, "ada", "192.0.2.1")
	if err := p.SetPassword(ctx, ada, newPassword); err != nil {
		t.Fatal(err)
	}
	if err := p.guessFromManyAddresses(60, "ada"); !isThrottled(err) {
		t.Fatalf("after 60 guesses: %v", err)
	}
	if err := p.guess(1, "ada", device, "203.0.113.1"); !isThrottled(err) {
		t.Errorf("in a browser with an earlier device cookie: %v", err)
	}
	if _, _, err := p.login("ada", newPassword, p.NewDeviceCookie(ada, device), "203.0.113.1"); err != nil {
		t.Errorf("in a browser with a new device cookie: %v", err)
	}
}
