package scim

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
)

// A groupChange describes the changes that a request makes to a group.
type groupChange struct {
	name string // or empty
	// externalID is nil if it is not changed.
	externalID *string
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
	case "externalid":
		id, err := textOf("externalId", value)
		c.externalID = &id
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
	for _, name := range []string{"displayName", "externalId", "members"} {
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
	case at.extension || slices.Contains(common, at.attribute):
		return nil // is not stored, or never changes
	case !has(groupAttributes, at.attribute):
		return badPath("The attribute " + short(at.attribute) + " does not exist. The schema is at /Schemas/" + groupSchema + ".")
	case at.attribute == "members" && at.sub != "" && at.sub != "value":
		return badPath("The sub-attribute " + short(at.sub) + " of members cannot be changed.")
	case at.attribute == "members" && o.op == "remove":
		return c.remove(at, o.value)
	case at.attribute == "members" && at.filter != nil:
		return badPath("Members can only be added with the path members, and removed with members[value eq \"…\"].")
	case o.op == "remove" && at.attribute == "externalid":
		return c.set(at, nil)
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
	g := &account.Group{Name: c.name, ExternalID: *c.externalID}
	if err := s.API.Accounts.CreateGroup(r.Context(), g, people...); err != nil {
		return answer{}, groupError(err)
	}
	r.visit.Report("groups/add", g.ID, audit.GroupDetails(nil, g))
	r.reportMembers(g, account.RevisedMembers{Joined: people})
	a, err := s.answerGroup(r, http.StatusCreated, g)
	a.location = s.groupURL(g.ID)
	return a, err
}

// groupError is the error of a change of a group.
func groupError(err error) error {
	if errors.Is(err, account.ErrExternalIDTaken) {
		return &Error{http.StatusConflict, uniqueness, "externalId: Another group has this external ID."}
	}
	if missing, ok := errors.AsType[*account.MissingPersonError](err); ok {
		return badValue("members", "The person "+short(missing.ID)+" does not exist, so nothing was changed.")
	}
	return err
}

// limited returns the context for the changes of groups. A caller that cannot give roles cannot
// change a group with a role, even if the group got the role in the meantime.
func (s *server) limited(r *request) context.Context {
	if r.visit.May(account.PeopleRoles) {
		return r.Context()
	}
	return account.WithOrdinaryGroups(r.Context())
}

// changeable returns a group that the caller may change, in a version that the request names.
func (s *server) changeable(r *request) (*account.Group, error) {
	g, err := s.API.Store.Group(r.Context(), r.PathValue("id"))
	if err == nil && len(g.Roles) > 0 {
		err = r.visit.Need(account.PeopleRoles)
	}
	if err == nil {
		err = r.matches(g.Revision)
	}
	return g, err
}

func (s *server) replaceGroup(r *request) (answer, error) {
	return s.changeGroup(r, (*groupChange).fill)
}

func (s *server) patchGroup(r *request) (answer, error) {
	return s.changeGroup(r, (*groupChange).patch)
}

// changeGroup makes all changes that a body describes to a group, or none. Only a request with a
// version, or with a full list of members, depends on the group as it was read. Without a version,
// such a request is retried when another one changes the group at the same time.
func (s *server) changeGroup(r *request, change func(*groupChange, map[string]any) error) (answer, error) {
	body, err := r.object()
	if err != nil {
		return answer{}, err
	}
	c := groupChange{members: make(map[string]bool)}
	if err := change(&c, body); err != nil {
		return answer{}, err
	}
	const attempts = 10
	for attempt := 1; ; attempt++ {
		a, err := s.tryGroupChange(r, c)
		if !errors.Is(err, account.ErrConflict) || r.named() || attempt == attempts {
			return a, r.outdated(err)
		}
	}
}

func (s *server) tryGroupChange(r *request, c groupChange) (answer, error) {
	before, err := s.changeable(r)
	if err != nil {
		return answer{}, err
	}
	leave, join, err := s.planMembers(r, before, c)
	if err != nil {
		return answer{}, err
	}
	g := *before
	change := account.GroupRevision{Group: &g, Renames: c.name != "", Identifies: c.externalID != nil, Join: join, Leave: leave}
	if change.Renames {
		g.Name = c.name
	}
	if change.Identifies {
		g.ExternalID = *c.externalID
	}
	if c.exact || r.named() || slices.Contains(leave, r.visit.Caller()) {
		change.Revision = before.Revision
	}
	if err := s.revise(r, *before, change); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPatch && !r.query.Has("attributes") {
		return answer{status: http.StatusNoContent, version: g.Revision}, nil // RFC 7644 §3.5.2; there can be many members
	}
	return s.answerGroup(r, http.StatusOK, &g)
}

// revise changes a group, and reports the changes.
func (s *server) revise(r *request, before account.Group, change account.GroupRevision) error {
	g, asked := change.Group, *change.Group // afterwards, g also has the changes of other requests
	done, err := s.API.Accounts.ReviseGroup(s.limited(r), change)
	if err != nil {
		return groupError(err)
	}
	if details := audit.GroupDetails(&before, &asked); len(details.Changes) > 0 {
		r.visit.Report("groups/{id}/edit", g.ID, details)
	}
	r.reportMembers(g, done)
	return nil
}

// reportMembers reports the people who have left or joined a group.
func (r *request) reportMembers(g *account.Group, done account.RevisedMembers) {
	for _, person := range done.Left {
		r.visit.Report("groups/{id}", g.ID, audit.MemberDetails(g, person, false))
	}
	for _, person := range done.Joined {
		r.visit.Report("groups/{id}/members", g.ID, audit.MemberDetails(g, person, true))
	}
}

// planMembers returns the people who leave a group, and the people who join it, after all checks.
func (s *server) planMembers(r *request, g *account.Group, c groupChange) (leave, join []string, err error) {
	if leave, join, err = s.leaveAndJoin(r, g, c); err != nil {
		return nil, nil, err
	}
	if slices.Contains(leave, r.visit.Caller()) {
		if err := r.visit.LeaveGroup(g); err != nil {
			return nil, nil, err
		}
	}
	return leave, join, nil
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

func (s *server) deleteGroup(r *request) (answer, error) {
	g, err := s.changeable(r)
	if err != nil {
		return answer{}, err
	}
	revision := int64(0)
	if r.named() {
		revision = g.Revision
	}
	g, affected, err := s.API.Accounts.DeleteGroup(s.limited(r), g.ID, revision, r.visit.LeaveGroup)
	if err != nil {
		return answer{}, r.outdated(err)
	}
	r.visit.Report("groups/{id}/delete", g.ID, audit.GroupDetails(g, nil))
	for _, m := range affected {
		r.visit.Report("groups/{id}/delete", g.ID, audit.RoleDetails(g, nil, m.UserID))
	}
	return answer{status: http.StatusNoContent}, nil
}
