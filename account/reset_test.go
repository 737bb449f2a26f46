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
)

func TestResetsAreLimitedPerAddress(t *testing.T) {
	p := newPeople(t)
	var err error
	for i := 0; i < 100 && !isThrottled(err); i++ {
		_, _, err = p.NewResetProof(ctx, fmt.Sprintf("nobody%d@x.example", i), clientAddress)
	}
	if !isThrottled(err) {
		t.Errorf("after 100 names: %v", err)
	}
	if _, _, err := p.NewResetProof(ctx, "nobody@x.example", netip.MustParseAddr("203.0.113.1")); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("from another address: %v", err)
	}
}

// A username can be someone else's address, and anybody can enter an address that
// is not theirs. Neither redirects the mails of the person who has verified the
// address.
func TestResetGoesToTheUserWithTheVerifiedAddress(t *testing.T) {
	for name, attacker := range map[string][2]string{
		"same username":             {"victim@x.example", "eve@x.example"},
		"same address":              {"eve", "victim@x.example"},
		"same username and address": {"victim@x.example", "victim@x.example"},
		"same in other letter case": {"Victim@X.example", "VICTIM@x.example"},
	} {
		p := newPeople(t)
		victim := p.createWithEmail(t, "victim", "victim@x.example", true)
		p.createWithEmail(t, attacker[0], attacker[1], false)
		for _, typed := range []string{"victim", "victim@x.example"} {
			if u, _, err := p.NewResetProof(ctx, typed, clientAddress); err != nil || u.ID != victim.ID {
				t.Errorf("%s: %q is %+v, %v", name, typed, u, err)
			}
		}
	}
}

func TestResetFindsTheVerifiedAddressAmongMany(t *testing.T) {
	p := newPeople(t)
	victim := p.createWithEmail(t, "victim", "victim@x.example", true)
	for i := range 300 {
		id := fmt.Sprint("a", i)
		u := account.User{ID: id, Username: id, Email: []string{"victim@x.example", "a-victim@x.example"}[i%2]}
		if err := p.Store.CreateUser(ctx, &u, id, false); err != nil {
			t.Fatal(err)
		}
	}
	if u, _, err := p.NewResetProof(ctx, "victim@x.example", clientAddress); err != nil || u.ID != victim.ID {
		t.Errorf("got %+v, %v", u, err)
	}
}

func TestResetAcceptsAUsernameThatLooksLikeAnAddress(t *testing.T) {
	p := newPeople(t)
	bob := p.createWithEmail(t, "bob@x.example", "bob@y.example", true)
	if u, _, err := p.NewResetProof(ctx, "bob@x.example", clientAddress); err != nil || u.ID != bob.ID {
		t.Errorf("got %+v, %v", u, err)
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
		if err := p.CheckResetProof(ctx, proof); !errors.Is(err, account.ErrInvalidLink) {
			t.Errorf("CheckResetProof(%q): %v", proof, err)
		}
		if _, err := p.VerifyEmail(ctx, proof); !errors.Is(err, account.ErrInvalidLink) {
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

func (s cancelingStore) SetPassword(ctx context.Context, id, phc string, at time.Time) error {
	s.cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.SetPassword(ctx, id, phc, at)
}

func (s cancelingStore) UpdateUser(ctx context.Context, u *account.User, canonical string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.UpdateUser(ctx, u, canonical)
}

func TestNewPasswordIsSetEvenIfTheClientDisconnects(t *testing.T) {
	const newPassword = "quite another password"
	for name, change := range map[string]func(context.Context, *people, *account.User) error{
		"ChangePassword": func(canceled context.Context, p *people, u *account.User) error {
			return p.ChangePassword(canceled, u, password, newPassword)
		},
		"ResetPassword": func(canceled context.Context, p *people, u *account.User) error {
			_, proof, err := p.NewResetProof(ctx, u.Username, clientAddress)
			if err != nil {
				return err
			}
			u, err = p.ResetPassword(canceled, proof, newPassword)
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
