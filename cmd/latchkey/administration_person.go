package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// subjectHelp is the help text of the flag --subject.
const subjectHelp = "the subject of a person of a program with Options.People, or the ID of a user; it need not be in the database"

// personFlags adds the flags that name a person. Each command that accepts a person has both.
func personFlags(cmd *cobra.Command, user, subject *string, userHelp string) {
	cmd.Flags().StringVar(user, "user", "", userHelp)
	cmd.Flags().StringVar(subject, "subject", "", subjectHelp)
}

// errUnknownSubject is wrapped by the error for a name that is neither that of a user nor known as
// the subject of a person of a host program.
var errUnknownSubject = errors.New("unknown subject")

// unknownSubject returns the error for a name of which nothing is known.
func unknownSubject(format, name string) error {
	return absent{fmt.Sprintf(format+" Check the spelling. To use the subject anyway, write --subject instead of --user", name), errUnknownSubject}
}

// chosenPerson returns the person that the flags --user or --subject name. If a person has
// neither an account nor consents or tokens, the name can be misspelt: it returns an error for --user,
// which names a person that exists, and prints a warning for --subject.
func (c *command) chosenPerson(ctx context.Context, in administration, user, subject, clientID string) (p person, err error) {
	switch {
	case subject == "":
		p, err = in.Person(ctx, user)
	case user != "":
		err = usageError{"--user and --subject cannot be used together: use one of them"}
	case !oauth.IsSubject(subject):
		err = usageError{"the value of --subject " + oauth.SubjectRule}
	default:
		p.subject = subject
		p.username, err = in.Username(ctx, subject)
	}
	if err != nil || p.username != "" || subject == "" && c.server == "" { // Person has checked it
		return p, err
	}
	switch known, err := in.HasAccess(ctx, clientID, p); {
	case isStatus(err, http.StatusForbidden):
		c.warn("the spelling of %q was not checked, because the access token of this command does not allow it to list consents and tokens.", p.subject)
	case err != nil:
		return person{}, err
	case !known && subject == "":
		return person{}, unknownSubject("this server has no user, no consent and no tokens of a person with the subject %q.", user)
	case !known:
		c.warn("no consent and no tokens of a person with the subject %q are known. Check the spelling.", p.subject)
	}
	return p, nil
}

func (d *inDatabase) HasAccess(ctx context.Context, clientID string, p person) (bool, error) {
	usage, err := d.Usage(ctx, oauth.FamilyFilter{ClientID: clientID, Subject: p.subject})
	return err == nil && usage.Families.N+usage.Consents.N > 0, err
}

// HasAccess looks in three lists. If the server refuses one of them (403), that is an error only if
// the person is in none of the others.
func (a *atServer) HasAccess(ctx context.Context, clientID string, p person) (found bool, err error) {
	for _, list := range []string{"consents", "tokens", "access-tokens"} {
		failed := eachOf(ctx, a.api, list, url.Values{"limit": {"1"}, "client_id": {clientID}, "person": {p.subject}}, func(struct{}) error {
			found = true
			return errEnough
		})
		switch {
		case found:
			return true, nil
		case isStatus(failed, http.StatusUnprocessableEntity): // the server does not know the person
			return false, nil
		case failed != nil && !isStatus(failed, http.StatusForbidden):
			return false, failed
		}
		err = cmp.Or(err, failed)
	}
	return false, err
}

// Person returns a user, or a person of a host program whose subject is in a token or a consent.
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
		return person{}, fmt.Errorf("%q is the username of a user, and also the subject of a person of the program that uses this database. For the person, use --subject. For the user, give the ID instead of the username: %s", name, u.ID)
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
	return person{}, unknownSubject("this database has no tokens and no consents of a person with the subject %q, and no users.", name)
}

// noUserIn returns the error for a name that is not that of a user in a database: err, or another one
// if the people are those of a host program.
func noUserIn(ctx context.Context, store *sqlstore.Store, name string, err error) error {
	hosted, failed := store.HostPeople(ctx)
	if failed != nil {
		return failed
	}
	if !hosted {
		return err
	}
	return absent{fmt.Sprintf("there is no user %q. The people in this database have no account, because the program that uses it logs them in (Options.People). The commands latchkey token, consent, session and user export accept their subject: --subject. To list subjects: latchkey consent list", name), account.ErrNotFound}
}

// hostText returns a sentence about the effect of a change if the people are those of a host program.
func hostText(effect string) string {
	return "the people in this database have no account, because the program that uses it logs them in (Options.People), so " + effect + ". If people are to have accounts from now on, run: latchkey user use-accounts"
}

// needAccounts returns an error that wraps account.ErrHostPeople if the people are those of a host
// program. The caller is about to add an account.
func (d *inDatabase) needAccounts(ctx context.Context, effect string) error {
	hosted, err := d.store.HostPeople(ctx)
	if err == nil && hosted {
		err = absent{hostText(effect), account.ErrHostPeople}
	}
	return err
}

// warnOfHost warns of a change that has no effect if the people are those of a host program.
func (c *command) warnOfHost(ctx context.Context, store *sqlstore.Store, effect string) {
	if hosted, err := store.HostPeople(ctx); err == nil && hosted {
		c.warn("%s", hostText(effect))
	}
}

// warnOfAccountFields warns of fields of an application that were set and apply only to people with
// an account.
func (d *inDatabase) warnOfAccountFields(ctx context.Context, before, after *oauth.Client) {
	for _, f := range clientfields.All() {
		if f.OfAccounts() && !slices.Equal(f.Get(before), f.Get(after)) && !slices.Equal(f.Get(after), f.Get(new(oauth.Client))) {
			d.warnOfHost(ctx, d.store, f.Name+" has no effect")
			return
		}
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
	if !p.ofProgram() {
		return nil
	}
	return fmt.Errorf("this server is embedded in a program with its own users, so the admin API cannot do this for %s. Call Server.RevokeSubject in the program, or use the command with --db", p)
}

func (d *inDatabase) SetPassword(ctx context.Context, u *account.User, password string) error {
	err := d.accounts(d.store).SetPassword(ctx, u, password)
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, nil)
	}
	return err
}

func (a *atServer) SetPassword(ctx context.Context, u *account.User, password string) error {
	return a.api.call(ctx, http.MethodPost, path("people", u.ID, "password"), "", map[string]any{"password": password}, nil)
}

func (d *inDatabase) Metadata(ctx context.Context, u *account.User) (json.RawMessage, error) {
	return d.store.UserMetadata(ctx, u.ID)
}

func (d *inDatabase) SetMetadata(ctx context.Context, u *account.User, metadata json.RawMessage) error {
	err := d.accounts(d.store).SetMetadata(ctx, u.ID, metadata)
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, nil)
	}
	return err
}

// metadataBody is the body of the operations for the metadata of a person.
type metadataBody struct {
	Metadata json.RawMessage `json:"metadata"`
}

func (a *atServer) Metadata(ctx context.Context, u *account.User) (json.RawMessage, error) {
	var body metadataBody
	err := a.api.get(ctx, path("people", u.ID, "metadata"), &body)
	return body.Metadata, err
}

func (a *atServer) SetMetadata(ctx context.Context, u *account.User, metadata json.RawMessage) error {
	if !json.Valid(metadata) {
		return errors.New("the metadata is not valid JSON")
	}
	return a.api.call(ctx, http.MethodPut, path("people", u.ID, "metadata"), "", metadataBody{metadata}, nil)
}

func (d *inDatabase) Factors(ctx context.Context, u *account.User) ([]account.Factor, error) {
	return d.store.Factors(ctx, u.ID)
}

func (d *inDatabase) ResetFactors(ctx context.Context, u *account.User) error {
	err := d.accounts(d.store).ResetFactors(ctx, u.ID)
	if errors.Is(err, account.ErrLastFactor) {
		return errors.New("this user has no password, and would not be able to log in without these factors; set a password first, with latchkey user passwd")
	}
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, nil)
	}
	return err
}

func (a *atServer) Factors(ctx context.Context, u *account.User) ([]account.Factor, error) {
	var list struct{ Data []account.Factor }
	err := a.api.get(ctx, path("people", u.ID, "factors"), &list)
	return list.Data, err
}

func (a *atServer) ResetFactors(ctx context.Context, u *account.User) error {
	return a.api.call(ctx, http.MethodPost, path("people", u.ID, "reset-factors"), "", nil, nil)
}
