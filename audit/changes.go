package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unrecorded are the members of an application that differ after every change, or
// mean nothing to people.
func unrecorded() []string {
	return []string{"version", "updated_at", "created_at", "credential_generation", "administrator_set", "document_fetched_at"}
}

// ClientChanges returns the members of the JSON form of an application that differ. before
// or after may be nil. The JSON form contains no secrets.
func ClientChanges(before, after *oauth.Client) []oauth.Change {
	members := clientMembers(after)
	if before == nil {
		delete(members, "revoked_before") // the Store sets it to the time of the creation
	}
	return differences(clientMembers(before), members)
}

func clientMembers(c *oauth.Client) map[string]string {
	if c == nil {
		return nil
	}
	members := membersOf(compact(c))
	for _, name := range unrecorded() {
		delete(members, name)
	}
	if c.RevokedBefore.IsZero() {
		delete(members, "revoked_before")
	}
	return members
}

// DefinitionChanges returns the values of a scope or a resource that differ. before or after may be
// nil.
func DefinitionChanges(before, after *oauth.Definition) []oauth.Change {
	return differences(definitionMembers(before), definitionMembers(after))
}

func definitionMembers(d *oauth.Definition) map[string]string {
	if d == nil {
		return nil
	}
	members := membersOf(string(d.Settings))
	if members == nil {
		members = make(map[string]string)
	}
	members[string(d.Kind)] = d.Name
	return members
}

// GroupDetails returns the details of a change of a group: its name, and the values that differ. before
// or after may be nil.
func GroupDetails(before, after *account.Group) oauth.EventDetails {
	named := after
	if named == nil {
		named = before
	}
	return oauth.EventDetails{TargetName: named.Name, Changes: GroupChanges(before, after)}
}

// MemberDetails returns the details of a change of the members of a group: a person was added, or
// removed.
func MemberDetails(g *account.Group, person string, added bool) oauth.EventDetails {
	return oauth.EventDetails{Person: person, TargetName: g.Name, Changes: memberChanges(g, added)}
}

// RevokedTokens returns the changes of a person whose API tokens with these IDs were revoked.
func RevokedTokens(ids ...string) (changes []oauth.Change) {
	for _, id := range ids {
		changes = append(changes, oauth.Change{Field: "api_token", Before: id, After: revoked})
	}
	return changes
}

// RoleDetails returns the details of a change of the roles of a group, or of its deletion, for one of the
// members. after is nil if the group was deleted.
func RoleDetails(before, after *account.Group, person string) oauth.EventDetails {
	if after == nil {
		return MemberDetails(before, person, false)
	}
	return oauth.EventDetails{Person: person, TargetName: after.Name, Changes: roleChanges(GroupChanges(before, after))}
}

// GroupChanges returns the values of a group that differ. before or after may be nil.
func GroupChanges(before, after *account.Group) []oauth.Change {
	return differences(groupMembers(before), groupMembers(after))
}

func groupMembers(g *account.Group) map[string]string {
	if g == nil {
		return nil
	}
	return map[string]string{"name": g.Name, "description": g.Description, fieldRoles: g.Roles.String(), "external_id": g.ExternalID}
}

// memberChanges returns what changes for a person who is added to a group, or removed from it: the
// group, and its roles.
func memberChanges(g *account.Group, added bool) []oauth.Change {
	changes := []oauth.Change{{Field: "group", Before: g.Name}}
	if len(g.Roles) > 0 {
		changes = append(changes, oauth.Change{Field: fieldRoles, Before: g.Roles.String()})
	}
	for i, c := range changes {
		if added {
			changes[i] = oauth.Change{Field: c.Field, After: c.Before}
		}
	}
	return changes
}

// What happened to an invitation.
const (
	InvitationCreated   = "created"
	InvitationSent      = "sent" // again
	InvitationWithdrawn = "withdrawn"
)

// InvitationChanges returns what happened to an invitation, and the roles of a new one.
func InvitationChanges(i account.Invitation, act string) []oauth.Change {
	changes := []oauth.Change{{Field: "invitation", After: act}}
	if len(i.Roles()) > 0 {
		changes = append(changes, oauth.Change{Field: fieldRoles, After: i.Roles().String()})
	}
	return changes
}

// UserChanges returns the values of a profile that differ, and the rights of the person.
// before or after may be nil.
func UserChanges(before, after *account.User) []oauth.Change {
	return differences(userMembers(before), userMembers(after))
}

func userMembers(u *account.User) map[string]string {
	if u == nil {
		return nil
	}
	members := make(map[string]string)
	for name, value := range membersOf(string(u.Claims)) {
		members["claims."+name] = value
	}
	for name, value := range map[string]string{"username": u.Username, "name": u.Name, "email": u.Email} {
		members[name] = value
	}
	for name, value := range map[string]bool{"admin": u.Admin, "disabled": u.Disabled, "email_verified": u.EmailVerified()} {
		if value {
			members[name] = "true"
		}
	}
	if len(u.OtherRoles) > 0 {
		members[fieldRoles] = u.OtherRoles.String()
	}
	if !u.DeleteAt.IsZero() {
		members["delete_at"] = u.DeleteAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return members
}

// membersOf returns the members of a JSON object as texts: a string without its quotes, and
// any other value as JSON.
func membersOf(object string) map[string]string {
	var raw map[string]json.RawMessage
	members := make(map[string]string)
	if json.Unmarshal([]byte(object), &raw) != nil {
		return members
	}
	for name, value := range raw {
		var text string
		if json.Unmarshal(value, &text) != nil {
			var short bytes.Buffer
			_ = json.Compact(&short, value) // it was just parsed
			text = short.String()
		}
		members[name] = text
	}
	return members
}

// differences compares members, sorted by their names.
func differences(before, after map[string]string) (changes []oauth.Change) {
	names := maps.Clone(before)
	if names == nil {
		names = make(map[string]string)
	}
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			changes = append(changes, oauth.Change{Field: name, Before: before[name], After: after[name]})
		}
	}
	return changes
}
