package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/account"
)

func TestResetsAreLimitedPerAddress(t *testing.T) {
	p := newPeople(t)
	var err error
	for i := 0; i < 100 && !isThrottled(err); i++ {
		p.letters(t)
		err = p.RequestReset(ctx, fmt.Sprintf("nobody%d@x.example", i), visitor, account.Return{})
	}
	if !isThrottled(err) {
		t.Errorf("after 100 names: %v", err)
	}
	if err := p.RequestReset(ctx, "nobody@x.example", account.Visitor{Address: netip.MustParseAddr("203.0.113.1")}, account.Return{}); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

// A username can be someone else's address, and anybody can enter an address that
// is not theirs. Neither keeps the link from the person who owns the address,
// whether or not they have confirmed it.
func TestAnotherAccountWithTheAddressDoesNotPreventAReset(t *testing.T) {
	for name, stranger := range map[string][2]string{
		"same username":             {"victim@x.example", "eve@x.example"},
		"same address":              {"eve", "victim@x.example"},
		"same username and address": {"victim@x.example", "victim@x.example"},
		"same in other letter case": {"Victim@X.example", "VICTIM@x.example"},
	} {
		for _, verified := range []bool{true, false} {
			p := newPeople(t)
			victim := p.createWithEmail(t, "victim", "victim@x.example", verified)
			p.createWithEmail(t, stranger[0], stranger[1], false)
			for _, typed := range []string{"victim", "victim@x.example", "VICTIM@X.EXAMPLE"} {
				if err := p.RequestReset(ctx, typed, visitor, account.Return{}); err != nil {
					t.Fatal(err)
				}
				found := 0
				for _, letter := range p.letters(t) {
					for _, link := range letter.Links {
						if link.User.ID != victim.ID {
							continue
						}
						found++
						if letter.To != "victim@x.example" && letter.To != stranger[1] {
							t.Errorf("%s: a link for the victim goes to %s", name, letter.To)
						}
						if _, _, err := p.CheckResetProof(ctx, link.Proof); err != nil {
							t.Errorf("%s: %v", name, err)
						}
					}
				}
				if found != 1 {
					t.Errorf("%s, verified %t: after typing %q, %d links for the victim were sent", name, verified, typed, found)
				}
			}
		}
	}
}

// All accounts with the address are in one mail, in an order that an attacker
// cannot change by creating more accounts.
func TestResetMailHasALinkForEveryAccountOfTheAddress(t *testing.T) {
	p := newPeople(t)
	first := p.createWithEmail(t, "first", "victim@x.example", false)
	confirmed := p.createWithEmail(t, "second", "Victim@x.example", true)
	for i := range 300 {
		id := fmt.Sprintf("f%03d", i) // sorts after a UUID of this millennium
		u := account.User{ID: id, Username: id, Email: []string{"victim@x.example", "a-victim@x.example"}[i%2]}
		if err := p.Store.CreateUser(ctx, &u, id, account.Unconditionally); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.RequestReset(ctx, "victim@x.example", visitor, account.Return{}); err != nil {
		t.Fatal(err)
	}
	links := p.onlyLetter(t).Links
	if len(links) != 10 || links[0].User.ID != confirmed.ID || links[1].User.ID != first.ID {
		t.Errorf("got %d links, the first for %+v", len(links), links[0].User)
	}
}

// The letter that lower-cases to the "k" of an address must not lead its mails
// to another mailbox.
func TestAddressesThatOnlyLookEqualAreDifferent(t *testing.T) {
	p := newPeople(t)
	p.createWithEmail(t, "victim", "victim@k.example", true)
	p.createWithEmail(t, "eve", "victim@\u212a.example", true)
	for _, typed := range []string{"eve", "victim@\u212a.example", "victim@k.example", "victim"} {
		if err := p.RequestReset(ctx, typed, visitor, account.Return{}); err != nil {
			t.Fatal(err)
		}
		for _, letter := range p.letters(t) {
			for _, link := range letter.Links {
				if link.User.Email != letter.To {
					t.Errorf("after typing %q, a link for %s goes to %s", typed, link.User.Email, letter.To)
				}
			}
		}
	}
}

func TestResetAcceptsAUsernameThatLooksLikeAnAddress(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob@x.example", "bob@y.example", true)
	if _, _, err := p.CheckResetProof(ctx, p.resetProof(t, bob)); err != nil {
		t.Error(err)
	}
}

// The time of an answer must not reveal who has an account, so every request for
// a reset makes the same calls.
func TestResetMakesTheSameCallsWhetherOrNotTheAccountExists(t *testing.T) {
	p := newPeople(t)
	p.createWithEmail(t, "bob", "bob@x.example", true)
	disabled := p.createWithEmail(t, "gone", "gone@x.example", true)
	disabled.Disabled = true
	if err := p.Update(ctx, disabled); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"bob", "nobody", "gone", "Ada"}, {"bob@x.example", "nobody@x.example", "gone@x.example"}} {
		var want int
		for i, name := range names {
			if err := p.RequestReset(ctx, name, account.Visitor{}, account.Return{}); err != nil {
				t.Fatal(err)
			}
			got, err := p.Mails.WaitingMails(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p.letters(t)
			if i == 0 {
				want = got
			}
			if got != want || got == 0 {
				t.Errorf("%q: %d rows were written, want %d", name, got, want)
			}
		}
	}
}

// textStore rejects IDs that are not text, as PostgreSQL does.
type textStore struct{ account.Store }

func (s textStore) User(ctx context.Context, id string) (*account.User, error) {
	if strings.Contains(id, "\x00") || !utf8.ValidString(id) {
		return nil, errors.New("invalid byte sequence")
	}
	return s.Store.User(ctx, id)
}

func TestProofsWithInvalidTextAreInvalidLinks(t *testing.T) {
	p := newPeople(t)
	p.Store = textStore{p.Store}
	for _, proof := range []string{"\xff.zzzzzzz.x", "a\x00b.zzzzzzz.x"} {
		if _, _, err := p.CheckResetProof(ctx, proof); !errors.Is(err, account.ErrInvalidLink) {
			t.Errorf("CheckResetProof(%q): %v", proof, err)
		}
		if err := p.VerifyEmail(ctx, proof, "ada"); !errors.Is(err, account.ErrInvalidLink) {
			t.Errorf("VerifyEmail(%q): %v", proof, err)
		}
	}
}

// cancelingStore cancels the caller's context just before it sets a password.
// Like a database, it does nothing for a context that is canceled.
type cancelingStore struct {
	account.Store
	cancel func()
}

func (s cancelingStore) SetPassword(ctx context.Context, c account.PasswordChange) error {
	s.cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.SetPassword(ctx, c)
}

func (s cancelingStore) UpdateUser(ctx context.Context, u *account.User, canonical string, n *account.Notice) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.UpdateUser(ctx, u, canonical, n)
}

func TestNewPasswordIsSetEvenIfTheClientDisconnects(t *testing.T) {
	const newPassword = "quite another password"
	for name, change := range map[string]func(context.Context, *people, *account.User) error{
		"ChangePassword": func(canceled context.Context, p *people, u *account.User) error {
			return p.ChangePassword(canceled, u, password, newPassword, visitor)
		},
		"ResetPassword": func(canceled context.Context, p *people, u *account.User) error {
			u, err := p.ResetPassword(canceled, p.resetProof(t, u), newPassword, visitor)
			if err == nil && !u.EmailVerified() {
				err = errors.New("the address is not verified")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t)
			bob := p.createWithEmail(t, "bob", "bob@x.example", false)
			cookie := p.startSession(t, bob)
			canceled, cancel := context.WithCancel(ctx)
			p.Store = cancelingStore{p.Store, cancel}
			if err := change(canceled, p, bob); err != nil {
				t.Error(err)
			}
			p.wantEnded(t, cookie)
			if _, _, err := p.login("bob", newPassword, "", "192.0.2.1"); err != nil {
				t.Errorf("with the new password: %v", err)
			}
		})
	}
}
