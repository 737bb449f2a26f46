package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// memberships is a column with the groups of the account a: for each the roles, separated by
// commas, a colon, and the name, which contains no space. It is part of each statement that reads a
// person, so that the roles of a person never need a statement of their own.
// The line break before FROM is needed: in a listing, the first " FROM " is that of the table.
const memberships = `coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '')`

// groupsOf reads this column.
type groupsOf struct{ to *[]account.Membership }

func (g groupsOf) Scan(value any) error {
	v, ok := value.(string)
	if !ok {
		return fmt.Errorf("memberships are %T", value)
	}
	*g.to = nil
	for word := range strings.FieldsSeq(v) {
		roles, name, _ := strings.Cut(word, ":")
		m := account.Membership{Group: name}
		for _, role := range account.AllRoles() {
			if slices.Contains(strings.Split(roles, ","), string(role)) {
				m.Roles = append(m.Roles, role)
			}
		}
		*g.to = append(*g.to, m)
	}
	slices.SortFunc(*g.to, func(a, b account.Membership) int { return strings.Compare(a.Group, b.Group) })
	return nil
}

// groupColumns end with the number of members, which is read up to a bound. The members of a group
// are selected as a range of the primary key. Otherwise, a planner that expects most rows to be in
// one group would read the whole table to find the members of another group.
var groupColumns = fmt.Sprintf(`t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT %d) AS counted)`, account.MostMembersCounted+1)

func groupFields(g *account.Group) []any {
	return []any{&g.ID, &g.Name, &g.Description, administers{&g.Roles}, otherRoles{&g.Roles}, at{&g.CreatedAt}, at{&g.UpdatedAt}, &g.ExternalID, &g.Revision, memberCount{&g.Members}}
}

// administers reads whether the members of a group are administrators. It is before otherRoles.
type administers struct{ to *account.Roles }

func (a administers) Scan(value any) error {
	var admin bool
	err := flag{&admin}.Scan(value)
	if *a.to = nil; admin {
		*a.to = account.Roles{account.RoleAdministrator}
	}
	return err
}

// otherRoles reads the other roles of a group.
type otherRoles struct{ to *account.Roles }

func (o otherRoles) Scan(value any) error {
	var others []account.Role
	err := words[account.Role]{&others}.Scan(value)
	*o.to = append(*o.to, others...)
	return err
}

// memberCount reads a number of members.
type memberCount struct{ to *paging.Count }

func (m memberCount) Scan(value any) error {
	n, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a number of members is %T", value)
	}
	*m.to = paging.Count{N: int(min(n, account.MostMembersCounted)), More: n > account.MostMembersCounted}
	return nil
}

// CreateGroup adds a group with its members.
func (s *Store) CreateGroup(ctx context.Context, g *account.Group, canonical string, members []string) error {
	err := s.write(ctx, func(t *tx) error {
		if len(members) > 0 {
			if err := t.lockAccounts(); err != nil {
				return err
			}
		}
		join, err := t.newMembers(g, members, 0)
		if err != nil {
			return err
		}
		added, err := t.Count(`INSERT INTO latchkey_group (id, name, canonical, description, admin, roles, created_at, updated_at, version, external_id, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 1) ON CONFLICT DO NOTHING`,
			g.ID, g.Name, canonical, g.Description, number(g.Roles.Has(account.RoleAdministrator)), joined(others(g.Roles)), ms(g.CreatedAt), ms(g.UpdatedAt), g.ExternalID)
		if err == nil && added == 0 {
			err = errConflict
		}
		if err != nil {
			return err
		}
		return t.insertMembers(g.ID, join, g.CreatedAt)
	})
	if err == nil {
		g.Revision = 1
	}
	return err
}

// others returns the roles without RoleAdministrator.
func others(roles account.Roles) account.Roles {
	return slices.DeleteFunc(slices.Clone(roles), func(r account.Role) bool { return r == account.RoleAdministrator })
}

// UpdateGroup saves a group.
func (s *Store) UpdateGroup(ctx context.Context, g *account.Group, canonical string) error {
	err := s.changeGroup(ctx, g.ID, func(t *tx, before *account.Group) error {
		loses := slices.ContainsFunc(before.Roles, func(r account.Role) bool { return !g.Roles.Has(r) })
		if len(g.Roles) > 0 {
			if n, err := t.countMembers(g.ID, account.MaxRoleMembers); err != nil || n > account.MaxRoleMembers {
				return cmp.Or(err, account.ErrManyMembers)
			}
		}
		if before.Revision == g.Revision && before.Roles.Has(account.RoleAdministrator) && !g.Roles.Has(account.RoleAdministrator) {
			if err := t.checkLastAdmin(g.ID, nil); err != nil {
				return err
			}
		}
		changed, err := t.Count(`UPDATE latchkey_group SET name = $2, canonical = $3, description = $4, admin = $5, roles = $6, updated_at = $7, version = version + 1, revision = revision + 1
			WHERE id = $1 AND revision = $8 AND NOT EXISTS (SELECT 1 FROM latchkey_group other WHERE other.canonical = $3 AND other.id <> $1)`,
			g.ID, g.Name, canonical, g.Description, number(g.Roles.Has(account.RoleAdministrator)), joined(others(g.Roles)), ms(g.UpdatedAt), g.Revision)
		if err == nil && changed == 0 {
			err = errConflict
		}
		if err == nil && loses {
			err = t.loseRole(g.ID, t.notBefore(g.UpdatedAt))
		}
		return err
	})
	if err == nil {
		g.Revision++
	}
	return err
}

// DeleteGroup deletes a group.
func (s *Store) DeleteGroup(ctx context.Context, id string, revision int64, when time.Time) error {
	if when.IsZero() {
		return errNoTime
	}
	return s.changeGroup(ctx, id, func(t *tx, before *account.Group) error {
		if revision != 0 && before.Revision != revision { // the accounts are locked
			return errConflict
		}
		if before.Roles.Has(account.RoleAdministrator) {
			if err := t.checkLastAdmin(id, nil); err != nil {
				return err
			}
		}
		if len(before.Roles) > 0 {
			if err := t.loseRole(id, t.notBefore(when)); err != nil {
				return err
			}
		}
		if err := t.Exec(`DELETE FROM latchkey_group WHERE id = $1`, id); err != nil {
			return err
		}
		return t.Exec(`DELETE FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1`, id)
	})
}

// changeGroup locks the accounts, so that no other change of memberships or roles runs at the same
// time, and calls change with the group. change must check everything before it writes anything.
func (s *Store) changeGroup(ctx context.Context, id string, change func(*tx, *account.Group) error) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil {
			return err
		}
		before := new(account.Group)
		if err := t.Row(`SELECT `+groupColumns+` FROM latchkey_group t WHERE t.id = $1`, id).Scan(groupFields(before)...); err != nil {
			return err
		}
		if account.OnlyOrdinaryGroups(ctx) && len(before.Roles) > 0 {
			return account.ErrForbidden
		}
		return change(t, before)
	})
}

// Group returns the group with the ID.
func (s *Store) Group(ctx context.Context, id string) (*account.Group, error) {
	return s.group(ctx, `t.id`, id)
}

// GroupByName returns the group with the canonical name.
func (s *Store) GroupByName(ctx context.Context, canonical string) (*account.Group, error) {
	return s.group(ctx, `t.canonical`, canonical)
}

// GroupByExternalID returns the group with the external ID.
func (s *Store) GroupByExternalID(ctx context.Context, externalID string) (*account.Group, error) {
	return s.group(ctx, `t.external_id <> '' AND t.external_id`, externalID)
}

func (s *Store) group(ctx context.Context, column, key string) (*account.Group, error) {
	g := new(account.Group)
	if err := s.row(ctx, `SELECT `+groupColumns+` FROM latchkey_group t WHERE `+column+` = $1`, key).Scan(groupFields(g)...); err != nil {
		return nil, err
	}
	return g, nil
}

// Groups returns groups, sorted by "name" (the default) or "created".
func (s *Store) Groups(ctx context.Context, f account.GroupFilter, p paging.Page) ([]*account.Group, paging.Cursor, error) {
	l := groups(f)
	if p.Sort == "created" {
		l.key = "t.created_at"
	}
	rows, cursor, err := list(ctx, s, l, p, groupFields)
	return pointers(rows), cursor, err
}

// CountGroups counts the groups that Groups returns.
func (s *Store) CountGroups(ctx context.Context, f account.GroupFilter) (paging.Count, error) {
	return s.count(ctx, groups(f).counted())
}

func groups(f account.GroupFilter) listing {
	l := listing{query: `SELECT ` + groupColumns + ` FROM latchkey_group t`, key: "t.canonical", id: "t.id"}
	l.search(f.Search, "t.name", "t.description")
	switch f.Role {
	case "":
	case account.RoleAdministrator:
		l.where = append(l.where, "t.admin = 1")
	default:
		l.filter(holds("' ' || t.roles || ' '"), pattern(" "+string(f.Role)+" "))
	}
	if f.Member != "" {
		l.filter("t.id IN (SELECT group_id FROM latchkey_member WHERE user_id = ?)", f.Member)
	}
	return l
}
