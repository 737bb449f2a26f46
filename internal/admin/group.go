package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A groupPage shows a group with its members, and a form that adds people.
type groupPage struct {
	Group   account.Group        // the group
	Table   listView             // its members
	History auditHistory         // the newest records about the group
	People  string               // the usernames in the form, one per line
	Errors  map[string][]ui.Text // messages, by field
}

// Summary returns the errors of the form.
func (p *groupPage) Summary() ui.Summary { return summaryOf(p.Errors, "people") }

// groupShow shows a group.
func (b *office) groupShow(r *request) error { return b.showGroup(r, http.StatusOK, groupPage{}) }

func (b *office) showGroup(r *request, status int, page groupPage) error {
	g, err := b.Store.Group(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l, err := b.memberList(r)
	if err != nil {
		return err
	}
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	if page.History, err = b.historyOf(r, audit.Filter{Target: g.ID}, "target", g.ID); err != nil {
		return err
	}
	page.Group, page.Table = *g, *view
	r.render(status, "group_show", ui.Plain(g.Name), "groups", &page)
	return nil
}

// membersAdd adds people to a group. If one of the names is wrong, nobody is added.
func (b *office) membersAdd(r *request) error {
	if _, err := b.Store.Group(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	page := groupPage{People: r.PostForm.Get("people")}
	var g *account.Group
	ids, err := b.peopleNamed(r, page.People)
	if err == nil {
		g, ids, err = b.Accounts.AddMembers(r.Context(), r.PathValue("id"), ids...)
	}
	if faults, invalid := errors.AsType[validate.FieldErrors](err); invalid {
		page.Errors = textsOf(faults)
		return b.showGroup(r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	r.reportMembers(g, ids, true)
	return r.goTo("members-added", "groups", g.ID)
}

// peopleNamed returns the IDs of people whose usernames are in a text, one per line or separated by
// spaces.
func (b *office) peopleNamed(r *request, text string) (ids []string, err error) {
	names := strings.Fields(text)
	if len(names) == 0 {
		return nil, validate.Field("people", "Enter at least one username.").WithCode("group_nobody")
	}
	if len(names) > account.MaxGroupChanges {
		return nil, validate.Field("people", "Enter at most %d usernames at once.", account.MaxGroupChanges).WithCode("group_many", "n", account.MaxGroupChanges)
	}
	var unknown []string
	for _, name := range names {
		canonical, invalid := account.CanonicalUsername(name)
		u, err := b.Store.UserByName(r.Context(), canonical)
		switch {
		case invalid != nil, errors.Is(err, account.ErrNotFound):
			unknown = append(unknown, name)
		case err != nil:
			return nil, err
		default:
			ids = append(ids, u.ID)
		}
	}
	if len(unknown) > 0 {
		names := fmt.Sprintf("%.200s", strings.Join(unknown, ", "))
		return nil, validate.Field("people", "These usernames do not exist: %s. Nobody was added. Check the spelling.", names).WithCode("group_unknown", "names", names)
	}
	return ids, nil
}

// removeMembers removes people from a group.
func (b *office) removeMembers(r *request, groupID string, ids []string) error {
	g, removed, err := b.Accounts.RemoveMembers(r.Context(), groupID, func(g *account.Group) error {
		if len(g.Roles) > 0 && slices.Contains(ids, r.me.ID) {
			return errSelf
		}
		return nil
	}, ids...)
	if err == nil {
		r.acted.done += len(removed)
		r.acted.already += len(ids) - len(removed)
		r.reportMembers(g, removed, false)
	}
	return err
}

// reportMembers reports a change of the members of a group for each person, so that it is in
// the history of the person.
func (r *request) reportMembers(g *account.Group, ids []string, added bool) {
	r.reported = true
	for _, id := range ids {
		r.report(g.ID, audit.MemberDetails(g, id, added))
	}
}

// reportRoles reports a change of the roles of a group, or its deletion, for each of the people who
// thereby gain or lose a role.
func (r *request) reportRoles(before, after *account.Group, affected []account.Member) {
	for _, m := range affected {
		r.report(before.ID, audit.RoleDetails(before, after, m.UserID))
	}
}

// A groupForm is the form of a group.
type groupForm struct {
	New    bool                 // the group does not exist yet
	Group  account.Group        // the values of the fields
	Own    bool                 // the administrator has a role through the group, so its roles are fixed
	Errors map[string][]ui.Text // messages, by field
}

// Summary returns the errors of the form.
func (f *groupForm) Summary() ui.Summary {
	return summaryOf(f.Errors, "name", "description", "roles")
}

// Choices returns all roles, for the boxes of the form.
func (f *groupForm) Choices() (choices []roleChoice) {
	for _, role := range account.AllRoles() {
		choices = append(choices, roleChoice{role, roleNames[role], roleTexts[role], f.Group.Roles.Has(role)})
	}
	return choices
}

// MaxRoleMembers is the number of members that a group with a role can have.
func (f *groupForm) MaxRoleMembers() int { return account.MaxRoleMembers }

func (r *request) showGroupForm(status int, f *groupForm) {
	title := ui.Text{"admin.group.add"}
	if !f.New {
		title = ui.Text{"admin.title.edit", "name", f.Group.Name}
	}
	r.render(status, "group_form", title, "groups", f)
}

// read reads the fields of the form.
func (f *groupForm) read(r *request) {
	f.Group.Name, f.Group.Description = r.PostForm.Get("name"), r.PostForm.Get("description")
	f.Group.Revision, _ = strconv.ParseInt(r.PostForm.Get("revision"), 10, 64) // without one, no stored group matches
	if !f.Own {
		f.Group.Roles = rolesIn(r.PostForm["role"])
	}
}

// groupAdd shows an empty form.
func (b *office) groupAdd(r *request) error {
	r.showGroupForm(http.StatusOK, &groupForm{New: true})
	return nil
}

// groupCreate adds a group.
func (b *office) groupCreate(r *request) error {
	f := &groupForm{New: true}
	f.read(r)
	err := b.Accounts.CreateGroup(r.Context(), &f.Group)
	if r.wrongGroup(f, err) {
		return nil
	}
	if err != nil {
		return err
	}
	r.target, r.details = f.Group.ID, audit.GroupDetails(nil, &f.Group)
	return r.goTo("group-added", "groups", f.Group.ID)
}

// groupForm returns the group of the path with its form.
func (b *office) groupForm(r *request) (*account.Group, *groupForm, error) {
	g, err := b.Store.Group(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	own, err := b.Acts.HasRoleBy(r.Context(), r.me.ID, g)
	return g, &groupForm{Group: *g, Own: own}, err
}

// groupEdit shows the form of a group.
func (b *office) groupEdit(r *request) error {
	_, f, err := b.groupForm(r)
	if err == nil {
		r.showGroupForm(http.StatusOK, f)
	}
	return err
}

// askGroup returns whether an administrator has to confirm that the members of a group lose roles,
// because that revokes what was issued to them. Saving a form that is out of date fails, so it
// needs no question.
func (b *office) askGroup(r *request) (bool, error) {
	before, f, err := b.groupForm(r)
	if err != nil {
		return false, err
	}
	f.read(r)
	lost := slices.DeleteFunc(slices.Clone(before.Roles), f.Group.Roles.Has)
	if len(lost) == 0 || f.Group.Revision != before.Revision {
		return false, nil
	}
	n, err := b.Store.CountMembers(r.Context(), account.MemberFilter{GroupID: before.ID})
	if err != nil || n.N == 0 {
		return false, err
	}
	return r.ask("groups", question{
		Heading: ui.Text{"admin.group.ask_roles", "n", amount(n), "group", before.Name}, Text: ui.Text{"admin.group.ask_roles_text", "roles", roleList(lost)},
		Button: ui.Text{"button.save"}, Cancel: b.path("groups", before.ID, "edit"),
	})
}

// groupUpdate saves a group. Administrators cannot change a role that they have through the group.
func (b *office) groupUpdate(r *request) error {
	before, f, err := b.groupForm(r)
	if err != nil {
		return err
	}
	f.read(r)
	affected, err := b.Accounts.RoleMembers(r.Context(), before, &f.Group)
	if err != nil {
		return err
	}
	err = b.Accounts.UpdateGroup(r.Context(), &f.Group)
	if r.wrongGroup(f, err) {
		return nil
	}
	if err != nil {
		return err
	}
	r.details = audit.GroupDetails(before, &f.Group)
	r.reportRoles(before, &f.Group, affected)
	return r.goTo("saved", "groups", before.ID)
}

// wrongGroup shows the form again if err is about its fields. It reports whether it showed the form.
func (r *request) wrongGroup(f *groupForm, err error) bool {
	faults, invalid := errors.AsType[validate.FieldErrors](err)
	if invalid {
		f.Errors = textsOf(faults)
		r.showGroupForm(http.StatusUnprocessableEntity, f)
	}
	return invalid
}

// textsOf returns the messages of faults by field.
func textsOf(faults validate.FieldErrors) map[string][]ui.Text {
	texts := make(map[string][]ui.Text)
	for _, fault := range faults {
		field := cmp.Or(fault.Field, "name")
		texts[field] = append(texts[field], faultText(fault))
	}
	return texts
}

// A groupDeletePage asks before a group is deleted.
type groupDeletePage struct {
	Group   account.Group // the group
	Members oauth.Count   // how many people are in it
	Own     bool          // the administrator has a role through the group, and cannot delete it
}

// groupConfirmDelete shows what is deleted with a group.
func (b *office) groupConfirmDelete(r *request) error {
	g, f, err := b.groupForm(r)
	if err != nil {
		return err
	}
	n, err := b.Store.CountMembers(r.Context(), account.MemberFilter{GroupID: g.ID})
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "group_delete", ui.Text{"admin.title.delete", "app", g.Name}, "groups", groupDeletePage{*g, n, f.Own})
	return nil
}

// groupDelete deletes a group.
func (b *office) groupDelete(r *request) error {
	g, affected, err := b.Accounts.DeleteGroup(r.Context(), r.PathValue("id"), 0, func(g *account.Group) error {
		own, err := b.Acts.HasRoleBy(r.Context(), r.me.ID, g)
		if err == nil && own {
			err = errSelf
		}
		return err
	})
	if err != nil {
		return err
	}
	r.details = audit.GroupDetails(g, nil)
	r.reportRoles(g, nil, affected)
	return r.goTo("group-deleted", "groups")
}
