package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/validate"
)

var somewhere = netip.MustParseAddr("198.51.100.7")

// mailable makes an account with an e-mail address, confirmed or not.
func (p *people) mailable(t *testing.T, name, email string, confirmed bool) *account.User {
	t.Helper()
	u, err := p.Create(ctx, account.NewUser{Username: name, Password: password, Email: email})
	if err == nil && confirmed {
		var proof string
		if proof, err = p.NewEmailProof(ctx, u); err == nil {
			u, err = p.VerifyEmail(ctx, proof)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Each reset is a search, a row and perhaps a mail: one stranger gets few,
// however many names they know.
func TestR8_8_OneAddressAsksForFewResets(t *testing.T) {
	p := newPeople(t)
	var err error
	for i := 0; i < 100 && !isThrottled(err); i++ {
		_, _, err = p.NewResetProof(ctx, fmt.Sprintf("nobody%d@x.example", i), somewhere)
	}
	if !isThrottled(err) {
		t.Errorf("after a hundred names: %v", err)
	}
	if _, _, err := p.NewResetProof(ctx, "nobody@x.example", netip.MustParseAddr("203.0.113.1")); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestNobodyIsFloodedWithMailsThroughUs(t *testing.T) {
	p := newPeople(t)
	victim := "victim@x.example"
	sent := 0
	for i := range 5 { // each stranger says that it is theirs
		eve := p.mailable(t, fmt.Sprintf("eve%d", i), victim, false)
		for range 5 {
			if _, err := p.NewEmailProof(ctx, eve); err == nil {
				sent++
			} else if !isThrottled(err) {
				t.Fatal(err)
			}
		}
	}
	if sent > 3 {
		t.Errorf("%d mails to one address", sent)
	}
	eve := p.mailable(t, "eve", "", false)
	for sent = 0; sent < 100; sent++ { // many victims of one stranger
		eve.Email = fmt.Sprintf("victim%d@x.example", sent)
		if _, err := p.NewEmailProof(ctx, eve); isThrottled(err) {
			break
		}
	}
	if sent > 10 {
		t.Errorf("%d mails for one person", sent)
	}
	p.now = p.now.Add(11 * time.Minute)
	if _, err := p.NewEmailProof(ctx, eve); err != nil {
		t.Errorf("later: %v", err)
	}
}

// A username can be somebody else's address, and anybody can say that an
// address is theirs: neither takes the link from whoever has confirmed it.
func TestNobodyTakesTheResetOfAnother(t *testing.T) {
	for name, eve := range map[string][2]string{
		"by a username":             {"victim@x.example", "eve@x.example"},
		"by an address":             {"eve", "victim@x.example"},
		"by a username and address": {"victim@x.example", "victim@x.example"},
		"in another letter case":    {"Victim@X.example", "VICTIM@x.example"},
	} {
		p := newPeople(t)
		victim := p.mailable(t, "victim", "victim@x.example", true)
		p.mailable(t, eve[0], eve[1], false)
		for _, typed := range []string{"victim", "victim@x.example"} {
			if u, _, err := p.NewResetProof(ctx, typed, somewhere); err != nil || u.ID != victim.ID {
				t.Errorf("%s: %q is %+v %v", name, typed, u, err)
			}
		}
	}
	p := newPeople(t)
	victim := p.mailable(t, "victim", "victim@x.example", true)
	for i := range 300 {
		id := fmt.Sprint("a", i)
		u := account.User{ID: id, Username: id, Email: []string{"victim@x.example", "a-victim@x.example"}[i%2]}
		if err := p.Store.CreateUser(ctx, &u, id, false); err != nil {
			t.Fatal(err)
		}
	}
	if u, _, err := p.NewResetProof(ctx, "victim@x.example", somewhere); err != nil || u.ID != victim.ID {
		t.Errorf("among many who take the address, and one like it: %+v %v", u, err)
	}
	bob := p.mailable(t, "bob@x.example", "bob@y.example", true)
	if u, _, err := p.NewResetProof(ctx, "bob@x.example", somewhere); err != nil || u.ID != bob.ID {
		t.Errorf("a username that is nobody's address is %+v %v", u, err)
	}
}

// ASVS 7.5.1: who reads the mail can set another password, so a browser left
// alone is not enough to have it sent elsewhere.
func TestTheEmailAddressChangesWithThePasswordAlone(t *testing.T) {
	p := newPeople(t)
	for _, before := range []string{"ada@x.example", ""} {
		ada := p.mailable(t, "a"+before, before, false)
		for _, present := range []string{"", "wrong"} {
			var faults validate.FieldErrors
			err := p.ChangeProfile(ctx, ada, account.Profile{Email: "eve@x.example", CurrentPassword: present})
			if !errors.As(err, &faults) || faults[0].Field != "email_password" || ada.Email != before {
				t.Errorf("with the password %q: %v", present, err)
			}
		}
		if err := p.ChangeProfile(ctx, ada, account.Profile{Name: "Ada", Email: before}); err != nil || ada.Name != "Ada" {
			t.Errorf("what else changes: %v", err)
		}
		if err := p.ChangeProfile(ctx, ada, account.Profile{Email: "ada@y.example", CurrentPassword: password}); err != nil || ada.Email != "ada@y.example" {
			t.Errorf("with the password: %v", err)
		}
		var err error
		for i := 0; i < 20 && !isThrottled(err); i++ {
			err = p.ChangeProfile(ctx, ada, account.Profile{Email: "eve@x.example", CurrentPassword: "guess"})
		}
		if !isThrottled(err) {
			t.Errorf("guesses are not braked: %v", err)
		}
	}
}

// textStore keeps what is text alone, as PostgreSQL does.
type textStore struct{ account.Store }

func (s textStore) User(ctx context.Context, id string) (*account.User, error) {
	if strings.Contains(id, "\x00") || !utf8.ValidString(id) {
		return nil, errors.New("invalid byte sequence")
	}
	return s.Store.User(ctx, id)
}

func TestALinkThatIsNoTextIsNoLink(t *testing.T) {
	p := newPeople(t)
	p.Store = textStore{p.Store}
	for _, proof := range []string{"\xff.zzzzzzz.x", "a\x00b.zzzzzzz.x"} {
		if err := p.CheckResetProof(ctx, proof); !errors.Is(err, account.ErrInvalidLink) {
			t.Errorf("to set a password with %q: %v", proof, err)
		}
		if _, err := p.VerifyEmail(ctx, proof); !errors.Is(err, account.ErrInvalidLink) {
			t.Errorf("to confirm an address with %q: %v", proof, err)
		}
	}
}

// hungUp is a Store whose caller hangs up as a password is about to be set. Like
// a database, it begins nothing for who is gone.
type hungUp struct {
	account.Store
	hangUp func()
}

func (s hungUp) SetPassword(ctx context.Context, id, phc string, at time.Time) error {
	s.hangUp()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.SetPassword(ctx, id, phc, at)
}

func (s hungUp) UpdateUser(ctx context.Context, u *account.User, canonical string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.UpdateUser(ctx, u, canonical)
}

func TestR3_4_WhoHangsUpHasANewPassword(t *testing.T) {
	const other = "quite another password"
	for name, change := range map[string]func(context.Context, *people, *account.User) error{
		"who knows the old one": func(gone context.Context, p *people, u *account.User) error {
			return p.ChangePassword(gone, u, password, other)
		},
		"who has forgotten it": func(gone context.Context, p *people, u *account.User) error {
			_, proof, err := p.NewResetProof(ctx, u.Username, somewhere)
			if err != nil {
				return err
			}
			u, err = p.ResetPassword(gone, proof, other)
			if err == nil && !u.EmailVerified() {
				err = errors.New("the address is not confirmed")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			bob := p.mailable(t, "bob", "bob@x.example", false)
			cookie, _, _, err := p.StartSession(ctx, bob, account.Browser{}, "")
			if err != nil {
				t.Fatal(err)
			}
			gone, cancel := context.WithCancel(ctx)
			p.Store = hungUp{p.Store, cancel}
			if err := change(gone, p, bob); err != nil {
				t.Error(err)
			}
			if _, _, err := p.Session(ctx, cookie); !errors.Is(err, account.ErrNotFound) {
				t.Errorf("the session goes on: %v", err)
			}
			if _, _, err := p.login("bob", other, "", "192.0.2.1"); err != nil {
				t.Errorf("the new password: %v", err)
			}
		})
	}
}
