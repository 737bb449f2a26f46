package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// groups manages groups of people.
type groups interface {
	// Group returns the group with a canonical name, or nil.
	Group(ctx context.Context, canonical string) (*account.Group, error)
	EachGroup(ctx context.Context, search string, do func(*account.Group)) error
	AddGroup(ctx context.Context, g *account.Group) error
	// EditGroup and DeleteGroup return the members who thereby gain or lose a role.
	EditGroup(ctx context.Context, g *account.Group, change func(*account.Group)) ([]account.Member, error)
	DeleteGroup(ctx context.Context, g *account.Group) ([]account.Member, error)
	EachMember(ctx context.Context, g *account.Group, do func(account.Member)) error
	CountMembers(ctx context.Context, g *account.Group) (paging.Count, error)
	AddMember(ctx context.Context, g *account.Group, u *account.User) error
	// RemoveMember reports whether the person was in the group.
	RemoveMember(ctx context.Context, g *account.Group, u *account.User) (bool, error)
}

func (d *inDatabase) Group(ctx context.Context, canonical string) (*account.Group, error) {
	g, err := d.store.GroupByName(ctx, canonical)
	if errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	return g, err
}

func (d *inDatabase) EachGroup(ctx context.Context, search string, do func(*account.Group)) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		all, cursor, err := d.store.Groups(ctx, account.GroupFilter{Search: search}, p)
		for _, g := range all {
			do(g)
		}
		return cursor, err
	})
}

func (d *inDatabase) AddGroup(ctx context.Context, g *account.Group) error {
	err := d.accounts(d.store).CreateGroup(ctx, g)
	if err == nil {
		d.changedGroup(d.cmd, d.store, nil, g, nil)
		d.warnOfHost(ctx, d.store, "the group can have no members")
	}
	return err
}

func (d *inDatabase) EditGroup(ctx context.Context, g *account.Group, change func(*account.Group)) ([]account.Member, error) {
	before := *g
	change(g)
	affected, err := d.accounts(d.store).RoleMembers(ctx, &before, g)
	if err == nil {
		err = d.accounts(d.store).UpdateGroup(ctx, g)
	}
	if err == nil {
		d.changedGroup(d.cmd, d.store, &before, g, affected)
	}
	return affected, err
}

func (d *inDatabase) DeleteGroup(ctx context.Context, g *account.Group) ([]account.Member, error) {
	deleted, affected, err := d.accounts(d.store).DeleteGroup(ctx, g.ID, 0, nil)
	if err != nil {
		return nil, err
	}
	*g = *deleted
	d.changedGroup(d.cmd, d.store, g, nil, affected)
	return affected, nil
}

func (d *inDatabase) EachMember(ctx context.Context, g *account.Group, do func(account.Member)) error {
	return eachPage(func(p paging.Page) (paging.Cursor, error) {
		members, cursor, err := d.store.Members(ctx, account.MemberFilter{GroupID: g.ID}, p)
		for _, m := range members {
			do(m)
		}
		return cursor, err
	})
}

func (d *inDatabase) CountMembers(ctx context.Context, g *account.Group) (paging.Count, error) {
	return d.store.CountMembers(ctx, account.MemberFilter{GroupID: g.ID})
}

func (d *inDatabase) AddMember(ctx context.Context, g *account.Group, u *account.User) error {
	now, added, err := d.accounts(d.store).AddMembers(ctx, g.ID, u.ID)
	if err == nil {
		d.changedMembers(d.cmd, d.store, now, added, true)
	}
	return err
}

func (d *inDatabase) RemoveMember(ctx context.Context, g *account.Group, u *account.User) (bool, error) {
	now, removed, err := d.accounts(d.store).RemoveMembers(ctx, g.ID, nil, u.ID)
	if err == nil {
		d.changedMembers(d.cmd, d.store, now, removed, false)
	}
	return len(removed) > 0, err
}

// groupRow is a group in a response.
type groupRow struct {
	groupOutput
	Version int64 `json:"version"`
}

func (r groupRow) group() *account.Group {
	return &account.Group{ID: r.ID, Name: r.Name, Description: r.Description, Roles: r.Roles, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Revision: r.Version}
}

func (a *atServer) Group(ctx context.Context, canonical string) (found *account.Group, err error) {
	err = eachOf(ctx, a.api, "groups", url.Values{"q": {canonical}}, func(r groupRow) error {
		if other, err := account.CanonicalGroup(r.Name); err == nil && other == canonical {
			found = r.group()
			return errEnough
		}
		return nil
	})
	return found, withoutAccounts(err)
}

func (a *atServer) EachGroup(ctx context.Context, search string, do func(*account.Group)) error {
	return withoutAccounts(eachOf(ctx, a.api, "groups", url.Values{"q": {search}}, func(r groupRow) error {
		do(r.group())
		return nil
	}))
}

// groupMembers returns the members of a group in a request.
func groupMembers(g *account.Group) map[string]any {
	return map[string]any{"name": g.Name, "description": g.Description, "roles": append(account.Roles{}, g.Roles...)}
}

func (a *atServer) AddGroup(ctx context.Context, g *account.Group) error {
	var added groupRow
	err := a.api.call(ctx, http.MethodPost, "groups", "", groupMembers(g), &added)
	if err == nil {
		*g = *added.group()
	}
	return withoutAccounts(err)
}

func (a *atServer) EditGroup(ctx context.Context, g *account.Group, change func(*account.Group)) (affected []account.Member, err error) {
	err = again(func() error {
		var before, saved groupRow
		if err := a.api.get(ctx, path("groups", g.ID), &before); err != nil {
			return err
		}
		after := *before.group()
		change(&after)
		if affected, err = a.roleMembers(ctx, before.group(), &after); err != nil {
			return err
		}
		err := a.api.call(ctx, http.MethodPatch, path("groups", g.ID), etag(before.Version), groupMembers(&after), &saved)
		if err == nil {
			*g = *saved.group()
		}
		return err
	})
	return affected, err
}

// DeleteGroup deletes a group, if it still has the version whose members are returned.
func (a *atServer) DeleteGroup(ctx context.Context, g *account.Group) (affected []account.Member, err error) {
	err = again(func() error {
		var before groupRow
		if err := a.api.get(ctx, path("groups", g.ID), &before); err != nil {
			return err
		}
		*g = *before.group()
		if affected, err = a.roleMembers(ctx, g, &account.Group{}); err != nil {
			return err
		}
		return a.api.call(ctx, http.MethodDelete, path("groups", g.ID), etag(before.Version), nil, nil)
	})
	return affected, err
}

// roleMembers returns the members who gain or lose a role by a change of a group.
func (a *atServer) roleMembers(ctx context.Context, before, after *account.Group) (members []account.Member, err error) {
	if before.Roles.String() == after.Roles.String() {
		return nil, nil
	}
	err = a.eachMember(ctx, before, func(m account.Member) error {
		members = append(members, m)
		return enough(len(members), account.MaxRoleMembers)
	})
	return members, err
}

// memberRow is a member of a group in a response.
type memberRow struct {
	memberOutput
	Person string `json:"person"`
}

func (a *atServer) eachMember(ctx context.Context, g *account.Group, do func(account.Member) error) error {
	return eachOf(ctx, a.api, path("groups", g.ID, "members"), nil, func(r memberRow) error {
		return do(account.Member{UserID: r.Person, Username: r.Username, Name: r.Name, Disabled: r.Disabled, AddedAt: r.AddedAt})
	})
}

func (a *atServer) EachMember(ctx context.Context, g *account.Group, do func(account.Member)) error {
	return a.eachMember(ctx, g, func(m account.Member) error {
		do(m)
		return nil
	})
}

// CountMembers reads as many members as fit into a few pages.
func (a *atServer) CountMembers(ctx context.Context, g *account.Group) (n paging.Count, err error) {
	const most = 1000
	err = a.eachMember(ctx, g, func(account.Member) error {
		if n.N == most {
			n.More = true
			return errEnough
		}
		n.N++
		return nil
	})
	return n, err
}

func (a *atServer) AddMember(ctx context.Context, g *account.Group, u *account.User) error {
	return a.api.call(ctx, http.MethodPost, path("groups", g.ID, "members"), "", map[string]any{"people": []string{u.ID}}, nil)
}

func (a *atServer) RemoveMember(ctx context.Context, g *account.Group, u *account.User) (bool, error) {
	err := a.api.call(ctx, http.MethodDelete, path("groups", g.ID, "members", u.ID), "", nil, nil)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
