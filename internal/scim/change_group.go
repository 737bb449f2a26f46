package scim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A groupChange describes the changes that a request makes to a group.
type groupChange struct {
	name string // or empty
	// exact is set if the group has no other members than those in members.
	exact bool
	// members are people who join (true) or leave (false).
	members map[string]bool
}

func (c *groupChange) set(at path, value any) error {
	switch at.attribute {
	case "displayname":
		name, err := textOf("displayName", value)
		if err == nil && name == "" {
			err = badValue("displayName", "A group needs a name.")
		}
		c.name = name
		return err
	case "members":
		people, err := peopleIn(value)
		for _, person := range people {
			c.members[person] = true
		}
		return err
	}
	return nil // clients also send attributes of other servers
}

// peopleIn returns the IDs in a value of members: objects with a value, or strings.
func peopleIn(value any) (people []string, err error) {
	list, ok := value.([]any)
	if !ok && value != nil {
		list = []any{value}
	}
	for _, element := range list {
		id, _ := plain(element).(string)
		if object, ok := element.(map[string]any); ok {
			id, _ = member(object, "value").(string)
		}
		if id == "" {
			return nil, badValue("members", "Each member needs the ID of a person as its value.")
		}
		people = append(people, id)
	}
	return people, nil
}

// fill replaces all attributes with those of a body.
func (c *groupChange) fill(body map[string]any) error {
	c.exact = true
	for _, name := range []string{"displayName", "members"} {
		at, err := parsePath(name)
		if err == nil {
			err = c.set(at, member(body, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// patch carries out the operations of a body.
func (c *groupChange) patch(body map[string]any) error {
	all, err := operations(body)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.path != "" {
			err = c.carryOut(o)
		} else if object, ok := o.value.(map[string]any); ok {
			for _, name := range inOrder(object) {
				err = errors.Join(err, c.carryOut(operation{o.op, name, object[name]}))
			}
		} else {
			err = badValue("value", "An operation without a path needs an object as its value.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *groupChange) carryOut(o operation) error {
	at, err := parsePath(o.path)
	switch {
	case err != nil:
		return err
	case at.extension || at.attribute == "externalid" || slices.Contains(common, at.attribute):
		return nil // is not stored, or never changes
	case !has(groupAttributes, at.attribute):
		return badPath("The attribute " + short(at.attribute) + " does not exist. The schema is at /Schemas/" + groupSchema + ".")
	case at.attribute == "members" && at.sub != "" && at.sub != "value":
		return badPath("The sub-attribute " + short(at.sub) + " of members cannot be changed.")
	case at.attribute == "members" && o.op == "remove":
		return c.remove(at, o.value)
	case at.attribute == "members" && at.filter != nil:
		return badPath("Members can only be added with the path members, and removed with members[value eq \"…\"].")
	case o.op == "remove":
		return bad(mutability, "The attribute "+short(at.attribute)+" cannot be removed.")
	case at.attribute == "members" && o.op == "replace":
		c.exact, c.members = true, make(map[string]bool)
	}
	return c.set(at, o.value)
}

// remove removes members: those in the filter of the path, those in the value, as Microsoft Entra
// sends them, or all.
func (c *groupChange) remove(at path, value any) error {
	if at.filter != nil {
		people, err := membersIn(&filter{op: "[", at: path{attribute: "members"}, left: at.filter})
		for _, person := range people {
			c.members[person] = false
		}
		return err
	}
	people, err := peopleIn(value)
	if value == nil {
		c.exact, c.members = true, make(map[string]bool)
	}
	for _, person := range people {
		c.members[person] = false
	}
	return err
}

func (s *server) addGroup(r *request) (answer, error) {
	body, err := r.object()
	if err != nil {
		return answer{}, err
	}
	c := groupChange{members: make(map[string]bool)}
	if err := c.fill(body); err != nil {
		return answer{}, err
	}
	people := slices.Sorted(maps.Keys(c.members))
	if err := s.exist(r, people); err != nil {
		return answer{}, err
	}
	g := &account.Group{Name: c.name}
	if err := s.API.Accounts.CreateGroup(r.Context(), g); err != nil {
		return answer{}, err
	}
	r.visit.Report("groups/add", g.ID, oauth.EventDetails{Changes: audit.GroupChanges(nil, g)})
	if _, err := s.join(s.limited(r), r, g, people); err != nil {
		return answer{}, errors.Join(err, s.discard(r, g))
	}
	a, err := s.answerGroup(r, http.StatusCreated, g)
	a.location = s.groupURL(g.ID)
	return a, err
}

// exist returns an error unless all of the people exist. It is called before the first change:
// members are added in several steps.
func (s *server) exist(r *request, people []string) error {
	for _, person := range people {
		_, err := s.API.Store.User(r.Context(), person)
		if errors.Is(err, account.ErrNotFound) {
			return badValue("members", "The person "+short(person)+" does not exist, so nothing was changed.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// discard deletes a new group whose members could not be added.
func (s *server) discard(r *request, g *account.Group) error {
	if err := s.API.Accounts.DeleteGroup(s.limited(r), g.ID); err != nil {
		return err
	}
	r.visit.Report("groups/{id}/delete", g.ID, oauth.EventDetails{Changes: audit.GroupChanges(g, nil)})
	return nil
}

// limited returns the context for the changes of groups. A caller that cannot give roles cannot
// change a group with a role, even if the group got the role in the meantime.
func (s *server) limited(r *request) context.Context {
	if r.visit.May(account.PeopleRoles) {
		return r.Context()
	}
	return account.WithOrdinaryGroups(r.Context())
}

// changeable returns a group that the caller may change.
func (s *server) changeable(r *request) (*account.Group, error) {
	g, err := s.API.Store.Group(r.Context(), r.PathValue("id"))
	if err == nil && len(g.Roles) > 0 {
		err = r.visit.Need(account.PeopleRoles)
	}
	return g, err
}

func (s *server) replaceGroup(r *request) (answer, error) {
	return s.changeGroup(r, (*groupChange).fill)
}

func (s *server) patchGroup(r *request) (answer, error) {
	return s.changeGroup(r, (*groupChange).patch)
}

// changeGroup makes the changes that a body describes to a group.
func (s *server) changeGroup(r *request, change func(*groupChange, map[string]any) error) (answer, error) {
	body, err := r.object()
	if err != nil {
		return answer{}, err
	}
	c := groupChange{members: make(map[string]bool)}
	if err := change(&c, body); err != nil {
		return answer{}, err
	}
	g, err := s.changeable(r)
	if err != nil {
		return answer{}, err
	}
	steps, err := s.planMembers(r, g, c)
	if err != nil {
		return answer{}, err
	}
	if err := s.rename(r, g, c.name); err != nil {
		return answer{}, err
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return answer{}, err
		}
	}
	if r.Method == http.MethodPatch && !r.query.Has("attributes") {
		return answer{status: http.StatusNoContent}, nil // RFC 7644 §3.5.2; there can be many members
	}
	return s.answerGroup(r, http.StatusOK, g)
}

func (s *server) rename(r *request, g *account.Group, name string) error {
	if name == "" || name == g.Name {
		return nil
	}
	before := *g
	g.Name = name
	if err := s.API.Accounts.UpdateGroup(s.limited(r), g); err != nil {
		return err
	}
	r.visit.Report("groups/{id}/edit", g.ID, oauth.EventDetails{Changes: audit.GroupChanges(&before, g)})
	return nil
}

// planMembers returns the steps that let people leave and join, after all checks. They can be
// repeated. People leave first, so that others have room, unless the last administrator would leave.
func (s *server) planMembers(r *request, g *account.Group, c groupChange) ([]func() error, error) {
	leave, join, err := s.leaveAndJoin(r, g, c)
	if err != nil {
		return nil, err
	}
	if slices.Contains(leave, r.visit.Caller()) {
		if err := r.visit.LeaveGroup(g); err != nil {
			return nil, err
		}
	}
	if err := s.exist(r, join); err != nil {
		return nil, err
	}
	steps := []func() error{
		func() error { return s.leave(r, g, leave) },
		func() error { _, err := s.join(s.limited(r), r, g, join); return err },
	}
	if g.Roles.Has(account.RoleAdministrator) {
		slices.Reverse(steps)
	}
	return steps, nil
}

// leaveAndJoin returns the people who leave a group, and the people who join it.
func (s *server) leaveAndJoin(r *request, g *account.Group, c groupChange) (leave, join []string, err error) {
	for person, joins := range c.members {
		if joins {
			join = append(join, person)
		} else {
			leave = append(leave, person)
		}
	}
	if c.exact {
		err = s.members(r, g.ID, func(m account.Member) error {
			if !c.members[m.UserID] {
				leave = append(leave, m.UserID)
			}
			return nil
		})
	}
	slices.Sort(join)
	slices.Sort(leave)
	return leave, join, err
}

// leave removes people from a group.
func (s *server) leave(r *request, g *account.Group, people []string) error {
	for part := range slices.Chunk(people, account.MaxGroupChanges) {
		removed, err := s.API.Accounts.RemoveMembers(s.limited(r), g.ID, part...)
		if err != nil {
			return err
		}
		for _, person := range removed {
			r.visit.Report("groups/{id}", g.ID, oauth.EventDetails{Person: person, Changes: []oauth.Change{{Field: "group", Before: g.Name}}})
		}
	}
	return nil
}

// join adds people to a group, and returns how many were added.
func (s *server) join(ctx context.Context, r *request, g *account.Group, people []string) (n int, err error) {
	for part := range slices.Chunk(people, account.MaxGroupChanges) {
		added, err := s.API.Accounts.AddMembers(ctx, g.ID, part...)
		if errors.Is(err, account.ErrNotFound) {
			return n, badValue("members", fmt.Sprintf("At least one of these %d people does not exist, so none of them was added.", len(part)))
		}
		if err != nil {
			return n, err
		}
		n += len(added)
		for _, person := range added {
			r.visit.Report("groups/{id}/members", g.ID, oauth.EventDetails{Person: person, Changes: []oauth.Change{{Field: "group", After: g.Name}}})
		}
	}
	return n, nil
}

func (s *server) deleteGroup(r *request) (answer, error) {
	g, err := s.changeable(r)
	if err == nil {
		err = r.visit.LeaveGroup(g)
	}
	if err == nil {
		err = s.API.Accounts.DeleteGroup(s.limited(r), g.ID)
	}
	if err != nil {
		return answer{}, err
	}
	r.visit.Report("groups/{id}/delete", g.ID, oauth.EventDetails{Changes: audit.GroupChanges(g, nil)})
	return answer{status: http.StatusNoContent}, nil
}
