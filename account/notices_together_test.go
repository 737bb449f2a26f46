package account_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

var errLost = errors.New("the process was killed")

// killed is a Store in a process that is killed as soon as it has changed a user.
type killed struct{ account.Store }

func (s killed) SetPassword(ctx context.Context, c account.PasswordChange) error {
	return errors.Join(s.Store.SetPassword(ctx, c), errLost)
}

func (s killed) UpdateUser(ctx context.Context, u *account.User, canonical string, n *account.Notice) error {
	return errors.Join(s.Store.UpdateUser(ctx, u, canonical, n), errLost)
}

func (s killed) StartSession(context.Context, account.SessionStart) error { return errLost }

// A thief must not be able to change an account without a notice, not even by a
// crash of the server directly after the change.
func TestChangeIsNotifiedEvenIfTheProcessIsKilled(t *testing.T) {
	for name, test := range map[string]struct {
		change func(p *people, u *account.User) error
		want   string
	}{
		"a new password": {func(p *people, u *account.User) error {
			return p.ChangePassword(ctx, u, password, newPassword, visitor)
		}, "password changed to bob@x.example"},
		"a reset": {func(p *people, u *account.User) error {
			_, err := p.ResetPassword(ctx, p.resetProof(t, u), newPassword, visitor)
			return err
		}, "password changed to bob@x.example"},
		"a password of an administrator": {func(p *people, u *account.User) error {
			return p.SetPassword(ctx, u, newPassword)
		}, "password changed to bob@x.example"},
		"a new address": {func(p *people, u *account.User) error {
			return p.ChangeProfile(ctx, u, account.Profile{Email: "eve@x.example", CurrentPassword: password})
		}, "address changed to bob@x.example"},
		"an address of an administrator": {func(p *people, u *account.User) error {
			u.Email = "eve@x.example"
			return p.Update(ctx, u)
		}, "address changed to bob@x.example"},
		"a login with a new browser": {func(p *people, _ *account.User) error {
			u, _, err := p.login("bob", password, "", "192.0.2.1")
			if err != nil {
				return err
			}
			_, _, err = p.StartSession(ctx, u, account.Browser{}, "")
			return err
		}, "new browser to bob@x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			u := p.createWithEmail(t, "bob", "bob@x.example", true)
			p.waiting(t)
			p.Store = killed{p.Store}
			if err := test.change(p, u); !errors.Is(err, errLost) {
				t.Fatalf("got %v", err)
			}
			if got := p.waiting(t); !slices.Contains(got, test.want) {
				t.Errorf("the queue contains %q, want %q", got, test.want)
			}
		})
	}
}

// noQueue is a queue in a database that is unavailable.
type noQueue struct{ account.MailStore }

func (noQueue) AddMail(context.Context, account.Mail, account.MailBounds) error {
	return account.ErrUnavailable
}

func TestLoginWithANewBrowserFailsIfTheNoticeIsNotStored(t *testing.T) {
	p := newPeople(t)
	p.createWithEmail(t, "bob", "bob@x.example", true)
	p.Mails = noQueue{p.Mails}
	if _, _, err := p.login("bob", password, "", "192.0.2.1"); !errors.Is(err, account.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// uncounted is a Store that cannot count attempts.
type uncounted struct{ account.Store }

func (uncounted) CountAttempt(context.Context, string, time.Duration, time.Time) (int, time.Time, error) {
	return 0, time.Time{}, account.ErrUnavailable
}

// A change without a notice would be the result of a database that is unavailable
// for a moment.
func TestPasswordIsNotChangedIfTheNoticeCannotBeCounted(t *testing.T) {
	p := newPeople(t)
	u := p.createWithEmail(t, "bob", "bob@x.example", true)
	before := u.PasswordHash
	store := p.Store
	p.Store = uncounted{store}
	if err := p.SetPassword(ctx, u, newPassword); !errors.Is(err, account.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if stored, err := store.User(ctx, u.ID); err != nil || stored.PasswordHash != before {
		t.Errorf("the password was changed: %v", err)
	}
}

// losing is a Store in which the next changes of users lose against others.
type losing struct {
	account.Store
	left *int
}

func (s losing) UpdateUser(ctx context.Context, u *account.User, canonical string, n *account.Notice) error {
	if *s.left > 0 {
		*s.left--
		return account.ErrConflict
	}
	return s.Store.UpdateUser(ctx, u, canonical, n)
}

// Changes that fail must not use up the notices. A thief could start many at the same
// time, of which one succeeds.
func TestAddressIsNotChangedWithoutANoticeAfterChangesThatFailed(t *testing.T) {
	p := newPeople(t)
	u := p.createWithEmail(t, "bob", "bob@x.example", true)
	left := 12
	p.Store = losing{p.Store, &left}
	var throttled *account.ThrottledError
	for range 15 {
		mine := *u
		err := p.ChangeProfile(ctx, &mine, account.Profile{Email: "eve@x.example", CurrentPassword: password})
		if !errors.Is(err, account.ErrConflict) && !errors.As(err, &throttled) {
			t.Fatalf("got %v", err)
		}
	}
	if stored, err := p.Store.User(ctx, u.ID); err != nil || stored.Email != "bob@x.example" || throttled == nil {
		t.Errorf("the address is %q: %v", stored.Email, err)
	}
	p.now = p.now.Add(11 * time.Minute)
	left = 0
	if err := p.ChangeProfile(ctx, u, account.Profile{Email: "eve@x.example", CurrentPassword: password}); err != nil {
		t.Errorf("later: %v", err)
	}
	if got := p.waiting(t); !slices.Contains(got, "address changed to bob@x.example") {
		t.Errorf("the queue contains %q", got)
	}
	// An administrator and a command are not limited.
	for i := range 15 {
		u.Email = []string{"a@x.example", "b@x.example"}[i%2]
		if err := p.Update(ctx, u); err != nil {
			t.Errorf("an administrator: %v", err)
		}
	}
}
