package declared

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A person of a file, with all roles that they have.
type person struct {
	line                int
	id, username, email string
	roles               account.Roles
}

func (p *person) name() string { return cmp.Or(p.username, p.email) }

// personMembers are the members of a person.
func personMembers() []string { return []string{"id", "username", "email", "roles"} }

// person reads a person.
func (r *reader) person(n *yaml.Node, all []member) *person {
	p := &person{line: n.Line}
	hasRoles := false
	for _, m := range all {
		switch m.name {
		case "id":
			p.id = r.text(m)
		case "username":
			p.username = r.text(m)
		case "email":
			p.email = r.text(m)
		case "roles":
			hasRoles = true
			p.roles = r.roles(m)
		default:
			r.unknown(m, personMembers())
		}
	}
	switch {
	case p.id != "" && (p.username == "" || p.email != ""):
		r.fault(n, "name the person with id and username, so that readers see whose roles these are")
	case p.id == "" && (p.username == "") == (p.email == ""):
		r.fault(n, "name the person with id and username, or with either username or email")
	case !hasRoles:
		r.fault(n, "roles is missing: write all roles of the person, or [] for none")
	}
	return p
}

// text reads a text that is required.
func (r *reader) text(m member) string {
	if m.value.Kind != yaml.ScalarNode || isNull(m.value) {
		r.fault(m.value, "%s: write a text, not %s", m.name, kindOf(m.value))
		return ""
	}
	return m.value.Value
}

// roles reads the roles of a person.
func (r *reader) roles(m member) (roles account.Roles) {
	if m.value.Kind != yaml.SequenceNode {
		r.fault(m.value, "roles: write a list, such as [operator], not %s", kindOf(m.value))
		return nil
	}
	var known []string
	for _, role := range account.AllRoles() {
		known = append(known, string(role))
	}
	for _, n := range m.value.Content {
		if r.full() {
			return nil
		}
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
			r.fault(n, "roles: write the name of a role, not %s", kindOf(n))
			continue
		}
		if !slices.Contains(known, n.Value) {
			r.fault(n, "roles: there is no role %q%s; the roles are %s", n.Value, settings.DidYouMean(n.Value, known), account.AllRoles())
			continue
		}
		roles = append(roles, account.Role(n.Value))
	}
	return roles
}

// planPeople compares the roles of the people of the file, and returns the steps for them and
// those that would take the roles of others away.
func (p *planner) planPeople(ctx context.Context) (steps, others []Step, err error) {
	seen := make(map[string]bool)
	for _, declared := range p.file.people {
		u, err := p.find(ctx, declared)
		if err == nil && seen[u.ID] {
			err = mistakef("the person %s is in the file twice", u.Username)
		}
		if err != nil {
			if err := p.fault(declared.line, err); err != nil {
				return nil, nil, err
			}
			continue
		}
		seen[u.ID] = true
		if step := p.giveRoles(u, declared.roles); step != nil {
			step.line, step.Person.ByUsername = declared.line, declared.id == "" && declared.username != ""
			steps = append(steps, *step)
		}
	}
	err = p.eachUserWithRole(ctx, func(u *account.User) {
		if !seen[u.ID] {
			seen[u.ID] = true
			others = append(others, *p.giveRoles(u, nil))
		}
	})
	return steps, others, err
}

// find returns the account of a person in the file. An email address identifies a person only if
// they have confirmed it, because anybody can enter the address of another person.
func (t *Target) find(ctx context.Context, p *person) (*account.User, error) {
	if p.username != "" {
		return t.findByUsername(ctx, p)
	}
	with, err := t.Store.UsersByEmail(ctx, p.email)
	if err != nil {
		return nil, err
	}
	with = slices.DeleteFunc(with, func(u *account.User) bool { return !u.EmailVerified() })
	switch len(with) {
	case 0:
		return nil, mistakef("no person has confirmed the email address %q. Use username, or ask the person to confirm the address first", p.email)
	case 1:
		return with[0], nil
	}
	return nil, mistakef("several people have the email address %q. Use username", p.email)
}

// findByUsername returns the account of a person in the file who is named by username. If the file
// also has an ID, it must be the ID of that account, because another person can get the username of
// a deleted account.
func (t *Target) findByUsername(ctx context.Context, p *person) (*account.User, error) {
	canonical, err := account.CanonicalUsername(p.username)
	if err != nil {
		return nil, err
	}
	if p.id == "" {
		u, err := t.Store.UserByName(ctx, canonical)
		if errors.Is(err, account.ErrNotFound) {
			err = mistakef("there is no person with the username %q. Add or invite them first", p.username)
		}
		return u, err
	}
	u, err := t.Store.User(ctx, p.id)
	if errors.Is(err, account.ErrNotFound) {
		return nil, mistakef("there is no account with the ID %q. If the account of %s was deleted, remove the person from the file", p.id, p.username)
	}
	if err != nil {
		return nil, err
	}
	if now, err := account.CanonicalUsername(u.Username); err != nil || now != canonical {
		return nil, mistakef("the account with the ID %q has the username %q, and not %q. Correct id or username", p.id, u.Username, p.username)
	}
	return u, nil
}

// eachUserWithRole calls do for each user with a role of their own, and not only by a group. A user
// with several roles can be passed to do more than once.
func (t *Target) eachUserWithRole(ctx context.Context, do func(*account.User)) error {
	yes := true
	for _, role := range account.AllRoles() {
		filter := account.UserFilter{Role: role}
		if role == account.RoleAdministrator {
			filter = account.UserFilter{Admin: &yes}
		}
		for after := ""; ; {
			users, cursor, err := t.Store.Users(ctx, filter, paging.Page{Limit: 500, After: after})
			if err != nil {
				return err
			}
			for _, u := range users {
				if len(u.OwnRoles()) > 0 {
					do(u)
				}
			}
			if after = cursor.Next; after == "" {
				break
			}
		}
	}
	return nil
}

// An Account describes the account that a step changes, so that people can check whose it is.
type Account struct {
	ID            string    `json:"id"`
	Email         string    `json:"email,omitempty"`
	EmailVerified bool      `json:"email_verified"`
	CreatedAt     time.Time `json:"created_at"`
	// ByUsername is set if the file names the person by the username only. Another person can
	// get the username of an account that was deleted, or was not yet added.
	ByUsername bool `json:"by_username,omitempty"`

	before, after *account.User
	gains         bool // a role is added
}

// giveRoles returns the step after which a person has exactly these roles of their own, or nil.
// The roles of their groups remain.
func (t *Target) giveRoles(u *account.User, roles account.Roles) *Step {
	after := *u
	after.SetRoles(roles)
	if slices.Equal(u.OwnRoles(), after.OwnRoles()) {
		return nil
	}
	change := oauth.Change{Field: "roles", Before: u.OwnRoles().String(), After: after.OwnRoles().String()}
	about := &Account{ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified(), CreatedAt: u.CreatedAt, before: u, after: &after, gains: after.LosesRole(u)}
	return &Step{Action: Change, Kind: People, Name: u.Username, Changes: []oauth.Change{change}, Person: about, last: u.LosesRole(&after), run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		changed := after
		if err := t.Accounts.Update(ctx, &changed); err != nil {
			return "", nil, err
		}
		return u.ID, &oauth.EventDetails{PersonName: u.Username, Changes: audit.UserChanges(u, &changed)}, nil
	}}
}
