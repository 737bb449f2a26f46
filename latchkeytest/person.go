package latchkeytest

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
)

// Password is the password of all people of a Provider.
const Password = "correct horse battery staple"

// AddUser adds an account with the password Password. An admin can use the back
// office. If Options.People is set, people have no accounts, and the test ends.
func (p *Provider) AddUser(name string, admin bool) *account.User {
	p.t.Helper()
	return p.Add(account.NewUser{Username: name, Admin: admin})
}

// Add adds an account, for example one with an email address and claims. If it has no
// password, it gets the password Password.
func (p *Provider) Add(person account.NewUser) *account.User {
	p.t.Helper()
	if p.own {
		p.t.Fatalf("latchkeytest: %q cannot get an account, because people have no accounts if Options.People is set. Add the person to Options.People. Provider.Token needs only the Subject", person.Username)
	}
	if person.Password == "" {
		person.Password = Password
	}
	u, err := p.Accounts.Create(context.Background(), person)
	if err != nil {
		p.t.Fatalf("latchkeytest: Add: %q: %v", person.Username, err)
	}
	return u
}

// subject returns the subject of a person, who is added if they do not exist. The
// subject of a person of a host program is their name.
func (p *Provider) subject(name string) string {
	p.t.Helper()
	if p.own {
		return name
	}
	canonical, err := account.CanonicalUsername(name)
	if err != nil {
		p.t.Fatalf("latchkeytest: subject: %v", err)
	}
	user, err := p.Store.UserByName(context.Background(), canonical)
	if errors.Is(err, account.ErrNotFound) {
		user, err = p.AddUser(name, false), nil
	}
	if err != nil {
		p.t.Fatalf("latchkeytest: subject: %v", err)
	}
	return user.ID
}
