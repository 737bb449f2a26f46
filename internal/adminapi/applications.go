package adminapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// An application has the members of oauth.Client.
type application struct {
	oauth.Client
	UsedAt  time.Time `json:"used_at,omitzero" doc:"When the application last authenticated or got a token, or a person last logged in to it, to the hour. Only the responses to GET have it; missing if it was not used in the last 400 days."`
	Secrets []secret  `json:"secrets,omitempty" doc:"The secrets of the application, without the secrets themselves."`
}

// A secret of an application, without the secret itself.
type secret struct {
	ID        string    `json:"id" doc:"Identifies the secret among those of the application."`
	End       string    `json:"end,omitempty" doc:"The last characters of a generated secret."`
	CreatedAt time.Time `json:"created_at" doc:"When the secret was added."`
	UsedAt    time.Time `json:"used_at,omitzero" doc:"When the application last used the secret, to the hour. Only the response with one application has it; missing if the secret was not used in the last 400 days."`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When the secret expires; missing means never."`
}

// A newApplication is an application with its secret, which is shown once.
type newApplication struct {
	application
	ClientSecret string `json:"client_secret,omitempty" doc:"The client secret. It cannot be read again."`
}

// clientMembers are members of an application in a request.
type clientMembers map[string]json.RawMessage

// A rotation is a request for a new secret.
type rotation struct {
	Overlap int64 `json:"overlap,omitempty" doc:"For how many seconds the present secrets remain valid, at most 604800 (7 days). 0 means that they are rejected at once."`
}

// A rotated secret is shown once.
type rotated struct {
	ClientID     string    `json:"client_id" doc:"The application."`
	ClientSecret string    `json:"client_secret" doc:"The new client secret. It cannot be read again."`
	EarlierUntil time.Time `json:"earlier_until,omitzero" doc:"Until when the earlier secrets are valid; missing if they are not."`
}

// A disabling is a request that disables something.
type disabling struct {
	KeepTokens bool `json:"keep_tokens,omitempty" doc:"The tokens are valid again when it is enabled. Otherwise they are revoked."`
}

// A deletedApplication can be restored.
type deletedApplication struct {
	ClientID   string    `json:"client_id" doc:"The application."`
	ClientName string    `json:"client_name" doc:"Its name."`
	DeletedAt  time.Time `json:"deleted_at" doc:"When it was deleted."`
	ExpiresAt  time.Time `json:"expires_at" doc:"Until when it can be restored."`
}

// A reviewReason is the reason for which an application is rejected.
type reviewReason struct {
	Reason string `json:"reason,omitempty" doc:"A text for the person who registered it, of at most 500 bytes."`
}

type deletedApplications struct {
	Data []deletedApplication `json:"data" doc:"The deleted applications, the most recently deleted first."`
}

func showApplication(c *oauth.Client) application {
	shown := application{Client: *c}
	for _, s := range c.Secrets {
		shown.Secrets = append(shown.Secrets, secret{s.ID, s.End, s.CreatedAt, time.Time{}, s.ExpiresAt})
	}
	return shown
}

func (a *api) applications() []operation {
	const tag = "applications"
	return []operation{
		listed[application](reads(tag, "applications", account.ApplicationsRead, "list of applications, by name", a.listApplications),
			append([]parameter{
				{name: "q", help: "A part of the name, the client ID or the username of the owner."},
				{name: "type", values: oauth.ClientTypes(), help: "Only applications of this type."},
				{name: "grant_type", help: "Only applications that may use this grant type."},
				{name: "added_by", values: []string{"administrator", "registration", "person", "document"}, help: "Only applications that were added in this way."},
				{name: "review", values: []string{string(oauth.ReviewWaiting), string(oauth.ReviewChanged), string(oauth.ReviewRejected)}, help: "Only applications in this state of the review."},
				{name: "legacy", values: []string{"true"}, help: "Only applications with exceptions for legacy features."},
				ofPerson("owner", "Only applications for which this person is responsible."),
				{name: "disabled", values: []string{"true", "false"}, help: "Only applications that are disabled, or not."},
			}, period...)...),
		changes(tag, http.MethodPost, "applications", account.ApplicationsTrust, "applications/add", "adds an application", a.addApplication).created().ofVersion(false).
			says("Only client_name is required. The response has the client secret, if the application needs one; it cannot be read again."),
		reads(tag, "applications/{id}", account.ApplicationsRead, "an application", a.getApplication).ofVersion(false),
		changes(tag, http.MethodPatch, "applications/{id}", account.ApplicationsDescribe, "applications/{id}/edit", "changes members of an application", a.changeApplication).ofVersion(true).
			says("The body has the members to change, with their new values; null is the default (RFC 7396). The texts and links of the application need no other permission; lifetimes need applications.write, addresses and keys applications.secrets, owners applications.owners, and all others applications.trust. Members that give the application access to this API need people.roles, and so do changes of an application that has such access."),
		changes(tag, http.MethodDelete, "applications/{id}", account.ApplicationsDelete, "applications/{id}/delete", "deletes an application, which can be restored for seven days", a.deleteApplication).mayMatch(),
		reads(tag, "deleted-applications", account.ApplicationsRead, "deleted applications that can be restored", a.listDeleted),
		changes(tag, http.MethodPost, "applications/{id}/restore", account.ApplicationsTrust, "applications/{id}/restore", "restores a deleted application, disabled", a.restoreApplication),
		changes(tag, http.MethodPost, "applications/{id}/secret", account.ApplicationsSecrets, "applications/{id}/secret", "rotates the secret of an application", a.rotateSecret),
		changes(tag, http.MethodDelete, "applications/{id}/secrets/{secret}", account.ApplicationsSecrets, "applications/{id}/secret", "revokes a secret of an application", a.revokeSecret),
		changes(tag, http.MethodDelete, "applications/{id}/registration-token", account.ApplicationsSecrets, "applications/{id}/registration-token", "revokes the token with which an application manages its own registration", a.revokeRegistrationToken).
			says("This is the registration_access_token of RFC 7592. The application cannot get another one."),
		changes(tag, http.MethodPost, "applications/{id}/disable", account.ApplicationsWrite, "applications/{id}/switch", "disables an application, and revokes its tokens unless keep_tokens is true; they are then valid again after it is enabled", a.disableApplication),
		changes(tag, http.MethodPost, "applications/{id}/enable", account.ApplicationsWrite, "applications/{id}/switch", "enables an application", a.enableApplication).mayMatch().
			says("With If-Match, an application that was changed since you read it stays as it is."),
		changes(tag, http.MethodPost, "applications/{id}/approve", account.ApplicationsApprove, "applications/{id}/approval", "approves an application that a person registered or changed", a.approveApplication).ofVersion(true),
		changes(tag, http.MethodPost, "applications/{id}/reject", account.ApplicationsApprove, "applications/{id}/approval", "rejects and disables such an application", a.rejectApplication).ofVersion(true),
		changes(tag, http.MethodPost, "applications/{id}/revoke", account.TokensRevoke, "applications/{id}/revoke", "revokes everything that was issued to an application, even to one that was deleted: its tokens then stay invalid after it is restored", a.revokeApplication),
	}
}

func (a *api) listApplications(c *call) (page[application], error) {
	f := oauth.ClientFilter{
		Search: c.get("q"), Type: oauth.ClientType(c.get("type")), GrantType: c.get("grant_type"), AddedBy: oauth.AddedBy(c.get("added_by")),
		OwnerID: c.get("owner"), Disabled: c.yesOrNo("disabled"), Review: oauth.ReviewState(c.get("review")), Legacy: c.get("legacy") != "",
	}
	var err error
	if f.From, f.Until, err = c.days(); err != nil {
		return page[application]{}, err
	}
	var used map[string]time.Time
	return listOf(c, func(p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
		p.Sort = "name"
		clients, cursor, err := a.Store.Clients(c.Context(), f, p)
		if err != nil {
			return nil, cursor, err
		}
		ids := make([]string, len(clients))
		for i, client := range clients {
			ids[i] = client.ID
		}
		used, err = a.Store.ClientUses(c.Context(), ids)
		return clients, cursor, err
	}, func(client *oauth.Client) application {
		shown := showApplication(client)
		shown.UsedAt = used[client.ID]
		return shown
	})
}

func (a *api) getApplication(c *call) (application, error) {
	client, err := a.Store.Client(c.Context(), c.PathValue("id"))
	if err != nil {
		return application{}, err
	}
	uses, err := a.Store.SecretUses(c.Context(), client.ID)
	if err != nil {
		return application{}, err
	}
	c.version = client.Version
	shown := showApplication(client)
	shown.UsedAt = uses[""]
	for i := range shown.Secrets {
		shown.Secrets[i].UsedAt = uses[shown.Secrets[i].ID]
	}
	return shown, nil
}

func (a *api) addApplication(c *call, members clientMembers) (newApplication, error) {
	client := new(oauth.Client)
	if err := members.apply(client, true); err != nil {
		return newApplication{}, err
	}
	if err := c.needForApplication(nil, client); err != nil {
		return newApplication{}, err
	}
	plain, err := a.Acts.CreateApplication(c.Context(), client, "")
	if errors.Is(err, oauth.ErrConflict) {
		err = c.ifDeleted(client.ID, err, func(restore string) *Problem { return conflict(sentence(acts.ReservedClientID(client.ID, restore))) })
	}
	if err != nil {
		return newApplication{}, err
	}
	c.target, c.version, c.location = client.ID, client.Version, "applications/"+escaped(client.ID)
	c.details = oauth.EventDetails{ClientName: client.Name, Changes: audit.ClientChanges(nil, client)}
	return newApplication{showApplication(client), plain}, nil
}

func (a *api) changeApplication(c *call, members clientMembers) (application, error) {
	before, err := a.Store.Client(c.Context(), c.PathValue("id"))
	if err != nil {
		return application{}, err
	}
	client := *before
	if client.Version, err = c.ifMatch(before.Version); err != nil {
		return application{}, err
	}
	if err := members.apply(&client, false); err != nil {
		return application{}, err
	}
	if err := c.needForApplication(before, &client); err != nil {
		return application{}, err
	}
	made, err := a.Acts.UpdateApplication(c.Context(), before, &client)
	if err != nil {
		return application{}, err
	}
	c.version, c.details = client.Version, oauth.EventDetails{ClientName: client.Name, Changes: made}
	return showApplication(&client), nil
}

// needForApplication returns a problem unless the caller may make all of the changes. before is
// nil for a new application.
func (c *call) needForApplication(before, client *oauth.Client) error {
	for _, p := range c.api.Acts.ApplicationPermissions(before, client) {
		if err := c.need(p); err != nil {
			return err
		}
	}
	return nil
}

// apply sets the members of an application.
func (m clientMembers) apply(c *oauth.Client, added bool) error {
	fields := settable()
	var faults []FieldError
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f, known := fields[name]
		given := new(oauth.Client)
		switch {
		case !known:
			faults = append(faults, FieldError{name, "This member does not exist, or only the server sets it."})
			continue
		case string(m[name]) == "null":
		default:
			object, err := json.Marshal(map[string]json.RawMessage{name: m[name]})
			if err == nil {
				err = json.Unmarshal(object, given)
			}
			if err != nil {
				message := "This value is of the wrong type."
				if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
					message += " It must be " + jsonType(wrong.Type) + "."
				}
				faults = append(faults, FieldError{name, message})
				continue
			}
		}
		if f.Fixed && !added {
			if !f.Equal(c, given) {
				faults = append(faults, FieldError{name, "This member is set when the application is added, and cannot be changed."})
			}
			continue
		}
		f.Copy(c, given)
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	return nil
}

func (a *api) deleteApplication(c *call, _ none) (none, error) {
	client, err := a.Store.Client(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, err
	}
	version, err := c.maybeMatch(client.Version)
	if err != nil {
		return none{}, err
	}
	c.details.ClientName = client.Name
	return none{}, a.Store.DiscardClient(c.Context(), client.ID, version, a.Clock())
}

func (a *api) listDeleted(c *call) (deletedApplications, error) {
	deleted, err := a.Store.DeletedClients(c.Context(), a.Clock())
	list := deletedApplications{Data: []deletedApplication{}}
	for _, d := range deleted {
		list.Data = append(list.Data, deletedApplication{d.Client.ID, d.Client.Name, d.DeletedAt, d.ExpiresAt})
	}
	return list, err
}

func (a *api) restoreApplication(c *call, _ none) (none, error) {
	c.details.Changes = []oauth.Change{{Field: "deleted", Before: "true"}, {Field: "disabled", After: "true"}}
	return none{}, a.Store.RestoreClient(c.Context(), c.PathValue("id"), a.Clock())
}

func (a *api) rotateSecret(c *call, r rotation) (rotated, error) {
	const most = 7 * 24 * 60 * 60
	if r.Overlap < 0 || r.Overlap > most {
		return rotated{}, fault("overlap", "The overlap is a number of seconds from 0 to 604800.")
	}
	if err := c.needForSecrets(); err != nil {
		return rotated{}, err
	}
	overlap := time.Duration(r.Overlap) * time.Second
	client, plain, made, err := a.Acts.RotateSecret(c.Context(), c.PathValue("id"), acts.Rotation{Overlap: overlap})
	if err != nil {
		return rotated{}, err
	}
	c.details = oauth.EventDetails{ClientName: client.Name, Changes: made}
	shown := rotated{ClientID: client.ID, ClientSecret: plain}
	for _, s := range client.Secrets {
		if !s.ExpiresAt.IsZero() && !s.Expired(a.Clock()) && s.ExpiresAt.After(shown.EarlierUntil) {
			shown.EarlierUntil = s.ExpiresAt
		}
	}
	return shown, nil
}

// needForSecrets returns a problem if the application of the request has access to this API,
// and the caller cannot give such access: the secret would be enough to get it.
func (c *call) needForSecrets() error {
	client, err := c.api.Store.Client(c.Context(), c.PathValue("id"))
	if err != nil {
		return err
	}
	return c.needToAdmit(client)
}

// needToAdmit returns a problem if an application has access to this API, and the caller cannot
// give such access.
func (c *call) needToAdmit(client *oauth.Client) error {
	if !client.Administers() {
		return nil
	}
	return c.need(account.PeopleRoles)
}

func (a *api) revokeSecret(c *call, _ none) (_ none, err error) {
	c.details.Changes, err = a.Acts.RevokeSecret(c.Context(), c.PathValue("id"), c.PathValue("secret"))
	return none{}, err
}

func (a *api) revokeRegistrationToken(c *call, _ none) (_ none, err error) {
	c.details.Changes, err = a.Acts.RevokeRegistrationToken(c.Context(), c.PathValue("id"))
	c.reported = err == nil && len(c.details.Changes) == 0 // nothing was changed
	return none{}, err
}

func (a *api) disableApplication(c *call, d disabling) (none, error) {
	return none{}, a.switchApplication(c, oauth.ClientSwitch{Disabled: true}, !d.KeepTokens)
}

func (a *api) enableApplication(c *call, _ none) (none, error) {
	client, err := a.Store.Client(c.Context(), c.PathValue("id"))
	if err == nil {
		err = c.needToAdmit(client)
	}
	if err != nil {
		return none{}, err
	}
	if _, err := c.maybeMatch(client.Version); err != nil {
		return none{}, err
	}
	// The application is enabled in the version that the permission was checked for, also
	// without If-Match.
	return none{}, a.switchApplication(c, oauth.ClientSwitch{Version: client.Version}, false)
}

// switchApplication makes a change, and also revokes everything that was issued to the application if
// revoke is set.
func (a *api) switchApplication(c *call, s oauth.ClientSwitch, revoke bool) error {
	s.ClientID, s.At = c.PathValue("id"), a.Clock()
	if revoke {
		s.RevokedBefore = s.At
	}
	c.details.Changes = []oauth.Change{switched(s.Disabled, revoke)}
	return a.Store.SwitchClient(c.Context(), s)
}

// switched returns the change of something that is disabled or enabled.
func switched(disabled, revoked bool) oauth.Change {
	change := oauth.Change{Field: "disabled", After: "false"}
	if disabled {
		change.After = "true"
	}
	if revoked {
		change.After += ", tokens revoked"
	}
	return change
}

func (a *api) revokeApplication(c *call, _ none) (none, error) {
	id := c.PathValue("id")
	if err := a.Store.RevokeClient(c.Context(), id, a.Clock()); err != nil {
		return none{}, err
	}
	if _, err := a.Store.Client(c.Context(), id); !errors.Is(err, oauth.ErrNotFound) {
		return none{}, nil
	}
	deleted, _ := a.listDeleted(c) // after an error, only the name is missing
	for _, d := range deleted.Data {
		if d.ClientID == id {
			c.details.ClientName = d.ClientName // the audit log does not find it
		}
	}
	return none{}, nil
}

func (a *api) approveApplication(c *call, _ none) (application, error) {
	return a.decide(c, "approved", "", func(before *oauth.Client, version int64) (*oauth.Client, error) {
		if err := c.needToAdmit(before); err != nil { // its secrets are valid again
			return nil, err
		}
		return developers.Approve(c.Context(), a.Store, c.PathValue("id"), version, a.Clock())
	})
}

func (a *api) rejectApplication(c *call, r reviewReason) (application, error) {
	reason := strings.TrimSpace(r.Reason)
	if len(reason) > developers.MaxReason {
		return application{}, fault("reason", fmt.Sprintf("The reason is longer than %d bytes.", developers.MaxReason))
	}
	if faults := validate.Name("reason", reason); len(faults) > 0 {
		return application{}, faults
	}
	return a.decide(c, "rejected", reason, func(_ *oauth.Client, version int64) (*oauth.Client, error) {
		return developers.Reject(c.Context(), a.Store, c.PathValue("id"), version, reason, a.Clock())
	})
}

// decide makes a decision about the version that the request names.
func (a *api) decide(c *call, review, reason string, decision func(before *oauth.Client, version int64) (*oauth.Client, error)) (application, error) {
	before, err := a.Store.Client(c.Context(), c.PathValue("id"))
	if err != nil {
		return application{}, err
	}
	version, err := c.ifMatch(before.Version)
	if err != nil {
		return application{}, err
	}
	if !developers.CanDecide(before) {
		return application{}, conflict("The application does not need an approval.")
	}
	client, err := decision(before, version)
	if err != nil {
		return application{}, err
	}
	c.version = client.Version
	c.details = oauth.EventDetails{ClientName: client.Name, Changes: []oauth.Change{{Field: "review", After: review}, {Field: "reason", After: reason}}}
	return showApplication(client), nil
}
