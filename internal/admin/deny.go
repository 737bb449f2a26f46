package admin

import (
	"fmt"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// roleNames are the names of the roles in pages.
var roleNames = map[account.Role]ui.Text{
	account.RoleAdministrator: {"admin.role.administrator"},
	account.RoleOperator:      {"admin.role.operator"},
	account.RoleAuditor:       {"admin.role.auditor"},
}

// may reports whether the person has a permission, for a page.
func (p *Person) may(permission string) (bool, error) {
	needs := account.Permission(permission)
	if !needs.Valid() {
		return false, fmt.Errorf("admin: %q is not a permission", permission)
	}
	return p.Roles.Allow(needs), nil
}

// deny records that the person has no permission for the request, and returns the error
// that names the roles that have it.
func (r *request) deny(needs account.Permission) error {
	if r.b.OnEvent != nil {
		r.b.OnEvent(r.Context(), oauth.Event{
			Name: oauth.EventPermissionDenied, Kind: r.action(), Outcome: oauth.OutcomeDenied, Reason: string(needs),
			At: r.b.Clock(), Actor: r.me.ID, Target: r.PathValue("id"), Address: r.b.Address(r.Request),
		})
	}
	roles := account.RolesWith(needs)
	text := ui.Text{"admin.problem.denied", "user", r.me.Name, "role", roleList(roles)}
	if len(roles) > 1 {
		text = ui.Text{"admin.problem.denied_several", "user", r.me.Name, "roles", roleList(roles)}
	}
	return &ui.Problem{
		Status: http.StatusForbidden, Heading: ui.Text{"admin.problem.denied_heading"}, Text: text,
		Advice: ui.Text{"admin.problem.denied_advice"},
	}
}

// roleList returns the names of roles as one text.
func roleList(roles account.Roles) ui.Text {
	if len(roles) == 1 {
		return roleNames[roles[0]]
	}
	return ui.Text{"admin.role.list", "role", roleNames[roles[0]], "more", roleList(roles[1:])}
}
