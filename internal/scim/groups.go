package scim

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// indexedGroups are the attributes of groups that have an index.
var indexedGroups = map[string]bool{"displayname": true, "externalid": true, "members": true, "id": true}

const indexedGroupsText = "displayName eq, externalId eq, members.value eq, id eq"

func (s *server) groupURL(id string) string { return s.URL + "/Groups/" + id }

// groupResource returns the resource of a group without its members.
func (s *server) groupResource(g *account.Group) map[string]any {
	resource := map[string]any{
		"schemas": []any{groupSchema}, "id": g.ID, "displayName": g.Name,
		"meta": map[string]any{"resourceType": "Group", "location": s.groupURL(g.ID), "version": etag(g.Revision), "created": g.CreatedAt.UTC(), "lastModified": updated(g.CreatedAt, g.UpdatedAt)},
	}
	if g.ExternalID != "" {
		resource["externalId"] = g.ExternalID
	}
	return resource
}

// showGroup returns the resource of a group with the attributes that a response has. most is the
// number of members that the response can still have; showGroup reduces it.
func (s *server) showGroup(r *request, g *account.Group, most *int) (map[string]any, error) {
	resource := s.groupResource(g)
	if !r.asks("members", true) || !r.visit.May(account.PeopleRead) {
		return resource, nil
	}
	members := []any{}
	err := s.members(r, g.ID, func(m account.Member) error {
		if *most--; *most < 0 {
			return bad(tooMany, fmt.Sprintf("The group has more than %d members. Use excludedAttributes=members.", account.MaxMembers))
		}
		members = append(members, map[string]any{"value": m.UserID, "display": m.Username, "$ref": s.userURL(m.UserID)})
		return nil
	})
	resource["members"] = members
	return resource, err
}

// members calls visit for each member of a group.
func (s *server) members(r *request, id string, visit func(account.Member) error) error {
	p := paging.Page{Limit: rowsAtATime}
	for {
		found, cursor, err := s.API.Store.Members(r.Context(), account.MemberFilter{GroupID: id}, p)
		if err != nil {
			return err
		}
		for _, m := range found {
			if err := visit(m); err != nil {
				return err
			}
		}
		if p.After = cursor.Next; p.After == "" {
			return nil
		}
	}
}

func (s *server) answerGroup(r *request, status int, g *account.Group) (answer, error) {
	most := account.MaxMembers
	resource, err := s.showGroup(r, g, &most)
	return answer{status: status, body: r.shape(r.readable(resource)), version: g.Revision}, err
}

func (s *server) getGroup(r *request) (answer, error) {
	g, err := s.API.Store.Group(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return s.answerGroup(r, http.StatusOK, g)
}

func (s *server) listGroups(r *request) (answer, error) {
	start, count, err := r.window()
	if err != nil {
		return answer{}, err
	}
	f, err := r.filterOf(groupAttributes)
	if err != nil {
		return answer{}, err
	}
	found, total, err := s.findGroups(r, f, start, count)
	if err != nil {
		return answer{}, err
	}
	var resources []any
	most := account.MaxMembers
	for i, g := range found {
		resource, err := s.showGroup(r, g, &most)
		if i > 0 && most < 0 {
			break // the client continues with this group
		}
		if err != nil {
			return answer{}, err
		}
		resources = append(resources, r.shape(resource))
	}
	return answer{status: http.StatusOK, body: listing(resources, total, start)}, nil
}

// findGroups returns a part of the groups that match a filter, and the number of all of them.
func (s *server) findGroups(r *request, f *filter, start, count int) ([]*account.Group, int, error) {
	if f == nil {
		return s.allGroups(r).part(start, count)
	}
	joined, err := s.groupsOfMembers(r, f)
	if err != nil {
		return nil, 0, err
	}
	matches := func(g *account.Group) (bool, error) {
		resource := s.groupResource(g)
		var members []any
		for person, groups := range joined {
			for _, other := range groups {
				if other.ID == g.ID {
					members = append(members, map[string]any{"value": person})
				}
			}
		}
		resource["members"] = members
		return f.matches(resource), nil
	}
	var found []*account.Group
	if lookups, ok := f.lookups(indexedGroups); ok {
		candidates, err := s.lookUpGroups(r, lookups, joined)
		if err != nil {
			return nil, 0, err
		}
		for _, g := range candidates {
			if ok, _ := matches(g); ok {
				found = append(found, g)
			}
		}
	} else if found, err = s.allGroups(r).scan(matches, indexedGroupsText); err != nil {
		return nil, 0, err
	}
	return cut(found, start, count), len(found), nil
}

func (s *server) allGroups(r *request) source[*account.Group] {
	return source[*account.Group]{
		func(p paging.Page) ([]*account.Group, paging.Cursor, error) {
			p.Sort = "name"
			return s.API.Store.Groups(r.Context(), account.GroupFilter{}, p)
		},
		func() (paging.Count, error) {
			return s.API.Accounts.Store.CountGroups(r.Context(), account.GroupFilter{})
		},
	}
}

// groupsOfMembers returns the groups of the people that a filter names as members. Members can
// only be compared with the ID of a person: a group can have too many to read them.
func (s *server) groupsOfMembers(r *request, f *filter) (map[string][]*account.Group, error) {
	people, err := membersIn(f)
	if err != nil {
		return nil, err
	}
	joined := make(map[string][]*account.Group)
	for _, person := range people {
		groups, _, err := s.API.Store.Groups(r.Context(), account.GroupFilter{Member: person}, paging.Page{Limit: account.MaxGroups, Sort: "name"})
		if err != nil {
			return nil, err
		}
		joined[person] = groups
	}
	return joined, nil
}

// membersIn returns the IDs with which a filter compares members.
func membersIn(f *filter) (people []string, err error) {
	unsupported := badFilter(`Members can only be compared with the ID of a person: members.value eq "…".`)
	f.walk(func(c *filter) {
		if c.at.attribute != "members" {
			return
		}
		compared := c
		if c.op == "[" && c.left.at.attribute == "value" && c.left.at.sub == "" {
			compared = c.left
		}
		person, isText := compared.value.(string)
		if compared.op != "eq" || !isText || c.at.sub != "" && c.at.sub != "value" {
			err = unsupported
		}
		people = append(people, person)
	})
	return people, err
}

// lookUpGroups returns the groups that an index finds.
func (s *server) lookUpGroups(r *request, lookups []lookup, joined map[string][]*account.Group) (found []*account.Group, err error) {
	seen := make(map[string]bool)
	for _, l := range lookups {
		var g *account.Group
		several := []*account.Group(nil)
		switch l.attribute {
		case "id":
			g, err = s.API.Store.Group(r.Context(), l.value)
		case "members":
			several = joined[l.value]
		case "externalid":
			g, err = s.API.Accounts.Store.GroupByExternalID(r.Context(), l.value)
		case "displayname":
			if name, invalid := account.CanonicalGroup(l.value); invalid == nil {
				g, err = s.API.Accounts.Store.GroupByName(r.Context(), name)
			}
		}
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			return nil, err
		}
		if g != nil && err == nil {
			several = append(several, g)
		}
		for _, g := range several {
			if !seen[g.ID] {
				found = append(found, g)
			}
			seen[g.ID] = true
		}
	}
	return found, nil
}
