package adminapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A person has an account.
type person struct {
	ID            string          `json:"id" doc:"The sub of the person in tokens."`
	Username      string          `json:"username" doc:"The name with which the person logs in."`
	Name          string          `json:"name,omitempty" doc:"The full name."`
	Email         string          `json:"email,omitempty" doc:"The email address."`
	EmailVerified bool            `json:"email_verified" doc:"The person has confirmed the address."`
	Claims        json.RawMessage `json:"claims,omitempty" doc:"Further standard claims (OpenID Connect Core 5.1), as an object."`
	Roles         account.Roles   `json:"roles" doc:"The roles in the back office and at this API, without those of the groups."`
	Groups        []string        `json:"groups" doc:"The names of the groups of the person, without those in the claims."`
	GroupRoles    account.Roles   `json:"group_roles" doc:"The roles that the person has by the groups."`
	Memberships   []membership    `json:"memberships" doc:"The groups, with the roles that each of them gives to the person."`
	Disabled      bool            `json:"disabled" doc:"The person cannot log in."`
	Factors       []string        `json:"second_factors" doc:"The kinds of second factors that the person has."`
	CreatedAt     time.Time       `json:"created_at" doc:"When the account was created."`
	UpdatedAt     time.Time       `json:"updated_at,omitzero" doc:"When the account was last changed."`
	LastLoginAt   time.Time       `json:"last_login_at,omitzero" doc:"The last login; missing means never."`
	DeleteAt      time.Time       `json:"delete_at,omitzero" doc:"When the account is deleted, because the person has requested it."`
	Version       int64           `json:"version" doc:"The number of changes, which is also in the ETag."`
}

// A membership is a group of a person.
type membership struct {
	Group string        `json:"group" doc:"The name of the group."`
	Roles account.Roles `json:"roles" doc:"The roles of the group, which its members have."`
}

// A personChange changes an account. Members that are missing are not changed, and null is the
// default (RFC 7396).
type personChange struct {
	Username      *string          `json:"username,omitempty" doc:"The name with which the person logs in."`
	Name          *string          `json:"name,omitempty" doc:"The full name."`
	Email         *string          `json:"email,omitempty" doc:"The email address."`
	EmailVerified *bool            `json:"email_verified,omitempty" doc:"The person has confirmed the address."`
	Claims        *json.RawMessage `json:"claims,omitempty" doc:"Further standard claims (OpenID Connect Core 5.1), as an object."`
	Roles         *account.Roles   `json:"roles,omitempty" doc:"The roles in the back office and at this API."`
}

// A newPerson is an account to be created.
type newPerson struct {
	personChange
	Password string `json:"password,omitempty" doc:"The password. Without one, a password is generated, and is in the response."`
}

// A personMetadata is the metadata of a person.
type personMetadata struct {
	Metadata json.RawMessage `json:"metadata" required:"yes" doc:"A JSON object of your own, which is not a claim and is not shown to people. An empty object removes it."`
}

// A createdPerson is a new account with its password, which is shown once.
type createdPerson struct {
	person
	Password string `json:"password,omitempty" doc:"The generated password. It cannot be read again."`
}

// A newPassword is a password to be set.
type newPassword struct {
	Password string `json:"password,omitempty" doc:"The password. Without one, a password is generated, and is in the response."`
}

// A generatedPassword has a generated password, which is shown once.
type generatedPassword struct {
	Password string `json:"password,omitempty" doc:"The generated password. It cannot be read again."`
}

func showPerson(u *account.User) person {
	p := person{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified(), Claims: u.Claims, Roles: u.OwnRoles(), Groups: []string{}, Memberships: []membership{}, GroupRoles: append(account.Roles{}, u.GroupRoles()...), Disabled: u.Disabled,
		Factors: []string{}, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, LastLoginAt: u.LastLoginAt, DeleteAt: u.DeleteAt, Version: u.Version,
	}
	for _, m := range u.Memberships {
		p.Groups = append(p.Groups, m.Group)
		p.Memberships = append(p.Memberships, membership{m.Group, append(account.Roles{}, m.Roles...)})
	}
	if p.Roles == nil {
		p.Roles = account.Roles{}
	}
	for _, kind := range u.Factors {
		p.Factors = append(p.Factors, string(kind))
	}
	return p
}

func (a *api) people() []operation {
	const tag = "people"
	imports := changes(tag, http.MethodPost, "import-people", account.PeopleCredentials, "users/import", "adds people of another server, with their IDs and password hashes", a.importPeople).
		says("All people are checked before the first one is added. A person who exists already is not changed, so the request can be repeated. A person exists already if the username and the ID are the same. Without an ID in the request, the username and the email address must be the same, and the person must have confirmed the address or still be as the request adds the person, because anybody can sign up with the username. If the import fails after the check, the problem lists the people who were added. Roles also need the permission people.roles.")
	imports.largest = MaxImport
	all := []operation{
		imports,
		listed[person](reads(tag, "people", account.PeopleRead, "list of people, by username", a.listPeople),
			append([]parameter{
				{name: "q", help: "A part of the username, the name or the email address."},
				{name: "role", values: roleNames(), help: "Only people with this role."},
				{name: "disabled", values: []string{"true", "false"}, help: "Only people who are disabled, or not."},
			}, period...)...),
		changes(tag, http.MethodPost, "people", account.PeopleWrite, "users/add", "adds a person", a.addPerson).created().ofVersion(false).
			says("Only username is required. Roles also need the permission people.roles."),
		reads(tag, "people/{id}", account.PeopleRead, "a person", a.getPerson).ofVersion(false),
		changes(tag, http.MethodPatch, "people/{id}", account.PeopleWrite, "users/{id}", "changes members of a person", a.changePerson).ofVersion(true).
			says("The body has the members to change; null is the default (RFC 7396). The username, the email address and the claims also need the permission people.credentials, and roles need people.roles. People cannot change their own roles."),
		changes(tag, http.MethodPost, "people/{id}/disable", account.PeopleWrite, "users/{id}/switch", "disables a person, ends their sessions, and revokes their tokens unless keep_tokens is true; they are then valid again after the person is enabled", a.disablePerson),
		changes(tag, http.MethodPost, "people/{id}/enable", account.PeopleWrite, "users/{id}/switch", "enables a person", a.enablePerson),
		changes(tag, http.MethodPost, "people/{id}/logout", account.TokensRevoke, "users/{id}/logout", "ends all sessions of a person", a.logOutPerson),
		changes(tag, http.MethodPost, "people/{id}/revoke", account.TokensRevoke, "users/{id}/revoke", "ends all sessions of a person, and revokes all of their tokens", a.revokePerson),
		changes(tag, http.MethodPost, "people/{id}/password", account.PeopleCredentials, "users/{id}/password", "sets a new password of a person, ends their sessions, and revokes all of their tokens", a.setPassword).
			says("The person gets an email, if the server sends emails and the account has an address. People cannot set their own password here."),
		reads(tag, "people/{id}/factors", account.PeopleRead, "the factors of a person, without secrets", a.listFactors).
			says("These are passkeys, the authenticator app, recovery codes, remembered browsers, connected accounts at other providers, and API tokens."),
		changes(tag, http.MethodPost, "people/{id}/reset-factors", account.PeopleCredentials, "users/{id}/factors", "removes the second factors that a person has lost", a.resetFactors),
		changes(tag, http.MethodPost, "people/{id}/export", account.PeopleExport, "users/{id}/export", "everything that is stored about a person", a.exportPerson),
		changes(tag, http.MethodPost, "people/{id}/keep", account.PeopleWrite, "users/{id}/keep", "cancels the deletion that a person has requested", a.keepPerson),
		reads(tag, "people/{id}/metadata", account.PeopleRead, "the metadata of a person", a.getMetadata),
		changes(tag, http.MethodPut, "people/{id}/metadata", account.PeopleWrite, "users/{id}/metadata", "replaces the metadata of a person", a.setMetadata),
		changes(tag, http.MethodDelete, "people/{id}/picture", account.PeopleWrite, "users/{id}/picture", "removes the picture of a person", a.removePicture),
		changes(tag, http.MethodDelete, "people/{id}", account.PeopleWrite, "users/{id}/delete", "deletes a person, and erases their data", a.deletePerson).mayMatch(),
	}
	for i := range all {
		all[i] = all[i].ofAccounts()
	}
	return all
}

func roleNames() (names []string) {
	for _, role := range account.AllRoles() {
		names = append(names, string(role))
	}
	return names
}

func (a *api) listPeople(c *call) (page[person], error) {
	f := account.UserFilter{Search: c.get("q"), Disabled: c.yesOrNo("disabled")}
	switch role := account.Role(c.get("role")); role {
	case "":
	case account.RoleAdministrator:
		yes := true
		f.Admin = &yes
	default:
		f.Role = role
	}
	var err error
	if f.From, f.Until, err = c.days(); err != nil {
		return page[person]{}, err
	}
	return listOf(c, func(p paging.Page) ([]*account.User, paging.Cursor, error) {
		p.Sort = "username"
		return a.Store.Users(c.Context(), f, p)
	}, showPerson)
}

func (a *api) getPerson(c *call) (person, error) {
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return person{}, err
	}
	c.version = u.Version
	return showPerson(u), nil
}

// apply sets the members of an account.
func (p *personChange) apply(u *account.User) error {
	set := func(to, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&u.Username, p.Username)
	set(&u.Name, p.Name)
	set(&u.Email, p.Email)
	if p.Claims != nil {
		u.Claims = *p.Claims
	}
	if p.Roles != nil {
		u.SetRoles(*p.Roles)
	}
	if p.EmailVerified != nil {
		if err := u.SetEmailVerified(*p.EmailVerified); err != nil {
			return fault("claims", "The claims must be one JSON object.")
		}
	}
	return nil
}

func (a *api) addPerson(c *call, n newPerson) (createdPerson, error) {
	u := new(account.User)
	if err := n.apply(u); err != nil {
		return createdPerson{}, err
	}
	if err := c.needForPerson(nil, u); err != nil {
		return createdPerson{}, err
	}
	password, generated := n.Password, ""
	if password == "" {
		password = account.GeneratePassword()
		generated = password
	}
	created, err := a.Accounts.Create(c.Context(), account.NewUser{Username: u.Username, Password: password, Email: u.Email, Name: u.Name, Roles: u.Roles(), Claims: u.Claims})
	if err != nil {
		return createdPerson{}, err
	}
	c.target, c.version, c.location = created.ID, created.Version, "people/"+escaped(created.ID)
	c.details = oauth.EventDetails{PersonName: created.Username, Changes: audit.UserChanges(nil, created)}
	return createdPerson{showPerson(created), generated}, nil
}

func (a *api) changePerson(c *call, change personChange) (person, error) {
	before, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return person{}, err
	}
	u := *before
	if u.Version, err = c.ifMatch(before.Version); err != nil {
		return person{}, err
	}
	if err := c.protect(before.ID); err != nil {
		return person{}, err
	}
	if err := change.apply(&u); err != nil {
		return person{}, err
	}
	if err := c.needForPerson(before, &u); err != nil {
		return person{}, err
	}
	if err := a.Accounts.Update(c.Context(), &u); err != nil {
		return person{}, err
	}
	c.version, c.details = u.Version, oauth.EventDetails{PersonName: u.Username, Changes: audit.UserChanges(before, &u)}
	return showPerson(&u), nil
}

// needForPerson returns a problem unless the caller may make all of the changes. before is nil
// for a new person.
func (c *call) needForPerson(before, u *account.User) error {
	for _, p := range c.api.Acts.UserPermissions(before, u) {
		if err := c.need(p); err != nil {
			return err
		}
		if p == account.PeopleRoles && before != nil && before.ID == c.caller.id {
			return errSelf
		}
	}
	return nil
}

var errSelf = conflict("People cannot disable or delete themselves here, or change their own roles. Another administrator can do it.")

// other returns the person of the request, who is not the caller, and whom the caller may
// change.
func (c *call) other() (string, error) {
	id := c.PathValue("id")
	if id == c.caller.id {
		return "", errSelf
	}
	return id, c.protect(id)
}

func (a *api) disablePerson(c *call, d disabling) (none, error) {
	id, err := c.other()
	if err != nil {
		return none{}, err
	}
	if err := a.Accounts.Disable(c.Context(), id, !d.KeepTokens); err != nil {
		return none{}, err
	}
	a.Logins.SessionsEnded(c.Context())
	c.details.Changes = []oauth.Change{switched(true, !d.KeepTokens)}
	return none{}, nil
}

func (a *api) enablePerson(c *call, _ none) (none, error) {
	id, err := c.other()
	if err != nil {
		return none{}, err
	}
	c.details.Changes = []oauth.Change{switched(false, false)}
	return none{}, a.Accounts.Enable(c.Context(), id)
}

func (a *api) logOutPerson(c *call, _ none) (none, error) {
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, err
	}
	if err := c.protect(u.ID); err != nil {
		return none{}, err
	}
	return none{}, a.Logins.EndSessionsOf(c.Context(), u.ID, "")
}

func (a *api) revokePerson(c *call, _ none) (none, error) {
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, err
	}
	if err := c.protect(u.ID); err != nil {
		return none{}, err
	}
	return none{}, a.Logins.RevokeSubject(c.Context(), u.ID)
}

// errOwnPassword keeps a stolen token from becoming a way to log in.
var errOwnPassword = conflict("People cannot set their own password here. Use the account page, which asks for a confirmation.")

func (a *api) setPassword(c *call, n newPassword) (generatedPassword, error) {
	if c.PathValue("id") == c.caller.id {
		return generatedPassword{}, errOwnPassword
	}
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return generatedPassword{}, err
	}
	if err := c.protect(u.ID); err != nil {
		return generatedPassword{}, err
	}
	password, shown := n.Password, ""
	if password == "" {
		password = account.GeneratePassword()
		shown = password
	}
	if err := a.Accounts.SetPassword(c.Context(), u, password); err != nil {
		return generatedPassword{}, err
	}
	a.Logins.SessionsEnded(c.Context())
	c.details.PersonName = u.Username
	return generatedPassword{shown}, nil
}

func (a *api) exportPerson(c *call, _ none) (any, error) {
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := c.protect(u.ID); err != nil {
		return nil, err
	}
	return a.PersonData(c.Context(), u)
}

func (a *api) keepPerson(c *call, _ none) (none, error) {
	id, err := c.other()
	if err != nil {
		return none{}, err
	}
	return none{}, a.Accounts.CancelDeletion(c.Context(), id)
}

func (a *api) deletePerson(c *call, _ none) (none, error) {
	id, err := c.other()
	if err != nil {
		return none{}, err
	}
	u, err := a.Store.User(c.Context(), id)
	if err != nil {
		return none{}, err
	}
	version, err := c.maybeMatch(u.Version)
	if err != nil {
		return none{}, err
	}
	if err := a.Accounts.Delete(c.Context(), id, version); err != nil {
		return none{}, err
	}
	a.Logins.SessionsEnded(c.Context())
	return none{}, nil
}

func (a *api) getMetadata(c *call) (personMetadata, error) {
	metadata, err := a.Store.UserMetadata(c.Context(), c.PathValue("id"))
	if len(metadata) == 0 {
		metadata = json.RawMessage("{}")
	}
	return personMetadata{metadata}, err
}

func (a *api) setMetadata(c *call, m personMetadata) (personMetadata, error) {
	if len(m.Metadata) == 0 {
		return personMetadata{}, fault("metadata", "This member is required. Send an empty object to remove the metadata.")
	}
	if err := c.protect(c.PathValue("id")); err != nil {
		return personMetadata{}, err
	}
	if err := a.Accounts.SetMetadata(c.Context(), c.PathValue("id"), m.Metadata); err != nil {
		return personMetadata{}, err
	}
	return a.getMetadata(c)
}

func (a *api) removePicture(c *call, _ none) (none, error) {
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, err
	}
	if err := c.protect(u.ID); err != nil {
		return none{}, err
	}
	before := *u
	if err := a.Accounts.RemovePicture(c.Context(), u); err != nil {
		return none{}, err
	}
	c.details = oauth.EventDetails{PersonName: u.Username, Changes: audit.UserChanges(&before, u)}
	return none{}, nil
}
