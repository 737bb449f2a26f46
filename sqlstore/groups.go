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

// CreateGroup adds a group.
func (s *Store) CreateGroup(ctx context.Context, g *account.Group, canonical string) error {
	err := s.write(ctx, func(t *tx) error {
		added, err := t.Count(`INSERT INTO latchkey_group (id, name, canonical, description, admin, roles, created_at, updated_at, version, external_id, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 1) ON CONFLICT DO NOTHING`,
			g.ID, g.Name, canonical, g.Description, number(g.Roles.Has(account.RoleAdministrator)), joined(others(g.Roles)), ms(g.CreatedAt), ms(g.UpdatedAt), g.ExternalID)
		if err == nil && added == 0 {
			err = errConflict
		}
		return err
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

// enabledMembers counts the enabled members of the group $1, or only the account $2 among them.
const enabledMembers = `SELECT count(*) FROM latchkey_member m JOIN latchkey_account a ON a.id = m.user_id WHERE m.group_id >= $1 AND m.group_id <= $1 AND a.disabled = 0 AND ($2 = '' OR m.user_id = $2)`

// checkLastAdmin returns account.ErrLastAdmin if no enabled administrator would remain after people
// have left a group of administrators, or, without people, after all of them have. lockAccounts
// must have been called.
func (t *tx) checkLastAdmin(groupID string, people []string) error {
	var members, leaving, remains int64
	if err := t.Row(enabledMembers, groupID, "").Scan(&members); err != nil {
		return err
	}
	for _, id := range people {
		var n int64
		if err := t.Row(enabledMembers, groupID, id).Scan(&n); err != nil {
			return err
		}
		leaving += n
	}
	if len(people) == 0 {
		leaving = members
	}
	if leaving == 0 || leaving < members {
		return nil
	}
	err := t.Row(`SELECT CASE WHEN `+unusedAccounts+` OR EXISTS (SELECT 1 FROM latchkey_account a WHERE a.admin = 1 AND a.disabled = 0)
		OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account a ON a.id = m.user_id WHERE g.admin = 1 AND a.disabled = 0 AND g.id <> $1)
		THEN 1 ELSE 0 END`, groupID).Scan(&remains)
	if err == nil && remains == 0 {
		err = account.ErrLastAdmin
	}
	return err
}

// loseRole revokes all tokens of the members of a group with a role, and increments their login
// epochs. Such a group has at most MaxRoleMembers members.
func (t *tx) loseRole(groupID string, when time.Time) error {
	if err := t.Exec(`UPDATE latchkey_account SET login_epoch = login_epoch + 1 WHERE id IN (SELECT user_id FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1)`, groupID); err != nil {
		return err
	}
	return t.Exec(`INSERT INTO latchkey_subject (id, blocked, revoked_before) SELECT user_id, 0, $2 FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1
		ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before`, groupID, ms(when))
}

// countMembers counts the members of a group, up to one more than most.
func (t *tx) countMembers(groupID string, most int) (n int, err error) {
	err = t.Row(fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1 LIMIT %d) AS counted`, most+1), groupID).Scan(&n)
	return n, err
}

// AddMembers adds people to a group.
func (s *Store) AddMembers(ctx context.Context, groupID string, userIDs []string, when time.Time) (added []string, err error) {
	if when.IsZero() {
		return nil, errNoTime
	}
	err = s.changeGroup(ctx, groupID, func(t *tx, g *account.Group) error {
		if added, err = t.newMembers(g, userIDs, 0); err != nil {
			return err
		}
		return t.addMembers(g, added, when)
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// addMembers adds people to a group who are not members.
func (t *tx) addMembers(g *account.Group, people []string, when time.Time) error {
	for _, id := range people {
		kept, err := t.Count(`UPDATE latchkey_account SET expires_at = 0 WHERE id = $1`, id)
		if err == nil && kept == 0 {
			err = errNotFound // it was deleted after newMembers
		}
		if err != nil {
			return err
		}
	}
	for _, id := range people {
		if err := t.Exec(`INSERT INTO latchkey_member (group_id, user_id, added_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, g.ID, id, ms(when)); err != nil {
			return err
		}
	}
	if len(people) == 0 {
		return nil
	}
	return t.countRevision(g.ID)
}

// countRevision increments the revision of a group whose members have changed.
func (t *tx) countRevision(groupID string) error {
	return t.Exec(`UPDATE latchkey_group SET revision = revision + 1 WHERE id = $1`, groupID)
}

// newMembers returns which of the people are not members of a group yet, or an error if one of them
// cannot be added, after a number of members have left.
func (t *tx) newMembers(g *account.Group, userIDs []string, left int) (added []string, err error) {
	for _, id := range userIDs {
		var exists, member, groups int
		err := t.Row(`SELECT (SELECT count(*) FROM latchkey_account WHERE id = $2), (SELECT count(*) FROM latchkey_member WHERE group_id = $1 AND user_id = $2), (SELECT count(*) FROM latchkey_member WHERE user_id = $2)`, g.ID, id).
			Scan(&exists, &member, &groups)
		switch {
		case err != nil:
			return nil, err
		case exists == 0:
			return nil, errNotFound
		case member > 0:
			continue
		case groups >= account.MaxGroups:
			return nil, account.ErrManyGroups
		}
		added = append(added, id)
	}
	most := account.MaxMembers
	if len(g.Roles) > 0 {
		most = account.MaxRoleMembers
	}
	n, err := t.countMembers(g.ID, most)
	if err == nil && n-left+len(added) > most {
		err = account.ErrManyMembers
	}
	return added, err
}

// RemoveMembers removes people from a group.
func (s *Store) RemoveMembers(ctx context.Context, groupID string, userIDs []string, when time.Time) (removed []string, err error) {
	if when.IsZero() {
		return nil, errNoTime
	}
	err = s.changeGroup(ctx, groupID, func(t *tx, g *account.Group) error {
		if g.Roles.Has(account.RoleAdministrator) && len(userIDs) > 0 {
			if err := t.checkLastAdmin(groupID, userIDs); err != nil {
				return err
			}
		}
		removed, err = t.removeMembers(g, userIDs, when)
		return err
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// removeMembers removes people from a group, and returns the former members. checkLastAdmin
// must have been called.
func (t *tx) removeMembers(g *account.Group, people []string, when time.Time) (removed []string, err error) {
	for _, id := range people {
		n, err := t.Count(`DELETE FROM latchkey_member WHERE group_id = $1 AND user_id = $2`, g.ID, id)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		removed = append(removed, id)
		if len(g.Roles) == 0 {
			continue
		}
		if err := t.Exec(nextEpoch, id); err != nil {
			return nil, err
		}
		if err := t.revokeSubject(id, t.notBefore(when)); err != nil {
			return nil, err
		}
	}
	if len(removed) == 0 {
		return nil, nil
	}
	return removed, t.countRevision(g.ID)
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

// Members returns the members of a group.
func (s *Store) Members(ctx context.Context, f account.MemberFilter, p paging.Page) ([]account.Member, paging.Cursor, error) {
	l := members(f)
	l.filter("t.group_id = ?", f.GroupID) // at most account.MaxMembers rows
	return list(ctx, s, l, paging.Page{Limit: p.Limit, After: p.After, Before: p.Before, Last: p.Last}, func(m *account.Member) []any {
		return []any{&m.UserID, &m.Username, &m.Name, flag{&m.Disabled}, at{&m.AddedAt}}
	})
}

// CountMembers counts the members that Members returns.
func (s *Store) CountMembers(ctx context.Context, f account.MemberFilter) (paging.Count, error) {
	l := members(f).counted()
	l.group, l.value, l.own = "t.group_id", f.GroupID, f.Search == ""
	return s.count(ctx, l)
}

func members(f account.MemberFilter) listing {
	l := listing{
		query: `SELECT t.user_id, a.username, a.name, a.disabled, t.added_at FROM latchkey_member t JOIN latchkey_account a ON a.id = t.user_id`,
		key:   "a.canonical", id: "t.user_id",
	}
	l.search(f.Search, "a.username", "a.name", "a.email")
	return l
}
