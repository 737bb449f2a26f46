package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

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

// roleTexts say for whom the roles are.
var roleTexts = map[account.Role]ui.Text{
	account.RoleAdministrator: {"admin.role.administrator_text"},
	account.RoleOperator:      {"admin.role.operator_text"},
	account.RoleAuditor:       {"admin.role.auditor_text"},
}

// roleName returns the name of a role for a page. A role of a later release has only its
// identifier.
func roleName(role account.Role) ui.Text {
	if name := roleNames[role]; name != nil {
		return name
	}
	return ui.Plain(string(role))
}

// may reports whether the person has a permission, for a page.
func (p *Person) may(permission string) (bool, error) {
	needs := account.Permission(permission)
	if !needs.Valid() {
		return false, fmt.Errorf("admin: %q is not a permission", permission)
	}
	return p.Roles.Allow(needs), nil
}

// need returns an error unless the person has the permission and, if it is sensitive, has
// confirmed their identity in the last minutes. The error is errAsked if the request was
// answered with a page that asks for the confirmation; the form is sent again afterwards.
func (r *request) need(p account.Permission) error {
	if !r.me.Roles.Allow(p) {
		return r.deny(p)
	}
	r.guard(p)
	if !p.Sensitive() {
		return nil
	}
	asked, err := r.b.Confirm(r.w, r.Request, r.returnPath())
	if err == nil && asked {
		return errAsked
	}
	return err
}

// needToAdmit returns an error if an application has access to the admin API, and the person cannot
// give such access. An act that makes its credentials valid needs it.
func (r *request) needToAdmit(c *oauth.Client) error {
	if !c.Administers() {
		return nil
	}
	return r.need(account.PeopleRoles)
}

// protect rejects changes to a person who has a role if they are made by people who cannot
// give roles. Otherwise, an operator could lock administrators out. guard repeats the check in the
// transaction of the change.
func (r *request) protect() error {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.action(), "users/{id}") || r.me.Roles.Allow(account.PeopleRoles) {
		return nil
	}
	u, err := r.b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if len(u.Roles()) > 0 {
		return r.deny(account.PeopleRoles)
	}
	return nil
}

// guard makes the changes of the request depend on a permission, which the person must still
// have at the moment of the change, and on the roles that the changed person has then. The roles
// of the people of a host program are known only to the host.
func (r *request) guard(needs account.Permission) {
	if r.me == nil || !r.b.OwnLogin || r.Method != http.MethodPost {
		return
	}
	g, _ := account.GuardOf(r.Context())
	g.Actor, g.Needs = r.me.ID, append(slices.Clone(g.Needs), needs)
	if strings.HasPrefix(r.action(), "users/{id}") {
		g.Person = r.PathValue("id")
	}
	r.Request = r.WithContext(account.WithGuard(r.Context(), g))
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
