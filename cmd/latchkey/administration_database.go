package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// inDatabase is the administration of the commands that open the database.
type inDatabase struct {
	*command
	cmd   *cobra.Command
	store *sqlstore.Store
}

func (d *inDatabase) Issuer(ctx context.Context) (string, error) { return d.knownIssuer(ctx, d.store) }

func (d *inDatabase) PersonClaims(ctx context.Context) (clientfields.PersonClaims, error) {
	hosted, err := d.store.HostPeople(ctx)
	if hosted {
		return clientfields.KnownClaims, err
	}
	return clientfields.AccountClaims, err
}

// knownIssuer returns the issuer of the configuration, or that of the server that
// started last on the database, or unknownIssuer.
func (c *command) knownIssuer(ctx context.Context, store *sqlstore.Store) (string, error) {
	if c.config.Issuer != "" {
		return c.config.Issuer, nil
	}
	issuer, err := store.Issuer(ctx)
	return cmp.Or(issuer, unknownIssuer), err
}

func (d *inDatabase) Application(ctx context.Context, id string) (*oauth.Client, error) {
	client, err := d.store.Client(ctx, id)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, noApplication(ctx, d, id)
	}
	return client, err
}

// absent is an error for an object that does not exist, with a text for the person who named it.
type absent struct {
	text string
	of   error
}

func (a absent) Error() string { return a.text }
func (a absent) Unwrap() error { return a.of }

func (d *inDatabase) EachApplication(ctx context.Context, search string, do func(*oauth.Client, time.Time)) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		clients, cursor, err := d.store.Clients(ctx, oauth.ClientFilter{Search: search}, p)
		if err != nil {
			return cursor, err
		}
		ids := make([]string, len(clients))
		for i, client := range clients {
			ids[i] = client.ID
		}
		used, err := d.store.ClientUses(ctx, ids)
		for _, client := range clients {
			do(client, used[client.ID])
		}
		return cursor, err
	})
}

func (d *inDatabase) AddApplication(ctx context.Context, client *oauth.Client, secret string) (generated string, err error) {
	if secret, generated, err = d.firstSecret(client, secret); err != nil {
		return "", err
	}
	if secret != "" && client.NeedsReadableSecret() {
		if err := d.keepReadable(ctx, d.store, client, secret); err != nil {
			return "", err
		}
	}
	if err := d.readDefinitions(ctx, d.store); err != nil {
		return "", err
	}
	if err := d.validate(ctx, nil, client); err != nil {
		return "", err
	}
	err = d.store.CreateClient(ctx, client)
	if errors.Is(err, oauth.ErrConflict) {
		return "", reserved(ctx, d, client.ID, fmt.Errorf("an application or a person with the ID %q already exists. Choose another --client-id", client.ID))
	}
	if err != nil {
		return "", err
	}
	d.changed(d.cmd, d.store, client.ID, clientChange(nil, client))
	d.warnOfAccountFields(ctx, new(oauth.Client), client)
	return generated, nil
}

func (d *inDatabase) EditApplication(ctx context.Context, client *oauth.Client, change func(*oauth.Client) error) error {
	if err := d.readDefinitions(ctx, d.store); err != nil {
		return err
	}
	was := *client
	err := d.save(ctx, client, func(client *oauth.Client) error {
		before := *client
		if err := change(client); err != nil {
			return err
		}
		if err := d.validate(ctx, &before, client); err != nil {
			return err
		}
		if !client.NeedsReadableSecret() {
			client.DropReadableSecrets()
		}
		return nil
	})
	if err == nil {
		d.warnOfAccountFields(ctx, &was, client)
	}
	return err
}

// save applies a change of an administrator to the application and saves it, even if
// others save changes at the same time.
func (d *inDatabase) save(ctx context.Context, client *oauth.Client, change func(*oauth.Client) error) error {
	changed, err := oauth.EditClient(ctx, d.store, client.ID, func(c *oauth.Client) error {
		if err := change(c); err != nil {
			return err
		}
		c.UpdatedAt = time.Now() // after the change, which compares the time in a file with the stored one
		return nil
	})
	return d.saved(client, changed, err)
}

// saved records a change of a client that was saved, unless that failed.
func (d *inDatabase) saved(client, changed *oauth.Client, err error) error {
	if err == nil {
		before := *client
		*client = *changed
		d.changed(d.cmd, d.store, client.ID, clientChange(&before, client))
	}
	return err
}

func (d *inDatabase) RotateSecret(ctx context.Context, client *oauth.Client, overlap time.Duration, readable bool) (secret string, err error) {
	err = d.save(ctx, client, func(client *oauth.Client) error {
		secret = client.RotateSecret(time.Now(), overlap)
		if readable || client.NeedsReadableSecret() {
			return d.keepReadable(ctx, d.store, client, secret)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func (d *inDatabase) RevokeRegistrationToken(ctx context.Context, client *oauth.Client) error {
	if !client.RegistrationTokenRevokedAt.IsZero() {
		return nil
	}
	changed, err := oauth.ChangeClient(ctx, d.store, client.ID, func(c *oauth.Client) error {
		c.UpdatedAt = time.Now()
		return c.RevokeRegistrationToken(c.UpdatedAt)
	})
	return d.saved(client, changed, err)
}

func (d *inDatabase) Secrets(ctx context.Context, client *oauth.Client) (shown []appSecret, err error) {
	uses, err := d.store.SecretUses(ctx, client.ID)
	for _, s := range client.Secrets {
		shown = append(shown, appSecret{s.ID, s.End, s.CreatedAt, uses[s.ID], s.ExpiresAt})
	}
	return shown, err
}

func (d *inDatabase) SwitchApplication(ctx context.Context, client *oauth.Client, disabled, keepTokens bool) error {
	s := oauth.ClientSwitch{ClientID: client.ID, Disabled: disabled, At: time.Now()}
	if disabled && !keepTokens {
		s.RevokedBefore = s.At
	}
	if err := d.store.SwitchClient(ctx, s); err != nil {
		return err
	}
	switched, err := d.Application(ctx, client.ID)
	if err == nil {
		d.changed(d.cmd, d.store, client.ID, clientChange(client, switched))
		*client = *switched
	}
	return err
}

func (d *inDatabase) DeleteApplication(ctx context.Context, client *oauth.Client, permanently bool) (err error) {
	if permanently {
		err = d.store.DeleteClient(ctx, client.ID)
	} else {
		err = d.store.DiscardClient(ctx, client.ID, 0, time.Now())
	}
	if err == nil {
		d.changed(d.cmd, d.store, client.ID, &oauth.EventDetails{ClientName: client.Name})
	}
	return err
}

func (d *inDatabase) DeletedApplications(ctx context.Context) (all []deletedApplication, err error) {
	deleted, err := d.store.DeletedClients(ctx, time.Now())
	for _, one := range deleted {
		all = append(all, deletedApplication{one.Client.ID, one.Client.Name, one.DeletedAt, one.ExpiresAt})
	}
	return all, err
}

func (d *inDatabase) RestoreApplication(ctx context.Context, id string) error {
	err := d.store.RestoreClient(ctx, id, time.Now())
	if err == nil {
		d.changed(d.cmd, d.store, id, &oauth.EventDetails{Changes: []oauth.Change{{Field: "deleted", Before: "true"}, {Field: "disabled", After: "true"}}})
	}
	return err
}

func (d *inDatabase) UsualScopes(ctx context.Context, client *oauth.Client) (oauth.Scopes, error) {
	if err := d.readDefinitions(ctx, d.store); err != nil {
		return nil, err
	}
	return clientfields.UsualScopes(client, d.defined().AllScopes, d.defined().DefaultScopes), nil
}

func (d *inDatabase) User(ctx context.Context, name string) (*account.User, error) {
	return findUser(ctx, d.store, name)
}

func (d *inDatabase) Username(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	u, err := d.store.User(ctx, id)
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

func (d *inDatabase) EachUser(ctx context.Context, search string, do func(*account.User)) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		users, cursor, err := d.store.Users(ctx, account.UserFilter{Search: search}, p)
		for _, u := range users {
			do(u)
		}
		return cursor, err
	})
}

// eachPage reads all pages of a list, until read returns errEnough.
func eachPage(read func(paging.Page) (paging.Cursor, error)) error {
	for after := ""; ; {
		cursor, err := read(paging.Page{Limit: 500, After: after})
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
		if after = cursor.Next; after == "" {
			return nil
		}
	}
}

func (d *inDatabase) AddUser(ctx context.Context, n account.NewUser) (*account.User, error) {
	if err := d.needAccounts(ctx, "nobody could log in to the new account"); err != nil {
		return nil, err
	}
	u, err := d.accounts(d.store).Create(ctx, n)
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, userChange(nil, u))
	}
	return u, err
}

func (d *inDatabase) EditUser(ctx context.Context, u *account.User, change func(*account.User) error) error {
	before := *u
	err := d.accounts(d.store).Change(ctx, u, change)
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, userChange(&before, u))
	}
	return err
}

func (d *inDatabase) SwitchUser(ctx context.Context, u *account.User, disabled, keepTokens bool) (err error) {
	if disabled {
		err = d.accounts(d.store).Disable(ctx, u.ID, !keepTokens)
	} else {
		err = d.accounts(d.store).Enable(ctx, u.ID)
	}
	if err != nil {
		return err
	}
	switched, err := d.store.User(ctx, u.ID)
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, userChange(u, switched))
		*u = *switched
	}
	return err
}

func (d *inDatabase) DeleteUser(ctx context.Context, u *account.User) error {
	err := d.accounts(d.store).Delete(ctx, u.ID, 0)
	if err == nil {
		d.changed(d.cmd, d.store, u.ID, nil)
	}
	return err
}

func (d *inDatabase) Usage(ctx context.Context, f oauth.FamilyFilter) (*oauth.Usage, error) {
	hosted, err := d.store.HostPeople(ctx)
	if err != nil {
		return nil, err
	}
	f.InSession = !hosted // the login sessions are those of the host program
	usage, err := d.store.Usage(ctx, f)
	return &usage, err
}

func (d *inDatabase) EachSession(ctx context.Context, of person, do func(sessionOutput) error) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		rows, cursor, err := d.store.Sessions(ctx, account.SessionFilter{UserID: of.subject}, p)
		for _, s := range rows {
			if err == nil {
				err = do(sessionOutput{s.ID, s.UserID, s.Username, append([]string{}, s.Methods...), s.Address, s.UserAgent, s.AuthTime, s.SeenAt, s.ExpiresAt})
			}
		}
		return cursor, err
	})
}

func (d *inDatabase) EachConsent(ctx context.Context, clientID string, of person, do func(consentOutput) error) error {
	hosted, err := d.store.HostPeople(ctx)
	if err != nil {
		return err
	}
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		rows, cursor, err := d.store.Consents(ctx, oauth.FamilyFilter{ClientID: clientID, Subject: of.subject}, p)
		if err != nil {
			return cursor, err
		}
		accesses, err := acts.AccessesOf(ctx, d.store, rows, !hosted)
		for i, now := range accesses {
			if r := rows[i]; err == nil {
				err = do(consentOutput{r.Subject, r.Username, r.ClientID, r.ClientName, r.Scope.String(), r.GrantedAt, r.UpdatedAt, r.EndsAt, now.Active(), now.Scope.String(), now.Until})
			}
		}
		return cursor, err
	})
}

func (d *inDatabase) EndSession(ctx context.Context, id string) error {
	s, _, err := d.store.Session(ctx, id)
	if errors.Is(err, account.ErrNotFound) {
		return noSession(id)
	}
	if err != nil {
		return err
	}
	if err := d.store.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{s.ID}, At: time.Now()}); err != nil {
		return err
	}
	d.changed(d.cmd, d.store, s.UserID, &oauth.EventDetails{Person: s.UserID, Changes: []oauth.Change{{Field: "session", Before: s.ID}}})
	return nil
}

func noSession(id string) error {
	return fmt.Errorf("there is no login session with the ID %q. List them with: latchkey session list", id)
}

func (d *inDatabase) EndSessions(ctx context.Context, p person) error {
	err := d.store.EndSessions(ctx, oauth.SessionsEnd{Subject: p.subject, At: time.Now()})
	if err == nil {
		d.changed(d.cmd, d.store, p.subject, &oauth.EventDetails{Person: p.subject})
	}
	return err
}

func (d *inDatabase) Withdraw(ctx context.Context, clientID string, p person) error {
	err := d.store.WithdrawConsent(ctx, p.subject, clientID, time.Now())
	if err == nil {
		d.changed(d.cmd, d.store, p.subject, &oauth.EventDetails{Person: p.subject, ClientID: clientID, Changes: []oauth.Change{{Field: "consent", Before: clientID}}})
	}
	return err
}

func (d *inDatabase) RevokeApplication(ctx context.Context, clientID string) error {
	err := d.store.RevokeClient(ctx, clientID, time.Now())
	if err == nil {
		d.changed(d.cmd, d.store, clientID, &oauth.EventDetails{ClientID: clientID})
	}
	return err
}

func (d *inDatabase) RevokePerson(ctx context.Context, p person) error {
	err := d.store.RevokeSubject(ctx, p.subject, time.Now())
	if err == nil {
		d.changed(d.cmd, d.store, p.subject, &oauth.EventDetails{Person: p.subject})
	}
	return err
}
