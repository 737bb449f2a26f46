package memstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type groupRow struct {
	account.Group
	canonical string
	members   map[string]time.Time // by the ID of the person
}

// group returns a copy of the group for a caller.
func (r groupRow) group() *account.Group {
	g := r.Group
	g.Roles = slices.Clone(g.Roles)
	g.Members = paging.Count{N: min(len(r.members), account.MostMembersCounted), More: len(r.members) > account.MostMembersCounted}
	return &g
}

// CreateGroup adds a group with its members.
func (s *Store) CreateGroup(ctx context.Context, g *account.Group, canonical string, members []string) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if _, exists := s.groups[g.ID]; exists || s.groupID(canonical) != "" || s.externalGroup(g.ExternalID) != "" {
		return account.ErrConflict
	}
	row := groupRow{Group: *g, canonical: canonical, members: make(map[string]time.Time)}
	if _, err := s.join(&row, members, g.CreatedAt); err != nil {
		return err
	}
	row.CreatedAt, row.UpdatedAt, row.Roles, row.Revision = ms(g.CreatedAt), ms(g.UpdatedAt), slices.Clone(g.Roles), 1
	s.groups[g.ID] = row
	s.setMemberships()
	s.keep(members)
	g.Revision = 1
	return nil
}

// groupID returns the ID of the group with the canonical name, or "".
func (s *Store) groupID(canonical string) string {
	for id, row := range s.groups {
		if row.canonical == canonical {
			return id
		}
	}
	return ""
}

// externalGroup returns the ID of the group with the external ID, or "".
func (s *Store) externalGroup(externalID string) string {
	for id, row := range s.groups {
		if externalID != "" && row.ExternalID == externalID {
			return id
		}
	}
	return ""
}

// UpdateGroup saves a group.
func (s *Store) UpdateGroup(ctx context.Context, g *account.Group, canonical string) error {
	return s.changeGroup(ctx, g.ID, g.UpdatedAt, func(row *groupRow) ([]string, error) {
		if other := s.groupID(canonical); row.Revision != g.Revision || (other != "" && other != g.ID) {
			return nil, account.ErrConflict
		}
		if len(g.Roles) > 0 && len(row.members) > account.MaxRoleMembers {
			return nil, account.ErrManyMembers
		}
		var lose []string
		if slices.ContainsFunc(row.Roles, func(r account.Role) bool { return !g.Roles.Has(r) }) {
			lose = row.ids()
		}
		row.Name, row.Description, row.Roles, row.UpdatedAt, row.canonical = g.Name, g.Description, slices.Clone(g.Roles), ms(g.UpdatedAt), canonical
		row.Revision++
		return lose, nil
	}, func() { g.Revision = s.groups[g.ID].Revision })
}

// ReviseGroup changes a group and its members.
func (s *Store) ReviseGroup(ctx context.Context, r account.GroupRevision) (done account.RevisedMembers, err error) {
	if r.At.IsZero() {
		return done, account.ErrNoTime
	}
	g := r.Group
	err = s.changeGroup(ctx, g.ID, r.At, func(row *groupRow) (lose []string, err error) {
		after := *row
		if r.Renames {
			after.Name, after.canonical = g.Name, r.Canonical
		}
		if r.Identifies {
			after.ExternalID = g.ExternalID
		}
		name, external := s.groupID(after.canonical), s.externalGroup(after.ExternalID)
		if r.Revision != 0 && r.Revision != row.Revision || r.SameRoles && !slices.Equal(g.Roles, row.Roles) || name != "" && name != g.ID || external != "" && external != g.ID {
			return nil, account.ErrConflict
		}
		if done.Left = row.remove(r.Leave); len(row.Roles) > 0 {
			lose = done.Left
		}
		if done.Joined, err = s.join(row, r.Join, r.At); err != nil {
			return nil, err
		}
		if row.Name != after.Name || row.ExternalID != after.ExternalID {
			row.Name, row.ExternalID, row.canonical, row.UpdatedAt = after.Name, after.ExternalID, after.canonical, ms(r.At)
			row.Revision++
		}
		return lose, nil
	}, func() {
		s.keep(done.Joined)
		now := s.groups[g.ID]
		g.Name, g.ExternalID, g.Revision = now.Name, now.ExternalID, now.Revision
	})
	if err != nil {
		return account.RevisedMembers{}, err
	}
	return done, nil
}

// remove removes people, and returns the former members.
func (r *groupRow) remove(people []string) (removed []string) {
	for _, id := range people {
		if _, member := r.members[id]; member {
			delete(r.members, id)
			removed = append(removed, id)
		}
	}
	if len(removed) > 0 {
		r.Revision++
	}
	return removed
}

// join adds people to a group, and returns the new members.
func (s *Store) join(row *groupRow, people []string, at time.Time) (added []string, err error) {
	for _, id := range people {
		u, exists := s.users[id]
		if !exists {
			return nil, &account.MissingPersonError{ID: id}
		}
		if _, member := row.members[id]; member {
			continue
		}
		if len(u.Memberships) >= account.MaxGroups {
			return nil, account.ErrManyGroups
		}
		row.members[id] = ms(at)
		added = append(added, id)
	}
	if len(row.members) > account.MaxMembers || len(row.Roles) > 0 && len(row.members) > account.MaxRoleMembers {
		return nil, account.ErrManyMembers
	}
	if len(added) > 0 {
		row.Revision++
	}
	return added, nil
}

// keep makes accounts permanent.
func (s *Store) keep(people []string) {
	for _, id := range people {
		u := s.users[id]
		u.ExpiresAt = time.Time{}
		s.users[id] = u
	}
}

func (r *groupRow) ids() (ids []string) {
	for id := range r.members {
		ids = append(ids, id)
	}
	return ids
}

// DeleteGroup deletes a group.
func (s *Store) DeleteGroup(ctx context.Context, id string, revision int64, at time.Time) error {
	if at.IsZero() {
		return account.ErrNoTime
	}
	return s.changeGroup(ctx, id, at, func(row *groupRow) (lose []string, err error) {
		if revision != 0 && row.Revision != revision {
			return nil, account.ErrConflict
		}
		if len(row.Roles) > 0 {
			lose = row.ids()
		}
		row.ID = "" // is deleted
		return lose, nil
	}, func() {})
}

// changeGroup calls change with a copy of a group, and stores the copy unless no enabled
// administrator would remain. change returns the IDs of the people who lose a role. It sets the ID
// of the group to "" to delete the group.
func (s *Store) changeGroup(ctx context.Context, id string, at time.Time, change func(*groupRow) (lose []string, err error), done func()) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	before, exists := s.groups[id]
	if !exists {
		return account.ErrNotFound
	}
	if account.OnlyOrdinaryGroups(ctx) && len(before.Roles) > 0 {
		return account.ErrForbidden
	}
	row := before
	row.members = make(map[string]time.Time)
	for user, added := range before.members {
		row.members[user] = added
	}
	lose, err := change(&row)
	if err != nil {
		return err
	}
	needed := !s.hostPeople && s.hasAdmin("")
	if s.groups[id] = row; row.ID == "" {
		delete(s.groups, id)
	}
	s.setMemberships()
	if needed && !s.hasAdmin("") {
		s.groups[id] = before
		s.setMemberships()
		return account.ErrLastAdmin
	}
	for _, user := range lose {
		u := s.users[user]
		u.LoginEpoch++
		s.users[user] = u
		s.setSubject(user, s.subjects[user].blocked, s.notBefore(at))
	}
	done()
	return nil
}

// setMemberships sets the memberships of all people.
func (s *Store) setMemberships() {
	for id, u := range s.users {
		u.Memberships = nil
		for _, g := range s.groups {
			if _, member := g.members[id]; member {
				u.Memberships = append(u.Memberships, account.Membership{Group: g.Name, Roles: slices.Clone(g.Roles)})
			}
		}
		slices.SortFunc(u.Memberships, func(a, b account.Membership) int { return strings.Compare(a.Group, b.Group) })
		s.users[id] = u
	}
}

// Group returns the group with the ID.
func (s *Store) Group(_ context.Context, id string) (*account.Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, exists := s.groups[id]
	if !exists {
		return nil, account.ErrNotFound
	}
	return row.group(), nil
}

// GroupByExternalID returns the group with the external ID.
func (s *Store) GroupByExternalID(ctx context.Context, externalID string) (*account.Group, error) {
	s.mu.Lock()
	id := s.externalGroup(externalID)
	s.mu.Unlock()
	return s.Group(ctx, id)
}

// GroupByName returns the group with the canonical name.
func (s *Store) GroupByName(ctx context.Context, canonical string) (*account.Group, error) {
	s.mu.Lock()
	id := s.groupID(canonical)
	s.mu.Unlock()
	return s.Group(ctx, id)
}

// Groups lists groups, sorted by "name" (the default) or "created".
func (s *Store) Groups(_ context.Context, f account.GroupFilter, p paging.Page) ([]*account.Group, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, cursor := list(s.selectedGroups(f), p, func(g *account.Group) place {
		if p.Sort == "created" {
			return place{timeKey(g.CreatedAt), g.ID}
		}
		return place{s.groups[g.ID].canonical, g.ID}
	})
	return rows, cursor, nil
}

// CountGroups counts the groups that Groups lists.
func (s *Store) CountGroups(_ context.Context, f account.GroupFilter) (paging.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedGroups(f))), nil
}

func (s *Store) selectedGroups(f account.GroupFilter) (rows []*account.Group) {
	for _, row := range s.groups {
		_, member := row.members[f.Member]
		if (f.Member == "" || member) && (f.Role == "" || row.Roles.Has(f.Role)) && matches(f.Search, row.Name, row.Description) {
			rows = append(rows, row.group())
		}
	}
	return rows
}

// Members lists the members of a group, by their usernames.
func (s *Store) Members(_ context.Context, f account.MemberFilter, p paging.Page) ([]account.Member, paging.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p = paging.Page{Limit: p.Limit, After: p.After, Before: p.Before, Last: p.Last}
	rows, cursor := list(s.selectedMembers(f), p, func(m account.Member) place { return place{s.users[m.UserID].canonical, m.UserID} })
	return rows, cursor, nil
}

// CountMembers counts the members that Members lists.
func (s *Store) CountMembers(_ context.Context, f account.MemberFilter) (paging.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted(len(s.selectedMembers(f))), nil
}

func (s *Store) selectedMembers(f account.MemberFilter) (rows []account.Member) {
	for id, added := range s.groups[f.GroupID].members {
		if u := s.users[id]; matches(f.Search, u.Username, u.Name, u.Email) {
			rows = append(rows, account.Member{UserID: id, Username: u.Username, Name: u.Name, Disabled: u.Disabled, AddedAt: added})
		}
	}
	return rows
}
