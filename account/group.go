package account

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Limits of groups.
const (
	MaxGroups       = 100    // in how many groups a person can be
	MaxMembers      = 20_000 // how many people a group can have
	MaxRoleMembers  = 200    // how many people a group with a role can have
	MaxGroupChanges = 100    // how many people a call can add to a group or remove from it
	MaxRevised      = 2000   // how many people Accounts.CreateGroup and Accounts.ReviseGroup can add to a group or remove from it
	maxDescription  = 500    // bytes
)

// A Group is a named set of people. The groups claim of each member contains its name, and each
// member has its roles.
type Group struct {
	ID   string // never changes, and is never assigned to another group
	Name string // as it was typed; names are compared in their canonical form
	// Description is for administrators, and may be empty.
	Description string
	Roles       Roles     // in the order of AllRoles
	CreatedAt   time.Time // when the group was added
	UpdatedAt   time.Time // when it was last changed, apart from its members
	// ExternalID identifies the group in a directory, or is empty. Two groups cannot have the same
	// one. UpdateGroup does not change it.
	ExternalID string
	// Revision is incremented by each change, including changes of its members. Only a Store
	// sets it.
	Revision int64
	// Members is the number of members, up to MostMembersCounted. Only a Store sets it.
	Members paging.Count
}

// Gains reports whether the group has a role that it did not have before.
func (g *Group) Gains(before *Group) bool {
	return slices.ContainsFunc(g.Roles, func(r Role) bool { return !before.Roles.Has(r) })
}

// MostMembersCounted is the number up to which the members of a group in a list are counted.
const MostMembersCounted = 100

// A GroupRevision describes changes of a group that are made together. Without a Revision, they
// apply to the group as it is, so only the values that change are saved.
type GroupRevision struct {
	Group      *Group    // has the ID, and the values that are saved
	Renames    bool      // the name is saved
	Identifies bool      // the external ID is saved
	Canonical  string    // the canonical name. Accounts.ReviseGroup sets it
	Revision   int64     // the Revision that the group must have, or zero
	SameRoles  bool      // the group must have the roles of Group
	Join       []string  // the IDs of people who become members; present members stay
	Leave      []string  // the IDs of people who are no longer members. None of them is in Join
	At         time.Time // when the change is made. Accounts.ReviseGroup sets it
}

// RevisedMembers are the IDs of the people who were added to a group and removed from it.
type RevisedMembers struct{ Joined, Left []string }

// A Membership is a group of a person.
type Membership struct {
	Group string // the name
	Roles Roles  // those of the group
}

// GroupFilter selects groups. Zero fields match all groups.
type GroupFilter struct {
	// Search matches a part of the name or the description, case-insensitively.
	Search string
	Role   Role   // one of the roles of the group
	Member string // the ID of a member
}

// MemberFilter selects members of a group.
type MemberFilter struct {
	GroupID string // the ID of the group
	// Search matches a part of the username, name or email address, case-insensitively.
	Search string
}

// A Member is a person in a group.
type Member struct {
	UserID   string    // the ID of the person
	Username string    // the name with which the person logs in
	Name     string    // the full name
	Disabled bool      // the person cannot log in
	AddedAt  time.Time // when the person was added to the group
}

// A GroupStore stores groups. Its changes to groups with a role follow the rules of UpdateUser:
// an enabled administrator must remain. If a person loses a role, the change increments the
// LoginEpoch of the person and revokes all of their tokens.
type GroupStore interface {
	// CreateGroup adds a group with its members, or nothing. It returns ErrConflict if the ID, the
	// canonical name or the external ID is taken, and otherwise the errors of ReviseGroup.
	CreateGroup(ctx context.Context, g *Group, canonical string, members []string) error
	// UpdateGroup saves the name, the description, the roles and UpdatedAt of a group, and
	// increments g.Revision. It returns ErrNotFound if the group does not exist, ErrConflict if the
	// stored revision differs from g.Revision or the canonical name is taken, ErrManyMembers if the
	// group has a role and more than MaxRoleMembers members, and ErrLastAdmin. So a person who
	// has joined in the meantime does not get a new role.
	UpdateGroup(ctx context.Context, g *Group, canonical string) error
	// DeleteGroup deletes a group and its memberships. It returns ErrNotFound, ErrLastAdmin, or
	// ErrConflict if revision is not zero and differs from the stored one.
	DeleteGroup(ctx context.Context, id string, revision int64, at time.Time) error
	// ReviseGroup makes all changes of r to a group and its members, or none. Present members stay, and
	// the ExpiresAt of new members is set to zero. It returns ErrNotFound if the group does not exist, a
	// *MissingPersonError if a person who joins does not exist, ErrConflict if r.Revision is not zero and
	// the stored one differs, or r.SameRoles is set and the stored roles differ, or if the canonical name or the external ID is taken, ErrManyMembers if the
	// group would have more than MaxMembers members, or more than MaxRoleMembers and a role, ErrManyGroups if
	// a person would be in more than MaxGroups groups, and ErrLastAdmin. It sets the name, the external ID
	// and the Revision of r.Group to those that are stored.
	ReviseGroup(ctx context.Context, r GroupRevision) (RevisedMembers, error)
	// Group returns the group with the ID, or ErrNotFound.
	Group(ctx context.Context, id string) (*Group, error)
	// GroupByExternalID returns the group with the external ID, or ErrNotFound.
	GroupByExternalID(ctx context.Context, externalID string) (*Group, error)
	// GroupByName returns the group with the canonical name, or ErrNotFound.
	GroupByName(ctx context.Context, canonical string) (*Group, error)
	// Groups returns a page of the groups that the filter selects, sorted by "name" (the default)
	// or "created".
	Groups(ctx context.Context, f GroupFilter, p paging.Page) ([]*Group, paging.Cursor, error)
	// CountGroups returns the number of groups that Groups returns. It reads at most
	// paging.MostCounted groups.
	CountGroups(ctx context.Context, f GroupFilter) (paging.Count, error)

	// Members returns a page of the members of a group, by their usernames.
	Members(ctx context.Context, f MemberFilter, p paging.Page) ([]Member, paging.Cursor, error)
	// CountMembers returns the number of members that Members returns. It reads at most
	// paging.MostCounted members.
	CountMembers(ctx context.Context, f MemberFilter) (paging.Count, error)
}

// CanonicalGroup returns the form in which the names of groups are compared, which is that of
// usernames. If the name is not valid, it returns validate.FieldErrors.
func CanonicalGroup(name string) (string, error) {
	canonical, err := CanonicalUsername(name)
	if err != nil {
		return "", validate.Field("name", "Enter a name of at most 150 letters, digits and . _ - @ + without spaces.").WithCode("group_name")
	}
	return canonical, nil
}

// Check returns the canonical name, or validate.FieldErrors. It sets the values to the form in which they
// are stored.
func (g *Group) Check() (canonical string, err error) {
	g.Name, g.Description = strings.TrimSpace(g.Name), strings.TrimSpace(g.Description)
	g.Roles = ordered(g.Roles)
	var faults validate.FieldErrors
	if canonical, err = CanonicalGroup(g.Name); err != nil {
		faults = append(faults, err.(validate.FieldErrors)...) //nolint:errorlint,forcetypeassert // as documented
	}
	if len(g.Description) > maxDescription {
		faults = append(faults, validate.Field("description", "The description is longer than %d bytes. Enter a shorter one.", maxDescription).WithCode("group_description", "n", maxDescription)...)
	}
	faults = append(append(faults, validate.Name("description", g.Description)...), checkRoles(&User{OtherRoles: g.Roles})...)
	faults = append(faults, checkGroupID(g.ExternalID)...)
	if len(faults) > 0 {
		return "", faults
	}
	return canonical, nil
}

// ordered returns roles without repetitions, the most powerful first. Roles that do not exist are
// kept, so that a check finds them.
func ordered(roles Roles) (sorted Roles) {
	for _, role := range append(AllRoles(), roles...) {
		if roles.Has(role) && !sorted.Has(role) {
			sorted = append(sorted, role)
		}
	}
	return sorted
}

// CreateGroup adds a group with its members, and sets its ID, its times and its Revision. It returns
// validate.FieldErrors if a value is not valid or the name is taken, and otherwise the errors of the
// Store.
func (a *Accounts) CreateGroup(ctx context.Context, g *Group, members ...string) error {
	canonical, err := g.Check()
	if err == nil {
		err = checkRevised(members)
	}
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	g.ID, g.CreatedAt = id.String(), a.now()
	g.UpdatedAt = g.CreatedAt
	return a.groupTaken(ctx, g, canonical, a.Store.CreateGroup(ctx, g, canonical, distinct(members)))
}

// UpdateGroup saves a changed group. It returns validate.FieldErrors if a value is not valid or the
// name is taken, and otherwise the errors of the Store.
func (a *Accounts) UpdateGroup(ctx context.Context, g *Group) error {
	canonical, err := g.Check()
	if err != nil {
		return err
	}
	g.UpdatedAt = a.now()
	return a.groupTaken(ctx, g, canonical, a.Store.UpdateGroup(ctx, g, canonical))
}

// groupTaken returns validate.FieldErrors if err means that the name is taken, and err otherwise.
func (a *Accounts) groupTaken(ctx context.Context, g *Group, canonical string, err error) error {
	if !errors.Is(err, ErrConflict) {
		return err
	}
	if other, findErr := a.Store.GroupByName(ctx, canonical); findErr == nil && other.ID != g.ID {
		return validate.Field("name", "There is already a group with this name.").WithCode("group_taken")
	}
	if g.ExternalID == "" {
		return err
	}
	if other, findErr := a.Store.GroupByExternalID(ctx, g.ExternalID); findErr == nil && other.ID != g.ID {
		return ErrExternalIDTaken
	}
	return err
}

// ReviseGroup changes a group and its members: all or nothing. It returns validate.FieldErrors if a
// value is not valid or is taken, and otherwise the errors of the Store.
func (a *Accounts) ReviseGroup(ctx context.Context, r GroupRevision) (RevisedMembers, error) {
	canonical, err := r.Group.Check()
	if err == nil {
		err = cmp.Or(checkRevised(r.Join), checkRevised(r.Leave))
	}
	if err != nil {
		return RevisedMembers{}, err
	}
	r.Canonical, r.Join, r.Leave, r.At = canonical, distinct(r.Join), distinct(r.Leave), a.now()
	done, err := a.Store.ReviseGroup(ctx, r)
	return done, a.groupTaken(ctx, r.Group, canonical, err)
}

// checkRevised returns validate.FieldErrors if too many people join or leave a group at once.
func checkRevised(people []string) error {
	if len(people) > MaxRevised {
		return validate.Field("members", "At most %d people can join or leave a group at once.", MaxRevised)
	}
	return nil
}

// checkGroupID returns the faults of an external ID.
func checkGroupID(id string) validate.FieldErrors {
	if len(id) > maxExternalID {
		return validate.Field("externalId", "The external ID is longer than %d bytes.", maxExternalID)
	}
	return validate.Name("externalId", id)
}

// RoleMembers returns the members of a group who gain or lose a role by a change of the group. after is
// nil if the group is deleted. The result is complete if the group has the same Revision when it is
// changed.
func (a *Accounts) RoleMembers(ctx context.Context, before, after *Group) ([]Member, error) {
	roles := Roles(nil)
	if after != nil {
		roles = ordered(after.Roles)
	}
	if slices.Equal(ordered(before.Roles), roles) {
		return nil, nil
	}
	members, _, err := a.Store.Members(ctx, MemberFilter{GroupID: before.ID}, paging.Page{Limit: MaxRoleMembers})
	return members, err
}

// DeleteGroup deletes a group, if it has the revision and check returns no error for it. A revision of
// zero means any. Its members keep their accounts. It returns the group, with the roles that it had when it
// was deleted, and the members who thereby lose a role. If the group gets or loses a role after the check, or a
// member of a group with a role changes, DeleteGroup begins again, up to five times, and then returns
// ErrConflict.
func (a *Accounts) DeleteGroup(ctx context.Context, id string, revision int64, check func(*Group) error) (g *Group, affected []Member, err error) {
	g, err = a.changeGroup(ctx, id, revision, check, func(ctx context.Context, g *Group, revision int64) (err error) {
		if affected, err = a.RoleMembers(ctx, g, nil); err != nil {
			return err
		}
		return a.Store.DeleteGroup(ctx, g.ID, revision, a.now())
	})
	return g, affected, err
}

// changeGroup calls change with a group, if it has the revision and check returns no error for it. change
// must make its change only if the group has the revision of its argument, unless that is zero, or
// only if it has the same roles. So the group has the same roles when it is changed.
func (a *Accounts) changeGroup(ctx context.Context, id string, revision int64, check func(*Group) error, change func(ctx context.Context, g *Group, revision int64) error) (*Group, error) {
	const attempts = 5
	var last error // of the attempt before
	for range attempts {
		g, err := a.Store.Group(ctx, id)
		if err == nil && revision != 0 && g.Revision != revision {
			err = ErrConflict
		}
		if err == nil && errors.Is(last, ErrForbidden) && len(g.Roles) == 0 {
			err = last // it did not get a role
		}
		if err == nil && check != nil {
			err = check(g)
		}
		if err != nil {
			return nil, err
		}
		exact, limited := g.Revision, ctx
		if len(g.Roles) == 0 { // its members do not matter
			exact, limited = revision, WithOrdinaryGroups(ctx)
		}
		err = change(limited, g, exact)
		gotRole := errors.Is(err, ErrForbidden) && len(g.Roles) == 0 && !OnlyOrdinaryGroups(ctx)
		if !errors.Is(err, ErrConflict) && !gotRole {
			return g, err
		}
		last = err
	}
	return nil, last
}

// AddMembers adds up to MaxGroupChanges people to a group. Present members stay. It returns the group, with
// the roles that it had when they were added, and the IDs of the new members, or the errors of
// ReviseGroup. If the group gets or loses a role in the meantime, AddMembers begins again, as DeleteGroup does.
// Changes of other members do not matter.
func (a *Accounts) AddMembers(ctx context.Context, groupID string, userIDs ...string) (*Group, []string, error) {
	g, done, err := a.changeMembers(ctx, nil, GroupRevision{Group: &Group{ID: groupID}, Join: userIDs})
	return g, done.Joined, err
}

// RemoveMembers removes up to MaxGroupChanges people from a group, if check, which can be nil, returns no
// error for it. It returns the group, with the roles that it had when they were removed, and the IDs of the
// former members. It begins again as AddMembers does.
func (a *Accounts) RemoveMembers(ctx context.Context, groupID string, check func(*Group) error, userIDs ...string) (*Group, []string, error) {
	g, done, err := a.changeMembers(ctx, check, GroupRevision{Group: &Group{ID: groupID}, Leave: userIDs})
	return g, done.Left, err
}

func (a *Accounts) changeMembers(ctx context.Context, check func(*Group) error, r GroupRevision) (g *Group, done RevisedMembers, err error) {
	if max(len(r.Join), len(r.Leave)) > MaxGroupChanges {
		return nil, done, tooManyAtOnce()
	}
	r.Join, r.Leave, r.At = distinct(r.Join), distinct(r.Leave), a.now()
	r.SameRoles = true
	g, err = a.changeGroup(ctx, r.Group.ID, 0, check, func(ctx context.Context, g *Group, _ int64) (err error) {
		r.Group.Roles = g.Roles
		done, err = a.Store.ReviseGroup(ctx, r)
		g.Name, g.Revision = r.Group.Name, r.Group.Revision
		return err
	})
	return g, done, err
}

func tooManyAtOnce() error {
	return validate.Field("people", "Enter at most %d usernames at once.", MaxGroupChanges).WithCode("group_many", "n", MaxGroupChanges)
}

func distinct(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }
