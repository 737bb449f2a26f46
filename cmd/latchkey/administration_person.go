package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// subjectHelp is the help text of the flag --subject.
const subjectHelp = "the subject of a person of a program with Options.People, or the ID of a user; it need not be in the database"

// chosenPerson returns the person that the flags --user or --subject name. If a person
// has neither an account nor a consent, the name can be misspelt, and it prints a warning.
func (c *command) chosenPerson(ctx context.Context, in administration, user, subject, clientID string) (p person, err error) {
	switch {
	case subject == "":
		p, err = in.Person(ctx, user)
	case user != "":
		err = usageError{"--user and --subject exclude each other: use one of them"}
	case !oauth.IsSubject(subject):
		err = usageError{"the value of --subject " + oauth.SubjectRule}
	default:
		p.subject = subject
		p.username, err = in.Username(ctx, subject)
	}
	if err != nil || p.username != "" || subject == "" && c.server == "" { // Person has warned
		return p, err
	}
	known, err := hasAccess(ctx, in, clientID, p)
	if err == nil && !known {
		c.warn("no consent of a person with the subject %q is known. Check the spelling.", p.subject)
	}
	if isStatus(err, http.StatusForbidden) { // the token may withdraw consents, but not list them
		err = nil
	}
	return p, err
}

// hasAccess reports whether an application, or any if the clientID is empty, has a consent of the
// person. In a database, it also finds what was issued without a consent.
func hasAccess(ctx context.Context, in administration, clientID string, p person) (found bool, err error) {
	usage, err := in.Usage(ctx, oauth.FamilyFilter{ClientID: clientID, Subject: p.subject})
	if err != nil || usage != nil {
		return usage != nil && usage.Families.N+usage.Consents.N > 0, err
	}
	err = in.EachConsent(ctx, clientID, p, func(consentOutput) error {
		found = true
		return errEnough
	})
	return found, err
}

// Person returns a user, or a person of a host program whose subject is in a token or a consent. A
// database without users belongs to a host program, so every subject is accepted there: a
// revocation must also work for a subject that is not in the database.
func (d *inDatabase) Person(ctx context.Context, name string) (person, error) {
	_, unusual := account.CanonicalUsername(name)
	u, err := findUser(ctx, d.store, name)
	if !oauth.IsSubject(name) || err != nil && unusual == nil && !errors.Is(err, account.ErrNotFound) {
		return userPerson(u, err)
	}
	usage, failed := d.store.Usage(ctx, oauth.FamilyFilter{Subject: name})
	if failed != nil {
		return person{}, failed
	}
	known := usage.Families.N+usage.Consents.N > 0
	switch {
	case err == nil && known && u.ID != name:
		return person{}, fmt.Errorf("%q is the username of a user, and also the subject of a person of the program that uses this database. For the person, use --subject if the command has it, or call Server.RevokeSubject or Server.WithdrawConsent in the program. For the user, give the ID instead of the username: %s", name, u.ID)
	case err == nil:
		return userPerson(u, nil)
	}
	username, failed := d.Username(ctx, name)
	if failed != nil || known || username != "" {
		return person{name, username}, failed
	}
	users, _, failed := d.store.Users(ctx, account.UserFilter{}, paging.Page{Limit: 1})
	if failed != nil {
		return person{}, failed
	}
	if len(users) > 0 {
		return person{}, err
	}
	d.warn("this database has no tokens and no consents of a person with the subject %q, and no users. In the program that uses it, Server.RevokeSubject revokes the tokens of a person.", name)
	return person{subject: name}, nil
}

// warnOfHost warns after a user is added if the database has consents of people without an account.
// The program that uses such a database logs people in without accounts, so nobody can log in to
// the new one.
func (d *inDatabase) warnOfHost(ctx context.Context) {
	rows, _, err := d.store.Consents(ctx, oauth.FamilyFilter{}, paging.Page{Limit: 1})
	if err == nil && len(rows) > 0 && rows[0].Username == "" {
		d.warn("the people in this database have no account: %q, for example, has given consent. If the program that uses this database logs people in with Options.People, nobody can log in to the new account.", rows[0].Subject)
	}
}

func userPerson(u *account.User, err error) (person, error) {
	if err != nil {
		return person{}, err
	}
	return person{u.ID, u.Username}, nil
}

// Person returns a user. If the server logs people in with Options.People, it has no users, and
// Person returns the person with this subject.
func (a *atServer) Person(ctx context.Context, name string) (person, error) {
	u, err := a.User(ctx, name)
	if _, unusual := account.CanonicalUsername(name); unusual != nil { // no request was sent
		err = cmp.Or(a.api.get(ctx, "people?limit=1", new(any)), err)
	}
	if isNotFound(err) && oauth.IsSubject(name) {
		return person{subject: name}, nil
	}
	return userPerson(u, err)
}

// ofHost returns an error if the person is one of a host program. The caller is about to do
// something that the admin API can do only for users.
func (p person) ofHost() error {
	if p.username != "" || p.subject == "" {
		return nil
	}
	return fmt.Errorf("this server is embedded in a program with its own users, so the admin API cannot do this for %s. Call Server.RevokeSubject in the program, or use the command with --db", p)
}
