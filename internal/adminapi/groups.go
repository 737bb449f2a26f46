package adminapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A group is a set of people with a name.
type group struct {
	ID          string        `json:"id" doc:"Identifies the group."`
	Name        string        `json:"name" doc:"The name in the groups claim of the members."`
	Description string        `json:"description,omitempty" doc:"A text for administrators."`
	Roles       account.Roles `json:"roles" doc:"The roles that all members have in the back office and at this API."`
	CreatedAt   time.Time     `json:"created_at" doc:"When the group was added."`
	UpdatedAt   time.Time     `json:"updated_at" doc:"When the group was last changed, apart from its members."`
	Version     int64         `json:"version" doc:"The number of changes, including those of the members, which is also in the ETag."`
}

// A groupChange changes a group. Members that are missing are not changed, and null is the
// default (RFC 7396).
type groupChange struct {
	Name        *string        `json:"name,omitempty" doc:"The name in the groups claim of the members."`
	Description *string        `json:"description,omitempty" doc:"A text for administrators."`
	Roles       *account.Roles `json:"roles,omitempty" doc:"The roles that all members have in the back office and at this API."`
}

// A member is a person in a group.
type member struct {
	Person   string    `json:"person" doc:"The ID of the person."`
	Username string    `json:"username" doc:"The username of the person."`
	Name     string    `json:"name,omitempty" doc:"The full name."`
	Disabled bool      `json:"disabled" doc:"The person cannot log in."`
	AddedAt  time.Time `json:"added_at" doc:"When the person was added to the group."`
}

// newMembers names people to be added to a group.
type newMembers struct {
	People []string `json:"people" required:"yes" doc:"The IDs of the people, at most 100."`
}

// addedMembers names the people who were added to a group.
type addedMembers struct {
	Added []string `json:"added" doc:"The IDs of the new members."`
}

func (a *api) groups() []operation {
	const tag = "groups"
	all := []operation{
		listed[group](reads(tag, "groups", account.PeopleRead, "list of groups, by name", a.listGroups),
			parameter{name: "q", help: "A part of the name or the description."},
			parameter{name: "role", values: roleNames(), help: "Only groups that give this role."},
			ofPerson("person", "Only the groups of this person.")),
		changes(tag, http.MethodPost, "groups", account.PeopleRoles, "groups/add", "adds a group", a.addGroup).created().ofVersion(false).says("Only name is required."),
		reads(tag, "groups/{id}", account.PeopleRead, "a group", a.getGroup).ofVersion(false),
		changes(tag, http.MethodPatch, "groups/{id}", account.PeopleRoles, "groups/{id}/edit", "changes the name, the description or the roles of a group", a.changeGroup).ofVersion(true).
			says("The body contains only the values to change; null is the default (RFC 7396). People cannot change roles that they have through the group."),
		changes(tag, http.MethodDelete, "groups/{id}", account.PeopleRoles, "groups/{id}/delete", "deletes a group; its members keep their accounts", a.deleteGroup).mayMatch(),
		listed[member](reads(tag, "groups/{id}/members", account.PeopleRead, "list of the people in a group, by username", a.listMembers),
			parameter{name: "q", help: "A part of the username, the name or the email address."}),
		changes(tag, http.MethodPost, "groups/{id}/members", account.PeopleRoles, "groups/{id}/members", "adds people to a group", a.addMembers).
			says("If one of the people does not exist, no one is added."),
		changes(tag, http.MethodDelete, "groups/{id}/members/{person}", account.PeopleRoles, "groups/{id}", "removes a person from a group", a.removeMember),
	}
	for i := range all {
		all[i] = all[i].ofAccounts()
	}
	return all
}

func showGroup(g *account.Group) group {
	roles := g.Roles
	if roles == nil {
		roles = account.Roles{}
	}
	return group{g.ID, g.Name, g.Description, roles, g.CreatedAt, g.UpdatedAt, g.Revision}
}

func (a *api) listGroups(c *call) (page[group], error) {
	f := account.GroupFilter{Search: c.get("q"), Role: account.Role(c.get("role")), Member: c.get("person")}
	return listOf(c, func(p paging.Page) ([]*account.Group, paging.Cursor, error) {
		p.Sort = "name"
		return a.Store.Groups(c.Context(), f, p)
	}, showGroup)
}

func (a *api) getGroup(c *call) (group, error) {
	g, err := a.Store.Group(c.Context(), c.PathValue("id"))
	if err != nil {
		return group{}, err
	}
	c.version = g.Revision
	return showGroup(g), nil
}

// apply sets the members of a group.
func (change groupChange) apply(g *account.Group) {
	if change.Name != nil {
		g.Name = *change.Name
	}
	if change.Description != nil {
		g.Description = *change.Description
	}
	if change.Roles != nil {
		g.Roles = *change.Roles
	}
}

func (a *api) addGroup(c *call, change groupChange) (group, error) {
	g := new(account.Group)
	change.apply(g)
	if err := a.Accounts.CreateGroup(c.Context(), g); err != nil {
		return group{}, err
	}
	c.target, c.version, c.location = g.ID, g.Revision, "groups/"+escaped(g.ID)
	c.details = audit.GroupDetails(nil, g)
	return showGroup(g), nil
}

func (a *api) changeGroup(c *call, change groupChange) (group, error) {
	before, err := a.Store.Group(c.Context(), c.PathValue("id"))
	if err != nil {
		return group{}, err
	}
	g := *before
	if g.Revision, err = c.ifMatch(before.Revision); err != nil {
		return group{}, err
	}
	change.apply(&g)
	if slices.ContainsFunc(before.Roles, func(r account.Role) bool { return !g.Roles.Has(r) }) {
		if err := c.notOwn(before); err != nil {
			return group{}, err
		}
	}
	affected, err := a.Accounts.RoleMembers(c.Context(), before, &g)
	if err != nil {
		return group{}, err
	}
	if err := a.Accounts.UpdateGroup(c.Context(), &g); err != nil {
		return group{}, err
	}
	c.version = g.Revision
	c.reportGroup(before, &g, affected)
	return showGroup(&g), nil
}

// notOwn returns an error if the caller has a role through the group.
func (c *call) notOwn(g *account.Group) error {
	own, err := c.api.Acts.HasRoleBy(c.Context(), c.caller.id, g)
	if err == nil && own {
		err = errSelf
	}
	return err
}

func (a *api) deleteGroup(c *call, _ none) (none, error) {
	g, err := a.Store.Group(c.Context(), c.PathValue("id"))
	if err != nil {
		return none{}, err
	}
	revision, err := c.maybeMatch(g.Revision)
	if err != nil {
		return none{}, err
	}
	g, affected, err := a.Accounts.DeleteGroup(c.Context(), g.ID, revision, c.notOwn)
	if err != nil {
		return none{}, err
	}
	c.reportGroup(g, nil, affected)
	return none{}, nil
}

// reportGroup reports a change of a group, or its deletion, and for each of the people who thereby gain
// or lose a role, that their roles have changed.
func (c *call) reportGroup(before, after *account.Group, affected []account.Member) {
	c.report(before.ID, audit.GroupDetails(before, after))
	for _, m := range affected {
		c.report(before.ID, audit.RoleDetails(before, after, m.UserID))
	}
}

func (a *api) listMembers(c *call) (page[member], error) {
	g, err := a.Store.Group(c.Context(), c.PathValue("id"))
	if err != nil {
		return page[member]{}, err
	}
	f := account.MemberFilter{GroupID: g.ID, Search: c.get("q")}
	return listOf(c, func(p paging.Page) ([]account.Member, paging.Cursor, error) {
		return a.Store.Members(c.Context(), f, p)
	}, func(m account.Member) member { return member{m.UserID, m.Username, m.Name, m.Disabled, m.AddedAt} })
}

func (a *api) addMembers(c *call, n newMembers) (addedMembers, error) {
	g, added, err := a.Accounts.AddMembers(c.Context(), c.PathValue("id"), n.People...)
	if err != nil {
		return addedMembers{}, err
	}
	c.reported = true
	for _, id := range added {
		c.report(g.ID, audit.MemberDetails(g, id, true))
	}
	return addedMembers{append([]string{}, added...)}, nil
}

func (a *api) removeMember(c *call, _ none) (none, error) {
	person := c.PathValue("person")
	g, removed, err := a.Accounts.RemoveMembers(c.Context(), c.PathValue("id"), func(g *account.Group) error {
		if person == c.caller.id {
			return c.notOwn(g)
		}
		return nil
	}, person)
	if err != nil {
		return none{}, err
	}
	if len(removed) == 0 {
		return none{}, notFound("The person is not in the group.")
	}
	c.report(g.ID, audit.MemberDetails(g, person, false))
	return none{}, nil
}
