package scim

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

func (s *server) addUser(r *request) (answer, error) {
	body, err := r.object()
	if err != nil {
		return answer{}, err
	}
	p := person{active: true}
	if err := p.fill(body); err != nil {
		return answer{}, err
	}
	u := new(account.User)
	if err := p.apply(u); err != nil {
		return answer{}, err
	}
	if err := r.visit.ChangeUser(nil, u); err != nil {
		return answer{}, err
	}
	if p.texts["externalid"] != "" {
		if err := r.visit.Need(account.PeopleCredentials); err != nil {
			return answer{}, err
		}
	}
	created, err := s.API.Accounts.Provision(r.Context(), account.ProvisionedUser{
		NewUser:    account.NewUser{Username: u.Username, Name: u.Name, Email: u.Email, Claims: u.Claims, Password: p.password},
		ExternalID: p.texts["externalid"], Disabled: !p.active,
	})
	if err != nil {
		return answer{}, err
	}
	changes := audit.UserChanges(nil, created)
	if id := p.texts["externalid"]; id != "" {
		changes = append(changes, oauth.Change{Field: "external_id", After: id})
	}
	r.visit.Report("users/add", created.ID, oauth.EventDetails{PersonName: created.Username, Changes: changes})
	a, err := s.answerUser(r, http.StatusCreated, created)
	a.location = s.userURL(created.ID)
	return a, err
}

func (s *server) replaceUser(r *request) (answer, error) {
	return s.changeUser(r, (*person).fill)
}

func (s *server) patchUser(r *request) (answer, error) {
	return s.changeUser(r, (*person).patch)
}

// changeUser makes the changes that a body describes to a person. If the request has no version, it
// is retried when another request changes the account at the same time.
func (s *server) changeUser(r *request, change func(*person, map[string]any) error) (answer, error) {
	body, err := r.object()
	if err != nil {
		return answer{}, err
	}
	const attempts = 3
	for attempt := 1; ; attempt++ {
		a, err := s.tryChange(r, func(p *person) error { return change(p, body) })
		if !errors.Is(err, account.ErrConflict) || r.Header.Get("If-Match") != "" || attempt == attempts {
			return a, err
		}
	}
}

// A userChange holds a person before and after a change.
type userChange struct {
	before *account.User
	after  account.User // with the attributes of the profile
	was    person
	is     person
	// ours is set if a directory has blocked the person last.
	ours bool
}

// blocks reports whether the person is to be blocked. That is also done if the account is already
// disabled, unless a directory has blocked it: then the person could enable the account, or tokens
// could become valid again.
func (c *userChange) blocks() bool { return c.is.activeGiven && !c.is.active && !c.ours }

// unblocks reports whether the person is to be unblocked. A directory sends active=true with each
// change of a person, so that does not undo blocks by others, or a deletion that the person has
// requested.
func (c *userChange) unblocks() bool { return c.is.activeGiven && c.is.active && c.ours }

func (s *server) tryChange(r *request, change func(*person) error) (answer, error) {
	c, err := s.planChange(r, change)
	if err != nil {
		return answer{}, err
	}
	for _, step := range []func(*request, *userChange) error{s.saveActive, s.saveProfile, s.saveExternalID, s.savePassword} {
		if err := step(r, c); err != nil {
			return answer{}, err
		}
	}
	u, err := s.API.Store.User(r.Context(), c.before.ID)
	if err != nil {
		return answer{}, err
	}
	return s.answerUser(r, http.StatusOK, u)
}

// planChange reads a person, and returns the change after all checks.
func (s *server) planChange(r *request, change func(*person) error) (*userChange, error) {
	u, err := s.API.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := r.matches(u.Version); err != nil {
		return nil, err
	}
	if err := r.visit.Change(u.ID); err != nil {
		return nil, err
	}
	externalID, err := s.API.Accounts.ExternalID(r.Context(), u.ID)
	if err != nil {
		return nil, err
	}
	c := &userChange{before: u, after: *u}
	if c.was, err = personOf(u, externalID); err != nil {
		return nil, err
	}
	if c.is, err = personOf(u, externalID); err != nil {
		return nil, err
	}
	if c.ours, err = s.API.Accounts.BlockedByDirectory(r.Context(), u); err != nil {
		return nil, err
	}
	if err := change(&c.is); err != nil {
		return nil, err
	}
	if err := c.is.apply(&c.after); err != nil {
		return nil, err
	}
	return c, s.checkChange(r, c)
}

// checkChange checks all steps of a change, and the permissions for them, before the first step is
// made. Otherwise, a later step could fail after earlier ones were made.
func (s *server) checkChange(r *request, c *userChange) error {
	if err := r.visit.ChangeUser(c.before, &c.after); err != nil {
		return err
	}
	if err := s.checkExternalID(r, c); err != nil {
		return err
	}
	if c.is.password != "" {
		if err := r.visit.Need(account.PeopleCredentials); err != nil {
			return err
		}
		if err := s.API.Accounts.CheckNewPassword(r.Context(), &c.after, c.is.password); err != nil {
			return err
		}
	}
	if !c.blocks() && !c.unblocks() {
		return nil
	}
	if err := r.visit.ChangeOther(c.before.ID); err != nil {
		return err
	}
	return s.notLastAdmin(r, c)
}

// checkExternalID checks a new external ID. A directory finds people by it, so it decides who a
// person is.
func (s *server) checkExternalID(r *request, c *userChange) error {
	id := c.is.texts["externalid"]
	if id == c.was.texts["externalid"] {
		return nil
	}
	if err := r.visit.Need(account.PeopleCredentials); err != nil {
		return err
	}
	u := c.after
	u.Username = c.before.Username
	return s.API.Accounts.CheckExternalID(r.Context(), &u, id)
}

// notLastAdmin returns account.ErrLastAdmin if a person to be blocked is the only enabled
// administrator. The Store checks it again.
func (s *server) notLastAdmin(r *request, c *userChange) error {
	if !c.blocks() || c.before.Disabled || !c.before.Roles().Has(account.RoleAdministrator) {
		return nil
	}
	yes, no := true, false
	admins, _, err := s.API.Store.Users(r.Context(), account.UserFilter{Admin: &yes, Disabled: &no}, paging.Page{Limit: 2})
	if err == nil && len(admins) == 1 {
		err = account.ErrLastAdmin
	}
	return err
}

// saveProfile saves the account, if it has changed since planChange read it.
func (s *server) saveProfile(r *request, c *userChange) error {
	changes := audit.UserChanges(c.before, &c.after)
	if len(changes) == 0 {
		return nil
	}
	if err := s.API.Accounts.Update(r.Context(), &c.after); err != nil {
		return err
	}
	r.visit.Report("users/{id}", c.before.ID, oauth.EventDetails{PersonName: c.after.Username, Changes: changes})
	return nil
}

func (s *server) saveExternalID(r *request, c *userChange) error {
	before, after := c.was.texts["externalid"], c.is.texts["externalid"]
	if before == after {
		return nil
	}
	if err := s.API.Accounts.SetExternalID(r.Context(), &c.after, after); err != nil {
		return err
	}
	r.visit.Report("users/{id}", c.before.ID, oauth.EventDetails{PersonName: c.after.Username, Changes: []oauth.Change{{Field: "external_id", Before: before, After: after}}})
	return nil
}

func (s *server) savePassword(r *request, c *userChange) error {
	if c.is.password == "" {
		return nil
	}
	if err := s.API.Accounts.SetPassword(r.Context(), &c.after, c.is.password); err != nil {
		return err
	}
	s.API.Logins.SessionsEnded(r.Context())
	r.visit.Report("users/{id}/password", c.before.ID, oauth.EventDetails{PersonName: c.after.Username})
	if c.ours && !c.unblocks() && c.after.LoginEpoch == c.before.LoginEpoch+1 {
		return s.API.Accounts.MarkDirectoryBlock(r.Context(), &c.after)
	}
	return nil
}

// saveActive blocks a person, with all sessions and tokens, or unblocks them. It is the first step:
// if a later one fails, a person to be blocked is blocked.
func (s *server) saveActive(r *request, c *userChange) error {
	if !c.blocks() && !c.unblocks() {
		return nil
	}
	if err := s.API.Accounts.SwitchForDirectory(r.Context(), &c.after, c.blocks()); err != nil {
		return err
	}
	r.visit.Report("users/{id}/switch", c.before.ID, oauth.EventDetails{PersonName: c.before.Username, Changes: []oauth.Change{adminapi.Switched(c.blocks())}})
	if c.unblocks() {
		return nil
	}
	s.API.Logins.SessionsEnded(r.Context())
	if c.before.Disabled && c.before.DeleteAt.IsZero() {
		return nil // an administrator has blocked the person before
	}
	return s.API.Accounts.MarkDirectoryBlock(r.Context(), &c.after)
}

func (s *server) deleteUser(r *request) (answer, error) {
	id := r.PathValue("id")
	u, err := s.API.Store.User(r.Context(), id)
	if err != nil {
		return answer{}, err
	}
	if err := r.matches(u.Version); err != nil {
		return answer{}, err
	}
	if err := r.visit.ChangeOther(id); err != nil {
		return answer{}, err
	}
	version := int64(0)
	if r.named() {
		version = u.Version
	}
	if err := s.API.Accounts.Delete(r.Context(), id, version); err != nil {
		return answer{}, r.outdated(err)
	}
	s.API.Logins.SessionsEnded(r.Context())
	r.visit.Report("users/{id}/delete", id, oauth.EventDetails{PersonName: u.Username})
	return answer{status: http.StatusNoContent}, nil
}
