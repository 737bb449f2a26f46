package scim

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// indexedUsers are the attributes of people that have an index.
var indexedUsers = map[string]bool{"username": true, "externalid": true, "emails": true, "id": true}

const indexedUsersText = "userName eq, externalId eq, emails.value eq, id eq"

// showUser returns the resource of a person with the attributes that a response has.
func (s *server) showUser(r *request, u *account.User) (map[string]any, error) {
	resource, err := s.userResource(r, u, r.asks("externalid", true))
	if err == nil && r.asks("groups", false) {
		resource["groups"], err = s.groupsOf(r, u.ID)
	}
	return resource, err
}

// userResource returns the resource of a person without groups. The external ID needs another read.
func (s *server) userResource(r *request, u *account.User, withExternalID bool) (resource map[string]any, err error) {
	externalID := ""
	if withExternalID {
		if externalID, err = s.API.Accounts.ExternalID(r.Context(), u.ID); err != nil {
			return nil, err
		}
	}
	p, err := personOf(u, externalID)
	if err != nil {
		return nil, err
	}
	resource = p.resource()
	resource["id"] = u.ID
	resource["meta"] = map[string]any{
		"resourceType": "User", "location": s.userURL(u.ID), "version": etag(u.Version),
		"created": u.CreatedAt.UTC(), "lastModified": updated(u.CreatedAt, u.UpdatedAt),
	}
	return resource, nil
}

func updated(created, changed time.Time) time.Time {
	if changed.IsZero() {
		return created.UTC()
	}
	return changed.UTC()
}

func (s *server) userURL(id string) string { return s.URL + "/Users/" + id }

// resource returns the attributes that are not empty.
func (p *person) resource() map[string]any {
	resource := map[string]any{"schemas": []any{userSchema}, "active": p.active}
	name := make(map[string]any)
	set := func(to map[string]any, member, key string) {
		if text := p.texts[key]; text != "" {
			to[member] = text
		}
	}
	for member, key := range map[string]string{"userName": "username", "externalId": "externalid", "displayName": "displayname", "nickName": "nickname", "profileUrl": "profileurl", "locale": "locale", "preferredLanguage": "locale", "timezone": "timezone"} {
		set(resource, member, key)
	}
	for member, key := range map[string]string{"formatted": "displayname", "givenName": "name.givenname", "familyName": "name.familyname", "middleName": "name.middlename"} {
		set(name, member, key)
	}
	if len(name) > 0 {
		resource["name"] = name
	}
	for member, key := range map[string]string{"emails": "emails", "phoneNumbers": "phonenumbers"} {
		if element := p.element(key); element != nil {
			resource[member] = []any{element}
		}
	}
	return resource
}

// groupsOf returns the groups of a person.
func (s *server) groupsOf(r *request, id string) ([]any, error) {
	groups, _, err := s.API.Store.Groups(r.Context(), account.GroupFilter{Member: id}, paging.Page{Limit: account.MaxGroups, Sort: "name"})
	all := []any{}
	for _, g := range groups {
		all = append(all, map[string]any{"value": g.ID, "display": g.Name, "$ref": s.groupURL(g.ID)})
	}
	return all, err
}

func (s *server) listUsers(r *request) (answer, error) {
	start, count, err := r.window()
	if err != nil {
		return answer{}, err
	}
	f, err := r.filterOf(userAttributes)
	if err != nil {
		return answer{}, err
	}
	found, total, err := s.findUsers(r, f, start, count)
	if err != nil {
		return answer{}, err
	}
	var resources []any
	for _, u := range found {
		resource, err := s.showUser(r, u)
		if err != nil {
			return answer{}, err
		}
		resources = append(resources, r.shape(resource))
	}
	return answer{status: http.StatusOK, body: listing(resources, total, start)}, nil
}

// findUsers returns a part of the people that match a filter, and the number of all of them.
func (s *server) findUsers(r *request, f *filter, start, count int) ([]*account.User, int, error) {
	if f == nil {
		return s.allUsers(r, nil).part(start, count)
	}
	if f.uses("groups") {
		return nil, 0, badFilter("People cannot be filtered by groups. Filter /Groups by members instead.")
	}
	externalID := f.uses("externalid")
	matches := func(u *account.User) (bool, error) {
		resource, err := s.userResource(r, u, externalID)
		return err == nil && f.matches(resource), err
	}
	if yes, ok := truth(f.value); ok && f.op == "eq" && f.at.attribute == "active" {
		disabled := !yes
		return s.allUsers(r, &disabled).part(start, count)
	}
	var found []*account.User
	lookups, ok := f.lookups(indexedUsers)
	if ok {
		candidates, err := s.lookUpUsers(r, lookups)
		if err != nil {
			return nil, 0, err
		}
		for _, u := range candidates {
			ok, err := matches(u)
			if err != nil {
				return nil, 0, err
			}
			if ok {
				found = append(found, u)
			}
		}
		return cut(found, start, count), len(found), nil
	}
	if externalID {
		return nil, 0, badFilter("People can only be filtered by externalId with an index. " + listedFields + indexedUsersText + ".")
	}
	found, err := s.allUsers(r, nil).scan(matches, indexedUsersText)
	return cut(found, start, count), len(found), err
}

func (s *server) allUsers(r *request, disabled *bool) source[*account.User] {
	f := account.UserFilter{Disabled: disabled}
	return source[*account.User]{
		func(p paging.Page) ([]*account.User, paging.Cursor, error) {
			p.Sort = "username"
			return s.API.Store.Users(r.Context(), f, p)
		},
		func() (paging.Count, error) { return s.API.Accounts.Store.CountUsers(r.Context(), f) },
	}
}

// lookUpUsers returns the people that an index finds.
func (s *server) lookUpUsers(r *request, lookups []lookup) (found []*account.User, err error) {
	store := s.API.Accounts.Store
	for _, l := range lookups {
		var u *account.User
		var several []*account.User
		switch l.attribute {
		case "id":
			u, err = store.User(r.Context(), l.value)
		case "externalid":
			u, err = s.API.Accounts.UserByExternalID(r.Context(), l.value)
		case "emails":
			several, err = store.UsersByEmail(r.Context(), l.value)
		case "username":
			if name, invalid := account.CanonicalUsername(l.value); invalid == nil {
				u, err = store.UserByName(r.Context(), name)
			}
		}
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			return nil, err
		}
		if u != nil && err == nil {
			several = append(several, u)
		}
		for _, u := range several {
			if !slices.ContainsFunc(found, func(other *account.User) bool { return other.ID == u.ID }) {
				found = append(found, u)
			}
		}
	}
	return found, nil
}

func (s *server) getUser(r *request) (answer, error) {
	u, err := s.API.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return s.answerUser(r, http.StatusOK, u)
}

func (s *server) answerUser(r *request, status int, u *account.User) (answer, error) {
	resource, err := s.showUser(r, u)
	return answer{status: status, body: r.shape(r.readable(resource)), version: u.Version}, err
}
