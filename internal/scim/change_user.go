package scim

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
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

// changeUser makes all changes that a body describes to a person, or none. If the request has no
// version, it is retried when another request changes the account at the same time.
func (s *server) changeUser(r *request, change func(*person, map[string]any) error) (answer, error) {
	body, err := r.object()
	if err != nil {
		return answer{}, err
	}
	const attempts = 3
	for attempt := 1; ; attempt++ {
		a, err := s.tryChange(r, func(p *person) error { return change(p, body) })
		if !errors.Is(err, account.ErrConflict) || r.named() || attempt == attempts {
			return a, r.outdated(err)
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

// switched returns what happens to a person who is blocked or unblocked. If the person has requested the
// deletion of the account, it stays disabled without the block, and the person can keep it again.
func (c *userChange) switched() oauth.Change {
	if c.unblocks() && !c.before.DeleteAt.IsZero() {
		return oauth.Change{Field: "blocked_by_directory", Before: "true"}
	}
	return adminapi.Switched(c.blocks())
}

// externalID returns the new external ID, or nil if it does not change.
func (c *userChange) externalID() *string {
	id := c.is.texts["externalid"]
	if id == c.was.texts["externalid"] {
		return nil
	}
	return &id
}

// profile returns the changes of the profile and of the external ID.
func (c *userChange) profile() []oauth.Change {
	changes := audit.UserChanges(c.before, &c.after)
	if id := c.externalID(); id != nil {
		changes = append(changes, oauth.Change{Field: "external_id", Before: c.was.texts["externalid"], After: *id})
	}
	return changes
}

func (s *server) tryChange(r *request, change func(*person) error) (answer, error) {
	c, err := s.planChange(r, change)
	if err != nil {
		return answer{}, err
	}
	if err := s.saveChange(r, c); err != nil {
		return answer{}, err
	}
	u, err := s.API.Store.User(r.Context(), c.before.ID)
	if err != nil {
		return answer{}, err
	}
	return s.answerUser(r, http.StatusOK, u)
}

// planChange reads a person, and returns the change after the checks of the permissions.
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
	return c, r.mayMake(c)
}

// mayMake returns an error if the caller must not make a change. A directory finds people by their
// external ID, so the external ID decides which person an account belongs to.
func (r *request) mayMake(c *userChange) error {
	if err := r.visit.ChangeUser(c.before, &c.after); err != nil {
		return err
	}
	if c.externalID() != nil || c.is.password != "" {
		if err := r.visit.Need(account.PeopleCredentials); err != nil {
			return err
		}
	}
	if c.blocks() || c.unblocks() {
		return r.visit.ChangeOther(c.before.ID)
	}
	return nil
}

// saveChange makes a change as a whole, and reports it.
func (s *server) saveChange(r *request, c *userChange) error {
	changes := c.profile()
	if len(changes) == 0 && c.is.password == "" && !c.blocks() && !c.unblocks() {
		return nil
	}
	err := s.API.Accounts.ReviseForDirectory(r.Context(), account.DirectoryChange{
		Before: c.before, After: &c.after, Profile: len(audit.UserChanges(c.before, &c.after)) > 0, ExternalID: c.externalID(),
		Password: c.is.password, Disable: c.blocks(), Enable: c.unblocks(),
	})
	if err != nil {
		return err
	}
	if c.blocks() || c.is.password != "" {
		s.API.Logins.SessionsEnded(r.Context())
	}
	if c.blocks() || c.unblocks() {
		r.visit.Report("users/{id}/switch", c.before.ID, oauth.EventDetails{PersonName: c.before.Username, Changes: []oauth.Change{c.switched()}})
	}
	if len(changes) > 0 {
		r.visit.Report("users/{id}", c.before.ID, oauth.EventDetails{PersonName: c.after.Username, Changes: changes})
	}
	if c.is.password != "" {
		r.visit.Report("users/{id}/password", c.before.ID, oauth.EventDetails{PersonName: c.after.Username})
	}
	return nil
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
