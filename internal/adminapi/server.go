package adminapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A key is a signing key, without the private part.
type key struct {
	ID        string          `json:"id" doc:"The kid of the key."`
	Alg       string          `json:"alg" doc:"The signature algorithm."`
	State     string          `json:"state" enum:"published,active,retired,expired" doc:"Whether the key signs now."`
	Public    json.RawMessage `json:"public" doc:"The public key (RFC 7517)."`
	CreatedAt time.Time       `json:"created_at" doc:"When the key was added."`
	ActiveAt  time.Time       `json:"active_at" doc:"When the key starts signing."`
	RetiredAt time.Time       `json:"retired_at,omitzero" doc:"When the key stops signing; missing if no time is set."`
	ExpiresAt time.Time       `json:"expires_at,omitzero" doc:"When the key is no longer published; missing if no time is set."`
	RotatesAt time.Time       `json:"rotates_at,omitzero" doc:"When the next key replaces it; missing if it is retired, or if keys are rotated by hand."`
}

type keyList struct {
	Data []key `json:"data" doc:"The keys, oldest first."`
}

// A keyOrder asks for a new key.
type keyOrder struct {
	Alg string `json:"alg" required:"yes" doc:"The signature algorithm, such as ES256."`
	Now bool   `json:"now,omitempty" doc:"The key signs after two seconds, and not after an hour. Use it only if the present key may have been stolen."`
}

// A keyEnd retires a key.
type keyEnd struct {
	Distrust bool `json:"distrust,omitempty" doc:"Tokens that the key signed are rejected at once, because it was stolen."`
}

// A rejection is a request that the server rejected.
type rejection struct {
	ID          string    `json:"id" doc:"The error ID, which is also in the log."`
	At          time.Time `json:"at" doc:"When the request was rejected."`
	ClientID    string    `json:"client_id,omitempty" doc:"The application that the request named."`
	Named       string    `json:"named,omitempty" doc:"The beginning of a client ID that does not exist."`
	Reason      string    `json:"reason" doc:"The kind of the error in a few words."`
	Code        string    `json:"code" doc:"The error code of OAuth."`
	Description string    `json:"description" doc:"The error_description that the application got."`
	Detail      string    `json:"detail,omitempty" doc:"What exactly was wrong."`
}

type rejectionList struct {
	Data []rejection `json:"data" doc:"The newest rejected requests, newest first."`
}

// An invitation lets one person create an account.
type invitation struct {
	ID          string        `json:"id" doc:"Identifies the invitation."`
	State       string        `json:"state" enum:"open,used,withdrawn,expired" doc:"Whether an account can be created with it."`
	Email       string        `json:"email,omitempty" doc:"The address to which it was sent."`
	Locale      string        `json:"locale,omitempty" doc:"The language of the email, as a tag (BCP 47)."`
	Note        string        `json:"note,omitempty" doc:"A note for administrators."`
	Admin       bool          `json:"admin" doc:"It invites an administrator."`
	Roles       account.Roles `json:"roles" doc:"The roles that the account gets."`
	CreatedBy   string        `json:"created_by,omitempty" doc:"The ID of the administrator."`
	Application string        `json:"application,omitempty" doc:"The client_id of the application that created it for itself."`
	Username    string        `json:"username,omitempty" doc:"The username of the account that was created with it."`
	CreatedAt   time.Time     `json:"created_at" doc:"When it was created."`
	ExpiresAt   time.Time     `json:"expires_at,omitzero" doc:"When it expires; missing means never."`
	UsedAt      time.Time     `json:"used_at,omitzero" doc:"When the account was created."`
	WithdrawnAt time.Time     `json:"withdrawn_at,omitzero" doc:"When it was withdrawn."`
}

// A newInvitation is an invitation to be created.
type newInvitation struct {
	Email   string        `json:"email,omitempty" doc:"The address to which the link is sent. Without one, the response has the link."`
	Locale  string        `json:"locale,omitempty" doc:"The language of the email, as a tag (BCP 47) such as de (default English)."`
	Note    string        `json:"note,omitempty" doc:"A note for administrators."`
	Admin   bool          `json:"admin,omitempty" doc:"Invites an administrator, which needs the permission people.roles."`
	Roles   account.Roles `json:"roles,omitempty" doc:"The roles that the account gets: administrator, operator or auditor. They need the permission people.roles."`
	Days    int64         `json:"days,omitempty" doc:"For how many days it is valid, at most 366 (default 7)."`
	TTL     int64         `json:"ttl,omitempty" doc:"For how many seconds it is valid, at most 366 days. It replaces days."`
	Forever bool          `json:"no_expiry,omitempty" doc:"The invitation does not expire. It replaces days and ttl."`
}

// A createdInvitation is an invitation with its link, which is shown once.
type createdInvitation struct {
	invitation
	Link string `json:"link,omitempty" doc:"The link for the person, which is a secret. It cannot be read again."`
}

// A Setting is a setting of the server.
type Setting struct {
	Key     string `json:"key" doc:"The name in the configuration file."`
	Value   string `json:"value" doc:"The value, without secrets."`
	Default string `json:"default,omitempty" doc:"The default."`
	Help    string `json:"help" doc:"What the setting does."`
}

type settingList struct {
	Data []Setting `json:"data" doc:"All settings that are not secret."`
}

// A self is the caller.
type self struct {
	ID          string               `json:"id" doc:"The ID of the person, or the client_id of an application that acts for itself."`
	Name        string               `json:"name" doc:"The username, or the name of the application."`
	Application bool                 `json:"application" doc:"An application acts for itself."`
	Roles       account.Roles        `json:"roles" doc:"The roles of the caller."`
	Scope       string               `json:"scope" doc:"The scopes of the token."`
	Permissions []account.Permission `json:"permissions" doc:"What the caller may do with this token."`
}

func (a *api) server() []operation {
	return []operation{
		reads("server", "me", account.OverviewRead, "the caller, with the permissions of the token", a.me).says("Any scope of this API is enough."),
		reads("keys", "keys", account.KeysRead, "list of signing keys", a.listKeys),
		changes("keys", http.MethodPost, "keys", account.KeysWrite, "keys", "rotates a signing key", a.rotateKey).created(),
		changes("keys", http.MethodPost, "keys/{id}/retire", account.KeysWrite, "keys/{id}/retire", "retires a signing key", a.retireKey),
		reads("errors", "rejected-requests", account.ErrorsRead, "newest rejected requests", a.listRejections).with(
			ofApplication("Only those of this application."),
			parameter{name: "unknown", values: []string{"true"}, help: "Only those that name no existing application."}),
		reads("errors", "rejected-requests/{id}", account.ErrorsRead, "a rejected request", a.getRejection),
		listed[audit.Described](reads("audit", "audit", account.AuditRead, "audit log, newest first", a.listAudit), auditFilters()...).
			says("The first page also has records that wait to be added to the chain, so it can have more rows than the limit."),
		listed[invitation](reads("invitations", "invitations", account.PeopleRead, "list of invitations, newest first", a.listInvitations),
			append([]parameter{
				{name: "state", values: []string{"open", "used", "withdrawn", "expired"}, help: "Only invitations in this state."},
				{name: "q", help: "A part of the address or the note."},
			}, period...)...).ofAccounts(),
		changes("invitations", http.MethodPost, "invitations", account.PeopleInvite, "invitations", "invites a person", a.invite).created().ofAccounts(),
		changes("invitations", http.MethodDelete, "invitations/{id}", account.PeopleInvite, "invitations", "withdraws an invitation", a.withdrawInvitation).ofAccounts(),
		changes("invitations", http.MethodPost, "invitations/{id}/send", account.PeopleInvite, "invitations", "sends the email of an invitation again", a.sendInvitation).ofAccounts(),
		reads("server", "settings", account.SettingsRead, "settings of the server", a.listSettings),
	}
}

// all returns all operations.
func (a *api) all() []operation {
	return slices.Concat(a.applications(), a.registration(), a.people(), a.apiTokens(), a.groups(), a.access(), a.scopes(), a.resources(), a.loginProviders(), a.server(), a.observed(), a.attempts(), a.declaration())
}

// escaped returns a segment of a path.
func escaped(id string) string { return url.PathEscape(id) }

func (a *api) me(c *call) (self, error) {
	me := self{ID: c.caller.id, Name: c.caller.name, Application: c.caller.application, Roles: c.caller.roles, Scope: c.token.Scope, Permissions: []account.Permission{}}
	for _, p := range account.Permissions() {
		if c.may(p) {
			me.Permissions = append(me.Permissions, p)
		}
	}
	return me, nil
}

func (a *api) listKeys(c *call) (keyList, error) {
	stored, err := a.Keys.SigningKeys(c.Context())
	list := keyList{Data: []key{}}
	for i := range stored {
		list.Data = append(list.Data, a.showKey(&stored[i]))
	}
	return list, err
}

func (a *api) showKey(k *oauth.SigningKey) key {
	return key{k.ID, k.Alg, string(k.State(a.Clock())), k.Public, k.CreatedAt, k.ActiveAt, k.RetiredAt, k.ExpiresAt, a.Keys.Rotation(k)}
}

func (a *api) rotateKey(c *call, o keyOrder) (key, error) {
	if !slices.Contains(oauth.SigningAlgorithms(), o.Alg) {
		return key{}, fault("alg", "This algorithm does not exist. Use one of: "+strings.Join(oauth.SigningAlgorithms(), ", ")+".")
	}
	made, err := a.Keys.RotateKey(c.Context(), o.Alg, o.Now)
	if err != nil {
		return key{}, err
	}
	c.target, c.details.Changes = made.ID, []oauth.Change{{Field: "alg", After: made.Alg}}
	return a.showKey(&made), nil
}

func (a *api) retireKey(c *call, e keyEnd) (none, error) {
	return none{}, a.Keys.RetireKey(c.Context(), c.PathValue("id"), e.Distrust)
}

// mostRejections is how many rejected requests a response has.
const mostRejections = 200

func (a *api) listRejections(c *call) (rejectionList, error) {
	found, err := a.Rejections.Recent(c.Context(), oauth.RejectionFilter{ClientID: c.get("client_id"), NoClient: c.get("unknown") != ""}, mostRejections)
	list := rejectionList{Data: []rejection{}}
	for _, r := range found {
		list.Data = append(list.Data, showRejection(r))
	}
	return list, err
}

func showRejection(r oauth.Rejection) rejection {
	return rejection{r.ID, r.At, r.ClientID, r.Named, r.Reason, r.Code, r.Description, r.Detail}
}

func (a *api) getRejection(c *call) (rejection, error) {
	r, found, err := a.Rejections.Find(c.Context(), c.PathValue("id"))
	if err == nil && !found {
		err = oauth.ErrNotFound
	}
	return showRejection(r), err
}

func auditFilters() []parameter {
	return append([]parameter{
		{name: "category", values: oauth.Categories(), help: "Only events of this category."},
		{name: "event", values: eventNames(), help: "Only events of this name."},
		{name: "failed", values: []string{"true"}, help: "Only what did not succeed."},
		{name: "roles", values: []string{"true"}, help: "Only changes of roles: of people, groups and applications, and of the members of groups with a role."},
		ofActor("Only what this person or application did."),
		ofPerson("person", "Only what was done to this person."),
		ofApplication("Only what was done to this application, or with it."),
		{name: "target", help: "Only what was done to the group, signing key, login provider, invitation or initial access token with this ID."},
		{name: "error_id", help: "Only the event with this error ID."},
		{name: "address", help: "Only events from this network address."},
	}, period...)
}

func eventNames() (names []string) {
	for _, t := range oauth.EventTypes() {
		names = append(names, t.Name)
	}
	return names
}

func (a *api) listAudit(c *call) (page[audit.Described], error) {
	f := audit.Filter{
		Category: c.get("category"), Event: c.get("event"), Failed: c.get("failed") != "", Roles: c.get("roles") != "", Actor: c.get("actor"), Person: c.get("person"),
		ClientID: c.get("client_id"), Target: c.get("target"), ErrorID: c.get("error_id"), Address: c.get("address"),
	}
	if _, err := netip.ParseAddr(f.Address); f.Address != "" && err != nil {
		return page[audit.Described]{}, fault("address", "This is not a network address, such as 192.0.2.1.")
	}
	var err error
	if f.From, f.Until, err = c.days(); err != nil {
		return page[audit.Described]{}, err
	}
	return listOf(c, func(p paging.Page) ([]*audit.Record, paging.Cursor, error) {
		return audit.List(c.Context(), a.Store, f, p)
	}, (*audit.Record).Described)
}

func (a *api) showInvitation(i *account.InvitationRow) invitation {
	return invitation{i.ID, string(i.State(a.Clock())), i.Email, i.Locale, i.Note, i.Admin, append(account.Roles{}, i.Roles()...), i.CreatedBy, i.Application, i.Username, i.CreatedAt, i.ExpiresAt, i.UsedAt, i.WithdrawnAt}
}

func (a *api) listInvitations(c *call) (page[invitation], error) {
	f := account.InvitationFilter{State: account.InvitationState(c.get("state")), Search: c.get("q")}
	var err error
	if f.From, f.Until, err = c.days(); err != nil {
		return page[invitation]{}, err
	}
	return listOf(c, func(p paging.Page) ([]account.InvitationRow, paging.Cursor, error) {
		return a.Store.Invitations(c.Context(), f, p)
	}, func(i account.InvitationRow) invitation { return a.showInvitation(&i) })
}

func (a *api) invite(c *call, n newInvitation) (createdInvitation, error) {
	const day, most = 24 * 60 * 60, 366
	switch {
	case n.Days < 0 || n.Days > most:
		return createdInvitation{}, fault("days", "An invitation can be valid for 1 to 366 days.")
	case n.TTL < 0 || n.TTL > most*day:
		return createdInvitation{}, fault("ttl", "An invitation can be valid for at most 366 days (31622400 seconds).")
	case n.TTL > 0 && n.Days > 0:
		return createdInvitation{}, fault("ttl", "Send either days or ttl.")
	case n.Forever && n.TTL+n.Days > 0:
		return createdInvitation{}, fault("no_expiry", "Send either no_expiry, or days or ttl.")
	}
	if n.Admin || len(n.Roles) > 0 {
		if err := c.need(account.PeopleRoles); err != nil {
			return createdInvitation{}, err
		}
	}
	order := account.NewInvitation{Email: n.Email, Locale: n.Locale, Note: n.Note, Admin: n.Admin, Roles: n.Roles, TTL: time.Duration(n.Days*day+n.TTL) * time.Second}
	if n.Forever {
		order.TTL = -1
	}
	if c.caller.application { // the creator must have the role until the invitation is used
		order.Application = c.caller.id
	} else {
		order.CreatedBy = c.caller.id
	}
	i, code, err := a.Accounts.Invite(c.Context(), order)
	if err != nil {
		return createdInvitation{}, mailProblem(err)
	}
	c.target, c.details.Changes = i.ID, audit.InvitationChanges(i, audit.InvitationCreated)
	created := createdInvitation{invitation: a.showInvitation(&account.InvitationRow{Invitation: i})}
	if code != "" {
		created.Link = a.InvitationLink(code)
	}
	return created, nil
}

func (a *api) withdrawInvitation(c *call, _ none) (none, error) {
	c.details.Changes = audit.InvitationChanges(account.Invitation{}, audit.InvitationWithdrawn)
	return none{}, invitationProblem(a.Accounts.WithdrawInvitation(c.Context(), c.PathValue("id")))
}

// sendInvitation does not change the invitation: the email has the same link.
func (a *api) sendInvitation(c *call, _ none) (none, error) {
	if a.Accounts.Mails == nil {
		return none{}, conflict("This server does not send emails. Withdraw the invitation, and add one without an address: the response has its link.")
	}
	c.details.Changes = audit.InvitationChanges(account.Invitation{}, audit.InvitationSent)
	err := a.Accounts.SendInvitation(c.Context(), c.PathValue("id"))
	if errors.Is(err, account.ErrNotFound) {
		if _, found := a.Accounts.Store.Invitation(c.Context(), c.PathValue("id")); found == nil {
			return none{}, conflict("The invitation has no email address. Pass on its link, or withdraw it and add one with an address.")
		}
	}
	return none{}, invitationProblem(err)
}

// invitationProblem describes an error of a change of an invitation.
func invitationProblem(err error) error {
	if _, closed := err.(*account.InvitationError); closed { //nolint:errorlint // as documented
		return conflict("The invitation was already used or withdrawn, or has expired.")
	}
	return mailProblem(err)
}

// mailProblem describes an error of a change that queues an email.
func mailProblem(err error) error {
	if account.IsMailBound(err) {
		return conflict("Too many emails are waiting to be sent, to this address or in total. Try again later.")
	}
	return err
}

func (a *api) listSettings(*call) (settingList, error) {
	return settingList{Data: a.Settings()}, nil
}
