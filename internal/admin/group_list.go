package admin

import (
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// groupList declares the list of groups.
func (b *office) groupList(r *request) (*list, error) {
	l := &list{
		section: "groups", path: "groups", title: ui.Text{"admin.section.groups"}, intro: ui.Text{"admin.group.intro"}, search: ui.Text{"admin.group.search"}, sort: "name",
		buttons: []listLink{{account.PeopleRoles, ui.Link{Text: ui.Text{"admin.group.add"}, URL: b.path("groups", "add"), Active: true}}},
		export:  account.PeopleExport,
		filters: []listFilter{{"role", ui.Text{"admin.group.roles"}, []listChoice{
			{"", ui.Text{"admin.common.all"}},
			{string(account.RoleAdministrator), ui.Text{"admin.user_list.administrators"}},
			{string(account.RoleOperator), ui.Text{"admin.user_list.operators"}},
			{string(account.RoleAuditor), ui.Text{"admin.user_list.auditors"}},
		}, true}},
		empty: ui.Text{"admin.group.none_yet"}, none: ui.Text{"admin.group.none"},
		count: func(q url.Values) (oauth.Count, error) { return b.Store.CountGroups(r.Context(), groupFilter(q)) },
	}
	return declare(l, []columnOf[*account.Group]{
		{"name", ui.Text{"admin.group.name"}, "name", "", func(g *account.Group) listCell {
			cell := listCell{Text: g.Name, URL: b.path("groups", g.ID)}
			for _, role := range g.Roles {
				cell.Badges = append(cell.Badges, listBadge{"", roleName(role)})
			}
			return cell
		}},
		{"id", nil, "", "", func(g *account.Group) listCell { return codeCell(g.ID) }},
		{"description", ui.Text{"admin.group.description"}, "", "p2", func(g *account.Group) listCell { return listCell{Text: g.Description} }},
		{"roles", nil, "", "", func(g *account.Group) listCell { return listCell{Text: g.Roles.String()} }},
		{"members", ui.Text{"admin.group.members"}, "", "p2", func(g *account.Group) listCell {
			return listCell{Words: ui.Text{"admin.group.number", "n", amount(g.Members)}}
		}},
		{"added", ui.Text{"admin.column.added"}, "created", "p3", func(g *account.Group) listCell { return timeCell(g.CreatedAt) }},
	}, func(g *account.Group) string { return g.ID }, func(q url.Values, p paging.Page) ([]*account.Group, paging.Cursor, error) {
		return b.Store.Groups(r.Context(), groupFilter(q), p)
	}), nil
}

func groupFilter(q url.Values) account.GroupFilter {
	return account.GroupFilter{Search: q.Get("q"), Role: account.Role(q.Get("role"))}
}

// memberList declares the list of the members of the group of the path.
func (b *office) memberList(r *request) (*list, error) {
	g, err := b.Store.Group(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	filter := func(q url.Values) account.MemberFilter {
		return account.MemberFilter{GroupID: g.ID, Search: q.Get("q")}
	}
	l := &list{
		section: "groups", path: "groups/" + g.ID, title: ui.Text{"admin.group.members"}, search: ui.Text{"admin.user_list.username_name_or"}, sort: "username",
		export: account.PeopleExport, empty: ui.Text{"admin.group.no_members"}, none: ui.Text{"admin.user_list.no_users_match"},
		count: func(q url.Values) (oauth.Count, error) { return b.Store.CountMembers(r.Context(), filter(q)) },
		field: "member",
		actions: []listAction{{
			name: "remove", text: ui.Text{"admin.group.remove"}, button: ui.Text{"admin.group.remove"}, explain: ui.Text{"admin.group.remove_text", "group", g.Name}, did: "removed", needs: account.PeopleRoles,
			heading: func(n int) ui.Text { return ui.Text{"admin.group.ask_remove", "n", n} },
			all:     func(n any) ui.Text { return ui.Text{"admin.group.ask_remove_all", "n", n} },
			act:     func(keys []string) error { return b.removeMembers(r, g.ID, keys) },
			skip:    func(key string) bool { return key == r.me.ID && len(g.Roles) > 0 },
		}},
	}
	return declare(l, []columnOf[account.Member]{
		{"username", ui.Text{"admin.column.username"}, "", "", func(m account.Member) listCell {
			cell := listCell{Text: m.Username, URL: b.path("users", m.UserID)}
			if m.Disabled {
				cell.Badges = []listBadge{{"off", ui.Text{"admin.common.disabled_2"}}}
			}
			return cell
		}},
		{"sub", nil, "", "", func(m account.Member) listCell { return codeCell(m.UserID) }},
		{"name", ui.Text{"admin.column.full_name"}, "", "p2", func(m account.Member) listCell { return listCell{Text: m.Name} }},
		{"added", ui.Text{"admin.column.added"}, "", "p2", func(m account.Member) listCell { return timeCell(m.AddedAt) }},
	}, func(m account.Member) string { return m.UserID }, func(q url.Values, p paging.Page) ([]account.Member, paging.Cursor, error) {
		return b.Store.Members(r.Context(), filter(q), p)
	}), nil
}
