package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// enabledMembers counts the enabled members of the group $1.
const enabledMembers = `SELECT count(*) FROM latchkey_member m JOIN latchkey_account a ON a.id = m.user_id WHERE m.group_id >= $1 AND m.group_id <= $1 AND a.disabled = 0`

// checkLastAdmin returns account.ErrLastAdmin if no enabled administrator would remain after people
// have left a group of administrators, or, without people, after all of them have. lockAccounts
// must have been called.
func (t *tx) checkLastAdmin(groupID string, people []string) error {
	list, err := textList(people)
	if err != nil {
		return err
	}
	var stay, leave, remains int64
	err = t.Row(`SELECT (`+enabledMembers+` AND NOT `+t.in("m.user_id", "$2")+`), (`+enabledMembers+` AND `+t.in("m.user_id", "$2")+`)`, groupID, list).Scan(&stay, &leave)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		stay, leave = 0, stay
	}
	if leave == 0 || stay > 0 {
		return nil
	}
	err = t.Row(`SELECT CASE WHEN `+unusedAccounts+` OR EXISTS (SELECT 1 FROM latchkey_account a WHERE a.admin = 1 AND a.disabled = 0)
		OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account a ON a.id = m.user_id WHERE g.admin = 1 AND a.disabled = 0 AND g.id <> $1)
		THEN 1 ELSE 0 END`, groupID).Scan(&remains)
	if err == nil && remains == 0 {
		err = account.ErrLastAdmin
	}
	return err
}

// checkAdminStays is checkLastAdmin after other people have joined.
func (t *tx) checkAdminStays(g *account.Group, join, leave []string) error {
	if !g.Roles.Has(account.RoleAdministrator) || len(leave) == 0 {
		return nil
	}
	list, err := textList(join)
	if err != nil {
		return err
	}
	var enabled int64
	if err := t.Row(`SELECT count(*) FROM latchkey_account WHERE disabled = 0 AND `+t.in("id", "$1"), list).Scan(&enabled); err != nil || enabled > 0 {
		return err
	}
	return t.checkLastAdmin(g.ID, leave)
}

// loseRole revokes all tokens of the members of a group with a role, and increments their login
// epochs. Such a group has at most MaxRoleMembers members.
func (t *tx) loseRole(groupID string, when time.Time) error {
	return t.endRole(`id IN (SELECT user_id FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1)`, groupID, when)
}

// endRole revokes all tokens of the people that a condition with the parameter $1 selects, and
// increments their login epochs.
func (t *tx) endRole(condition, argument string, when time.Time) error {
	if err := t.Exec(`UPDATE latchkey_account SET login_epoch = login_epoch + 1 WHERE `+condition, argument); err != nil {
		return err
	}
	return t.Exec(`INSERT INTO latchkey_subject (id, blocked, revoked_before) SELECT id, 0, $2 FROM latchkey_account WHERE `+condition+`
		ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before`, argument, ms(when))
}

// countMembers counts the members of a group, up to one more than most.
func (t *tx) countMembers(groupID string, most int) (n int, err error) {
	err = t.Row(fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1 LIMIT %d) AS counted`, most+1), groupID).Scan(&n)
	return n, err
}

// addMembers adds people to a group who are not members, as newMembers returns them.
func (t *tx) addMembers(g *account.Group, people []string, when time.Time) error {
	if len(people) == 0 {
		return nil
	}
	if err := t.insertMembers(g.ID, people, when); err != nil {
		return err
	}
	return t.countRevision(g.ID)
}

// insertMembers is addMembers without the revision of the group.
func (t *tx) insertMembers(groupID string, people []string, when time.Time) error {
	list, err := textList(people)
	if err == nil && len(people) > 0 {
		err = t.Exec(`UPDATE latchkey_account SET expires_at = 0 WHERE expires_at <> 0 AND `+t.in("id", "$1"), list)
	}
	if err != nil || len(people) == 0 {
		return err
	}
	return t.Exec(`INSERT INTO latchkey_member (group_id, user_id, added_at) SELECT $1, id, $3 FROM latchkey_account WHERE `+t.in("id", "$2")+` ON CONFLICT DO NOTHING`, groupID, list, ms(when))
}

// countRevision increments the revision of a group whose members have changed.
func (t *tx) countRevision(groupID string) error {
	return t.Exec(`UPDATE latchkey_group SET revision = revision + 1 WHERE id = $1`, groupID)
}

// newMembers returns which of the people are not members of a group yet, or an error if one of them
// cannot be added, after a number of members have left. It locks the accounts of all of them, so that
// none is deleted before the end of the transaction.
func (t *tx) newMembers(g *account.Group, people []string, left int) (added []string, err error) {
	if len(people) == 0 {
		return nil, nil
	}
	known, err := t.existing(people)
	if err != nil {
		return nil, err
	}
	for _, id := range people {
		if !known[id] {
			return nil, &account.MissingPersonError{ID: id}
		}
	}
	present, err := t.presentMembers(g, people)
	if err != nil {
		return nil, err
	}
	added = slices.DeleteFunc(slices.Clone(people), func(id string) bool { return present[id] })
	return added, t.checkLimits(g, added, left)
}

// checkLimits returns an error if a person would be in too many groups, or if a group would have too
// many members.
func (t *tx) checkLimits(g *account.Group, join []string, left int) error {
	list, err := textList(join)
	if err != nil || len(join) == 0 {
		return err
	}
	var full int64
	err = t.Row(fmt.Sprintf(`SELECT count(*) FROM (SELECT user_id FROM latchkey_member WHERE %s GROUP BY user_id HAVING count(*) >= %d) AS full_people`, t.in("user_id", "$1"), account.MaxGroups), list).Scan(&full)
	if err == nil && full > 0 {
		err = account.ErrManyGroups
	}
	if err != nil {
		return err
	}
	most := account.MaxMembers
	if len(g.Roles) > 0 {
		most = account.MaxRoleMembers
	}
	n, err := t.countMembers(g.ID, most)
	if err == nil && n-left+len(join) > most {
		err = account.ErrManyMembers
	}
	return err
}

// existing locks the accounts of people, and returns the IDs of those that exist.
func (t *tx) existing(people []string) (map[string]bool, error) {
	return t.selected(people, `SELECT id FROM latchkey_account WHERE `+t.in("id", "$1")+` ORDER BY id`+t.lock("UPDATE"))
}

// presentMembers returns which of the people are members of a group.
func (t *tx) presentMembers(g *account.Group, people []string) (map[string]bool, error) {
	return t.selected(people, `SELECT user_id AS id FROM latchkey_member WHERE group_id = $2 AND `+t.in("user_id", "$1"), g.ID)
}

// selected returns the IDs that a query finds. Its parameter $1 is the list of people. No ID
// contains a space.
func (t *tx) selected(people []string, query string, args ...any) (map[string]bool, error) {
	found := make(map[string]bool)
	list, err := textList(people)
	if err != nil || len(people) == 0 {
		return found, err
	}
	var ids string
	err = t.Row(`SELECT coalesce(string_agg(id, ' '), '') FROM (`+query+`) AS found`, append([]any{list}, args...)...).Scan(&ids)
	for id := range strings.FieldsSeq(ids) {
		found[id] = true
	}
	return found, err
}

// leaving returns the people who are members of a group.
func (t *tx) leaving(g *account.Group, people []string) (leave []string, err error) {
	present, err := t.presentMembers(g, people)
	for _, id := range people {
		if present[id] {
			leave = append(leave, id)
		}
	}
	return leave, err
}

// removeMembers removes members from a group. checkLastAdmin must have been called.
func (t *tx) removeMembers(g *account.Group, people []string, when time.Time) error {
	list, err := textList(people)
	if err != nil || len(people) == 0 {
		return err
	}
	if err := t.Exec(`DELETE FROM latchkey_member WHERE group_id = $1 AND `+t.in("user_id", "$2"), g.ID, list); err != nil {
		return err
	}
	if len(g.Roles) > 0 {
		if err := t.endRole(t.in("id", "$1"), list, t.notBefore(when)); err != nil {
			return err
		}
	}
	return t.countRevision(g.ID)
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
