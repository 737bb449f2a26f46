package sqlstore

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// selectInvitations selects the columns of storedInvitation. A creator that does not exist counts
// as disabled.
const selectInvitations = `SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), ` + memberships + `, coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0)` +
	` FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by`

// storedInvitation is an invitation with its creator: an account or a client, or neither.
type storedInvitation struct {
	account.InvitationRow
	creator    account.User // Disabled is also that of the client
	clientName string
	client     clientRole
	// revokedBefore is when everything that the creator had issued was revoked.
	revokedBefore time.Time
}

func (i *storedInvitation) fields() []any {
	return []any{
		&i.ID, &i.Email, &i.Note,
		flag{&i.Admin},
		&i.CreatedBy,
		at{&i.CreatedAt},
		at{&i.ExpiresAt},
		at{&i.UsedAt},
		at{&i.WithdrawnAt},
		words[account.Role]{(*[]account.Role)(&i.OtherRoles)},
		&i.Application, &i.Locale,
		text{&i.Username},
		text{&i.Creator},
		text{&i.clientName},
		flag{&i.creator.Admin},
		words[account.Role]{(*[]account.Role)(&i.creator.OtherRoles)},
		groupsOf{&i.creator.Memberships},
		flag{&i.creator.Disabled},
		&i.client,
		at{&i.revokedBefore},
	}
}

// row returns the invitation, and whether its creator still allows it.
func (i *storedInvitation) row() account.InvitationRow {
	roles := i.creator.Roles()
	if i.Application != "" {
		roles = account.Roles{i.client.Role}
	}
	if i.creator.Disabled || !i.CreatedAt.After(i.revokedBefore) {
		roles = nil
	}
	row := i.InvitationRow
	row.Creator, row.Lapsed = cmp.Or(i.Creator, i.clientName), !i.AllowedBy(roles)
	return row
}

// clientRole scans the role of a client from its settings.
type clientRole struct {
	Role account.Role `json:"admin_role"`
}

func (c *clientRole) Scan(value any) error {
	settings, _ := value.(string)
	*c = clientRole{}
	return json.Unmarshal([]byte(settings), c)
}

// shownStates is the condition of a state in a list, where an open invitation that its creator
// no longer allows counts as withdrawn (account.InvitationRow.State).
func (s *Store) shownStates(state account.InvitationState) string {
	condition := invitationStates[state]
	switch state {
	case account.InvitationOpen:
		return condition + " AND " + s.invitationAllowed()
	case account.InvitationWithdrawn:
		return "((" + condition + ") OR (" + invitationStates[account.InvitationOpen] + " AND NOT " + s.invitationAllowed() + "))"
	}
	return condition
}

// invitationAllowed is account.Invitation.AllowedBy as a condition for lists.
func (s *Store) invitationAllowed() string {
	gives := func(has func(account.Permission) string) string {
		return `disabled = 0 AND ` + has(account.PeopleInvite) + ` AND ((t.admin = 0 AND t.roles = '') OR ` + has(account.PeopleRoles) + `)`
	}
	return `((t.created_by = '' AND t.application = '') OR EXISTS (SELECT 1 FROM latchkey_account c WHERE c.id = t.created_by AND c.` + gives(accountAllows) +
		` AND NOT EXISTS (SELECT 1 FROM latchkey_subject s WHERE s.id = t.created_by AND s.revoked_before >= t.created_at)` +
		`) OR EXISTS (SELECT 1 FROM latchkey_client c WHERE c.id = t.application AND c.revoked_before < t.created_at AND c.` + gives(s.clientAllows) + `))`
}

// accountAllows is the condition that the account c, or one of its groups, has a role with a
// permission for all objects.
func accountAllows(p account.Permission) string {
	return anyRole(p, func(role account.Role) string {
		has := func(alias string) string {
			if role == account.RoleAdministrator {
				return alias + ".admin = 1"
			}
			return "(' ' || " + alias + ".roles || ' ') LIKE '% " + string(role) + " %'"
		}
		return has("c") + " OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND " + has("g") + ")"
	})
}

// clientAllows is the condition that the client c has such a role.
func (s *Store) clientAllows(p account.Permission) string {
	return anyRole(p, func(role account.Role) string { return s.settingIs("c.settings", "admin_role", `"`+string(role)+`"`) })
}

// anyRole joins the conditions of the roles with a permission.
func anyRole(p account.Permission, condition func(account.Role) string) string {
	conditions := []string{"1 = 0"}
	for _, role := range account.RolesWith(p) {
		conditions = append(conditions, condition(role))
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}
