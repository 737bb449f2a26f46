package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
)

// mostMembersNamed is how many members of a group a message names.
const mostMembersNamed = 10

// rolesText returns roles as words of a sentence: "role auditor", or "roles operator, auditor".
func rolesText(roles account.Roles) string {
	if len(roles) == 1 {
		return "role " + roles.String()
	}
	return "roles " + roles.String()
}

// printRoleChange prints which roles the members of a group gain and lose by a change of the group.
func printRoleChange(w io.Writer, before, after *account.Group, members []account.Member) {
	if len(members) == 0 {
		return
	}
	names := make([]string, 0, mostMembersNamed)
	for _, m := range members[:min(len(members), mostMembersNamed)] {
		names = append(names, m.Username)
	}
	list := strings.Join(names, ", ")
	if more := len(members) - len(names); more > 0 {
		list = fmt.Sprintf("%s and %d more", list, more)
	}
	if gained := slices.DeleteFunc(slices.Clone(after.Roles), before.Roles.Has); len(gained) > 0 {
		row(w, fmt.Sprintf("Members who gained the %s (%d): %s", rolesText(gained), len(members), list))
	}
	if lost := slices.DeleteFunc(slices.Clone(before.Roles), after.Roles.Has); len(lost) > 0 {
		row(w, fmt.Sprintf("Members who lost the %s of this group (%d): %s", rolesText(lost), len(members), list))
	}
}

// printKeptRoles prints which roles a person has through groups, apart from their own roles.
func (c *command) printKeptRoles(w io.Writer, u *account.User) {
	for _, m := range u.Memberships {
		kept := slices.DeleteFunc(slices.Clone(m.Roles), u.OwnRoles().Has)
		if len(kept) > 0 {
			row(w, c.suggest(fmt.Sprintf("%s still has the %s through the group %s. To remove the person from the group: latchkey group members %s --remove %s", u.Username, rolesText(kept), m.Group, m.Group, u.Username)))
		}
	}
}

// rolesWithOrigin returns the roles of a person. A role that the person has through groups is followed
// by the names of these groups.
func rolesWithOrigin(u *account.User) string {
	var all []string
	for _, role := range u.Roles() {
		var groups []string
		for _, m := range u.Memberships {
			if m.Roles.Has(role) {
				groups = append(groups, m.Group)
			}
		}
		text := string(role)
		if len(groups) > 0 {
			text += " (through the group " + strings.Join(groups, ", ") + ")"
			if u.OwnRoles().Has(role) {
				text = string(role) + " (own role, and through the group " + strings.Join(groups, ", ") + ")"
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}
