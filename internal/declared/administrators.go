package declared

import (
	"context"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// checkAdministrators returns account.ErrLastAdmin if the plan takes the role from the last
// administrators: from people, or from groups. It allows that if the people are those of a host
// program, as the Store does.
func (p *planner) checkAdministrators(ctx context.Context) error {
	if hosted, err := p.Store.HostPeople(ctx); err != nil || hosted {
		return err
	}
	people, groups := make(map[string]*account.User), make(map[string]*account.Group) // after the plan
	line, takes := 0, false
	for _, s := range p.plan.Steps {
		switch before, after := administering(s); {
		case before && !after:
			takes, line = true, max(line, s.line)
		case !before && after && s.group == nil:
			return nil
		}
		switch {
		case s.Person != nil:
			people[s.Person.ID] = s.Person.after
		case s.group != nil && s.group.before != nil:
			groups[s.group.before.Name] = s.group.after
		}
	}
	if !takes {
		return nil
	}
	had, remain, err := p.administrators(ctx, people, groups)
	switch {
	case err != nil:
		return err
	case remain || !had: // nobody was an administrator before
		return nil
	case line > 0:
		return inLine(line, account.ErrLastAdmin)
	}
	return fmt.Errorf("--prune: %w", account.ErrLastAdmin)
}

// administering reports whether a step is about an enabled administrator, or a group that makes its
// members administrators, before and after it.
func administering(s Step) (before, after bool) {
	switch {
	case s.Person != nil:
		return s.Person.before.Admin, !s.Person.after.Disabled && s.Person.after.Admin
	case s.group != nil:
		gives := func(g *account.Group) bool { return g != nil && g.Roles.Has(account.RoleAdministrator) }
		return gives(s.group.before), gives(s.group.after)
	}
	return false, false
}

// administrators reports whether there are enabled administrators, and whether some remain after
// the changes of people, by ID, and groups, by name.
func (p *planner) administrators(ctx context.Context, people map[string]*account.User, groups map[string]*account.Group) (had, remain bool, err error) {
	yes, no := true, false
	for after := ""; ; {
		users, cursor, err := p.Store.Users(ctx, account.UserFilter{Admin: &yes, Disabled: &no}, paging.Page{Limit: 500, After: after})
		if err != nil {
			return had, false, err
		}
		for _, u := range users {
			if had = true; administers(u, people, groups) {
				return true, true, nil
			}
		}
		if after = cursor.Next; after == "" {
			break
		}
	}
	for _, s := range p.plan.Steps { // a group can make others administrators
		if before, after := administering(s); s.group != nil && s.group.before != nil && after && !before {
			if remain, err = p.hasMember(ctx, s.group.before.ID); remain || err != nil {
				return had, remain, err
			}
		}
	}
	return had, false, nil
}

// administers reports whether a person is an administrator after the changes.
func administers(u *account.User, people map[string]*account.User, groups map[string]*account.Group) bool {
	own := u.Admin
	if after, changed := people[u.ID]; changed {
		own = after.Admin
	}
	for _, m := range u.Memberships {
		roles := m.Roles
		if after, changed := groups[m.Group]; changed {
			if roles = nil; after != nil {
				roles = after.Roles
			}
		}
		own = own || roles.Has(account.RoleAdministrator)
	}
	return own
}

// hasMember reports whether a group has an enabled member.
func (p *planner) hasMember(ctx context.Context, groupID string) (bool, error) {
	for after := ""; ; {
		members, cursor, err := p.Store.Members(ctx, account.MemberFilter{GroupID: groupID}, paging.Page{Limit: 500, After: after})
		if err != nil {
			return false, err
		}
		for _, m := range members {
			if !m.Disabled {
				return true, nil
			}
		}
		if after = cursor.Next; after == "" {
			return false, nil
		}
	}
}
