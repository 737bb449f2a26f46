package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// atServer is the administration of the commands that use the admin API of a running server. The
// server checks the changes and records them, with the person or the application of the token.
type atServer struct{ api *apiClient }

func (a *atServer) Issuer(ctx context.Context) (string, error) {
	err := a.api.findIssuer(ctx)
	return a.api.issuer, err
}

func (a *atServer) PersonClaims(ctx context.Context) (clientfields.PersonClaims, error) {
	err := a.api.findIssuer(ctx)
	if a.api.accounts {
		return clientfields.AccountClaims, err
	}
	return clientfields.KnownClaims, err
}

// path returns the path of an object below the API.
func path(parts ...string) string {
	whole := ""
	for i, part := range parts {
		if i > 0 {
			whole += "/"
		}
		whole += url.PathEscape(part)
	}
	return whole
}

func (a *atServer) Application(ctx context.Context, id string) (*oauth.Client, error) {
	client := new(oauth.Client)
	err := a.api.get(ctx, path("applications", id), client)
	if isNotFound(err) {
		err = noApplication(ctx, a, id)
	}
	return client, err
}

// withUse is an application in a response that has its last use.
type withUse struct {
	oauth.Client
	UsedAt time.Time `json:"used_at"`
}

func (a *atServer) EachApplication(ctx context.Context, search string, do func(*oauth.Client, time.Time)) error {
	return eachOf(ctx, a.api, "applications", url.Values{"q": {search}}, func(c withUse) error {
		do(&c.Client, c.UsedAt)
		return nil
	})
}

// withSecret is an application in a response that shows its secret once.
type withSecret struct {
	oauth.Client
	ClientSecret string `json:"client_secret"`
}

func (a *atServer) AddApplication(ctx context.Context, client *oauth.Client, secret string) (string, error) {
	if secret != "" {
		return "", errors.New("the admin API does not accept an existing secret: use the command on the database, or let the server generate one")
	}
	var added withSecret
	if err := a.api.call(ctx, http.MethodPost, "applications", "", changedMembers(&oauth.Client{}, client), &added); err != nil {
		if isStatus(err, http.StatusConflict) {
			err = reserved(ctx, a, client.ID, err)
		}
		return "", err
	}
	disabled := client.Disabled
	if *client = added.Client; disabled {
		if err := a.SwitchApplication(ctx, client, true, false); err != nil {
			return added.ClientSecret, fmt.Errorf("the application %s was added, but may still be enabled: %w", client.ID, err)
		}
	}
	return added.ClientSecret, nil
}

// changedMembers returns the members of an application that differ, with their new values; null
// is the default.
func changedMembers(before, after *oauth.Client) map[string]any {
	members := make(map[string]any)
	was, is := declared.Members(before), declared.Members(after)
	for _, f := range declared.ApplicationFields() {
		if string(was[f.Name]) == string(is[f.Name]) || f.Name == "disabled" {
			continue
		}
		if members[f.Name] = nil; is[f.Name] != nil {
			members[f.Name] = is[f.Name]
		}
	}
	return members
}

func (a *atServer) EditApplication(ctx context.Context, client *oauth.Client, change func(*oauth.Client) error) error {
	return again(func() error {
		before, err := a.Application(ctx, client.ID)
		if err != nil {
			return err
		}
		after := *before
		if err := change(&after); err != nil {
			return err
		}
		saved := *before
		if members := changedMembers(before, &after); len(members) > 0 {
			saved = oauth.Client{}
			if err := a.api.call(ctx, http.MethodPatch, path("applications", client.ID), etag(before.Version), members, &saved); err != nil {
				return err
			}
		}
		*client = saved
		if after.Disabled != before.Disabled {
			return a.SwitchApplication(ctx, client, after.Disabled, false)
		}
		return nil
	})
}

// etag returns the ETag of a version.
func etag(n int64) string { return fmt.Sprintf(`"%d"`, n) }

// again repeats a change if the object was changed at the same time.
func again(change func() error) (err error) {
	for range 10 {
		if err = change(); !isStatus(err, http.StatusPreconditionFailed) {
			return err
		}
	}
	return err
}

func (a *atServer) RotateSecret(ctx context.Context, client *oauth.Client, overlap time.Duration, _ bool) (string, error) {
	var rotated struct {
		ClientSecret string `json:"client_secret"`
	}
	err := a.api.call(ctx, http.MethodPost, path("applications", client.ID, "secret"), "", map[string]any{"overlap": int64(overlap / time.Second)}, &rotated)
	if err != nil {
		return "", err
	}
	if err := a.read(ctx, client); err != nil {
		return rotated.ClientSecret, fmt.Errorf("the secret was rotated, but the application could not be read: %w", err)
	}
	return rotated.ClientSecret, nil
}

func (a *atServer) RevokeRegistrationToken(ctx context.Context, client *oauth.Client) error {
	if _, registered := oauth.RegistrationID(client.ID); !registered {
		return oauth.ErrNoRegistrationToken
	}
	if err := a.api.call(ctx, http.MethodDelete, path("applications", client.ID, "registration-token"), "", nil, nil); err != nil {
		return err
	}
	return a.read(ctx, client)
}

func (a *atServer) Secrets(ctx context.Context, client *oauth.Client) ([]appSecret, error) {
	var shown struct {
		Secrets []appSecret `json:"secrets"`
	}
	err := a.api.get(ctx, path("applications", client.ID), &shown)
	return shown.Secrets, err
}

// read sets an application to its present state.
func (a *atServer) read(ctx context.Context, client *oauth.Client) error {
	now, err := a.Application(ctx, client.ID)
	if err == nil {
		*client = *now
	}
	return err
}

func (a *atServer) SwitchApplication(ctx context.Context, client *oauth.Client, disabled, keepTokens bool) error {
	if err := a.api.turn(ctx, path("applications", client.ID), disabled, keepTokens); err != nil {
		return err
	}
	return a.read(ctx, client)
}

func (a *atServer) DeleteApplication(ctx context.Context, client *oauth.Client, _ bool) error {
	return a.api.call(ctx, http.MethodDelete, path("applications", client.ID), "", nil, nil)
}

func (a *atServer) DeletedApplications(ctx context.Context) ([]deletedApplication, error) {
	var list struct{ Data []deletedApplication }
	err := a.api.get(ctx, "deleted-applications", &list)
	return list.Data, err
}

func (a *atServer) RestoreApplication(ctx context.Context, id string) error {
	err := a.api.call(ctx, http.MethodPost, path("applications", id, "restore"), "", nil, nil)
	if isNotFound(err) {
		err = oauth.ErrNotFound
	}
	return err
}

func (a *atServer) UsualScopes(ctx context.Context, client *oauth.Client) (oauth.Scopes, error) {
	var list struct {
		Data []struct {
			Name    string `json:"name"`
			Default bool   `json:"default"`
			Fault   string `json:"fault"`
		}
	}
	err := a.api.get(ctx, "scopes", &list)
	if isStatus(err, http.StatusForbidden) {
		return nil, errors.New("--kind needs the scopes of the server, but the token has no permission to read them. Name the scopes of the application with --scope")
	}
	var all []oauth.ScopeInfo
	var byDefault oauth.Scopes
	for _, scope := range list.Data {
		if scope.Fault != "" { // applications cannot use it
			continue
		}
		all = append(all, oauth.ScopeInfo{Name: scope.Name})
		if scope.Default {
			byDefault = append(byDefault, scope.Name)
		}
	}
	return clientfields.UsualScopes(client, all, byDefault), err
}

// personRow is a person in a response.
type personRow struct {
	ID          string               `json:"id"`
	Username    string               `json:"username"`
	Name        string               `json:"name"`
	Email       string               `json:"email"`
	Claims      json.RawMessage      `json:"claims"`
	Roles       account.Roles        `json:"roles"`
	Memberships []membershipOutput   `json:"memberships"`
	Disabled    bool                 `json:"disabled"`
	Factors     []account.FactorKind `json:"second_factors"`
	CreatedAt   time.Time            `json:"created_at"`
	UpdatedAt   time.Time            `json:"updated_at"`
	LastLoginAt time.Time            `json:"last_login_at"`
	DeleteAt    time.Time            `json:"delete_at"`
	Version     int64                `json:"version"`
}

func (r personRow) user() *account.User {
	u := &account.User{
		ID: r.ID, Username: r.Username, Name: r.Name, Email: r.Email, Claims: r.Claims, Disabled: r.Disabled, Factors: r.Factors,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, LastLoginAt: r.LastLoginAt, DeleteAt: r.DeleteAt, Version: r.Version,
	}
	u.SetRoles(r.Roles)
	for _, m := range r.Memberships {
		u.Memberships = append(u.Memberships, account.Membership(m))
	}
	return u
}

func (a *atServer) User(ctx context.Context, name string) (found *account.User, err error) {
	canonical, err := account.CanonicalUsername(name)
	if err != nil {
		return nil, err
	}
	err = eachOf(ctx, a.api, "people", url.Values{"q": {canonical}}, func(r personRow) error {
		if other, err := account.CanonicalUsername(r.Username); err == nil && other == canonical {
			found = r.user()
			return errEnough
		}
		return nil
	})
	if err == nil && found == nil {
		err = noUser(name)
	}
	return found, withoutAccounts(err)
}

// withoutAccounts explains that a server has no list of people: they are those of a host program.
func withoutAccounts(err error) error {
	if !isNotFound(err) {
		return err
	}
	return absent{"this server is embedded in a program with its own users, so it has no accounts. In the database (--db or --data), the commands latchkey token and consent accept the subject of such a person: --subject", err}
}

func (a *atServer) Username(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	var r personRow
	err := a.api.get(ctx, path("people", id), &r)
	if isNotFound(err) || isStatus(err, http.StatusForbidden) { // the ID is shown
		return "", nil
	}
	return r.Username, err
}

func (a *atServer) EachUser(ctx context.Context, search string, do func(*account.User)) error {
	return withoutAccounts(eachOf(ctx, a.api, "people", url.Values{"q": {search}}, func(r personRow) error {
		do(r.user())
		return nil
	}))
}

func (a *atServer) AddUser(ctx context.Context, n account.NewUser) (*account.User, error) {
	if n.Admin {
		n.Roles = append(account.Roles{account.RoleAdministrator}, n.Roles...)
	}
	person := map[string]any{"username": n.Username, "password": n.Password}
	for member, value := range map[string]string{"name": n.Name, "email": n.Email} {
		if value != "" {
			person[member] = value
		}
	}
	if n.EmailVerified {
		person["email_verified"] = true
	}
	if n.Claims != nil {
		person["claims"] = n.Claims
	}
	if len(n.Roles) > 0 {
		person["roles"] = n.Roles
	}
	var added personRow
	err := a.api.call(ctx, http.MethodPost, "people", "", person, &added)
	return added.user(), withoutAccounts(err)
}

func (a *atServer) EditUser(ctx context.Context, u *account.User, change func(*account.User) error) error {
	return again(func() error {
		var before personRow
		if err := a.api.get(ctx, path("people", u.ID), &before); err != nil {
			return err
		}
		*u = *before.user()
		after := *u
		if err := change(&after); err != nil {
			return err
		}
		var saved personRow
		if err := a.api.call(ctx, http.MethodPatch, path("people", u.ID), etag(u.Version), personChange(u, &after), &saved); err != nil {
			return err
		}
		*u = *saved.user()
		return nil
	})
}

// personChange returns the members of a person that differ.
func personChange(before, after *account.User) map[string]any {
	members := make(map[string]any)
	for name, values := range map[string][2]string{
		"username": {before.Username, after.Username}, "name": {before.Name, after.Name}, "email": {before.Email, after.Email},
	} {
		if values[0] != values[1] {
			members[name] = values[1]
		}
	}
	if before.OwnRoles().String() != after.OwnRoles().String() {
		members["roles"] = append(account.Roles{}, after.OwnRoles()...)
	}
	claims := otherClaims(after)
	if claims != otherClaims(before) { // the new claims replace those about the address, too
		members["claims"] = json.RawMessage(claims)
	}
	if members["claims"] != nil || before.EmailVerified() != after.EmailVerified() || before.Email != after.Email {
		members["email_verified"] = after.EmailVerified()
	}
	return members
}

// otherClaims returns the claims of a user without those that say whether the email address is
// confirmed.
func otherClaims(u *account.User) string {
	claims := make(map[string]json.RawMessage)
	if json.Unmarshal(u.Claims, &claims) != nil && len(u.Claims) > 0 {
		return string(u.Claims) // the server reports the mistake
	}
	delete(claims, "email")
	delete(claims, "email_verified")
	text, _ := json.Marshal(claims) // it was just decoded
	return string(text)
}

func (a *atServer) SwitchUser(ctx context.Context, u *account.User, disabled, keepTokens bool) error {
	if err := a.api.turn(ctx, path("people", u.ID), disabled, keepTokens); err != nil {
		return err
	}
	var now personRow
	err := a.api.get(ctx, path("people", u.ID), &now)
	if err == nil {
		*u = *now.user()
	}
	return err
}

func (a *atServer) DeleteUser(ctx context.Context, u *account.User) error {
	return a.api.call(ctx, http.MethodDelete, path("people", u.ID), "", nil, nil)
}

func (a *atServer) Usage(context.Context, oauth.FamilyFilter) (*oauth.Usage, error) { return nil, nil }

func (a *atServer) EachSession(ctx context.Context, of person, do func(sessionOutput) error) error {
	err := eachOf(ctx, a.api, "sessions", url.Values{"person": {of.subject}}, do)
	if isNotFound(err) {
		err = errors.New("this server is embedded in a program with its own users, so it has no login sessions to list")
	}
	return unlessUnknown(err)
}

// unlessUnknown omits the error of a list that is about a person of whom the server knows nothing. The
// command has warned of it.
func unlessUnknown(err error) error {
	if isStatus(err, http.StatusUnprocessableEntity) {
		return nil
	}
	return err
}

func (a *atServer) EachConsent(ctx context.Context, clientID string, of person, do func(consentOutput) error) error {
	return unlessUnknown(eachOf(ctx, a.api, "consents", url.Values{"client_id": {clientID}, "person": {of.subject}}, do))
}

func (a *atServer) EndSession(ctx context.Context, id string) error {
	err := a.api.call(ctx, http.MethodDelete, path("sessions", id), "", nil, nil)
	if isNotFound(err) {
		err = noSession(id)
	}
	return err
}

func (a *atServer) EndSessions(ctx context.Context, p person) error {
	if err := p.ofHost(); err != nil {
		return err
	}
	return a.api.call(ctx, http.MethodPost, path("people", p.subject, "logout"), "", nil, nil)
}

func (a *atServer) Withdraw(ctx context.Context, clientID string, p person) error {
	return a.api.call(ctx, http.MethodDelete, path("consents", clientID, p.subject), "", nil, nil)
}

func (a *atServer) RevokeApplication(ctx context.Context, clientID string) error {
	return a.api.call(ctx, http.MethodPost, path("applications", clientID, "revoke"), "", nil, nil)
}

func (a *atServer) RevokePerson(ctx context.Context, p person) error {
	if err := p.ofHost(); err != nil {
		return err
	}
	return a.api.call(ctx, http.MethodPost, path("people", p.subject, "revoke"), "", nil, nil)
}
