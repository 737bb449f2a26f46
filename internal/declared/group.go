package declared

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A group of a file, without its members.
type group struct {
	line      int
	canonical string // identifies the group
	settings  account.Group
}

// GroupMembers returns the members of a group in a file.
func GroupMembers() []Member {
	return []Member{
		{"name", "text", "The name. Letter case makes no difference."},
		{"description", "text", "For administrators."},
		{"roles", "list", "The roles that the group gives to its members: administrator, operator and auditor. Default: none."},
	}
}

// group reads a group.
func (r *reader) group(n *yaml.Node, all []member) *group {
	g := &group{line: n.Line}
	known := []string{"name", "description", "roles"}
	for _, m := range all {
		switch {
		case !slices.Contains(known, m.name):
			if m.name == "members" || m.name == "people" {
				r.fault(m.value, "%s: the people in a group are not part of the file. Add them in the back office, by SCIM, or with latchkey group members", m.name)
				continue
			}
			r.unknown(m, known)
		case isNull(m.value):
		case m.name == "name":
			g.settings.Name = r.text(m)
		case m.name == "description":
			g.settings.Description = r.text(m)
		case m.name == "roles":
			g.settings.Roles = r.roles(m)
		}
	}
	if g.settings.Name == "" {
		r.fault(n, "name is missing: it identifies the group when the file is applied again")
		return g
	}
	canonical, err := g.settings.Check()
	if err != nil {
		r.fault(n, "group %s: %v", g.settings.Name, err)
	}
	g.canonical = canonical
	return g
}

// planGroups compares the groups of the file, and returns the steps for them and those that would
// delete the others.
func (p *planner) planGroups(ctx context.Context) (steps, others []Step, err error) {
	inFile := make(map[string]bool) // by the ID
	for _, g := range p.file.groups {
		stored, err := p.Store.GroupByName(ctx, g.canonical)
		switch {
		case errors.Is(err, account.ErrNotFound):
			steps = append(steps, p.createGroup(g))
			continue
		case err == nil:
			inFile[stored.ID] = true
			if step := p.changeGroup(g, stored); step != nil {
				err = p.checkMembers(ctx, step)
				steps = append(steps, *step)
			}
		}
		if err == nil {
			continue
		}
		if err := p.fault(g.line, fmt.Errorf("group %s: %w", g.settings.Name, err)); err != nil {
			return nil, nil, err
		}
	}
	err = eachGroup(ctx, p.Store, func(g *account.Group) {
		if !inFile[g.ID] && g.ExternalID == "" { // a directory deletes its own groups
			others = append(others, p.deleteGroup(g))
		}
	})
	return steps, others, err
}

// eachGroup calls do for each group.
func eachGroup(ctx context.Context, store Store, do func(*account.Group)) error {
	for after := ""; ; {
		groups, cursor, err := store.Groups(ctx, account.GroupFilter{}, paging.Page{Limit: 500, After: after})
		if err != nil {
			return err
		}
		for _, g := range groups {
			do(g)
		}
		if after = cursor.Next; after == "" {
			return nil
		}
	}
}

// A groupChange is what a step does to a group. before is nil for a new one, and after for one that
// is deleted.
type groupChange struct {
	before, after *account.Group
	affected      []account.Member // the people who gain or lose a role, after the step was made
}

// gains reports whether the members of the group get a role.
func (c *groupChange) gains() bool {
	return c.before != nil && c.after != nil && c.after.Gains(c.before)
}

// MemberList describes the members of a group that gains a role, or is deleted.
type MemberList struct {
	Number int      `json:"number"`
	More   bool     `json:"more,omitempty"`  // there are more than Number
	Names  []string `json:"names,omitempty"` // the first usernames, if the group gains a role
	// Revision is that of the group. Each change of its members changes it, and so the plan.
	Revision int64 `json:"revision,omitempty"`
}

// mostNames is how many members are named.
const mostNames = 10

// checkMembers adds to a step the members of a group that gains a role. It returns an error if there
// are too many.
func (p *planner) checkMembers(ctx context.Context, step *Step) error {
	if !step.group.gains() {
		return nil
	}
	f := account.MemberFilter{GroupID: step.group.before.ID}
	n, err := p.Store.CountMembers(ctx, f)
	if err != nil {
		return err
	}
	if n.N > account.MaxRoleMembers {
		return account.ErrManyMembers
	}
	first, _, err := p.Store.Members(ctx, f, paging.Page{Limit: mostNames})
	step.Members = &MemberList{Number: n.N, Revision: step.group.before.Revision}
	for _, m := range first {
		step.Members.Names = append(step.Members.Names, m.Username)
	}
	return err
}

func (t *Target) createGroup(g *group) Step {
	added := g.settings
	return Step{Action: Create, Kind: Groups, Name: added.Name, Changes: audit.GroupChanges(nil, &added), line: g.line, group: &groupChange{after: &added}, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		made := added
		if err := t.Accounts.CreateGroup(ctx, &made); err != nil {
			return "", nil, err
		}
		details := audit.GroupDetails(nil, &made)
		return made.ID, &details, nil
	}}
}

func (t *Target) changeGroup(g *group, stored *account.Group) *Step {
	after := *stored
	after.Name, after.Description, after.Roles = g.settings.Name, g.settings.Description, g.settings.Roles
	changes := audit.GroupChanges(stored, &after)
	if len(changes) == 0 {
		return nil
	}
	loses := slices.ContainsFunc(stored.Roles, func(r account.Role) bool { return !after.Roles.Has(r) })
	change := &groupChange{before: stored, after: &after}
	return &Step{Action: Change, Kind: Groups, Name: stored.Name, Changes: changes, line: g.line, last: loses, group: change, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		made := after
		affected, err := t.Accounts.RoleMembers(ctx, stored, &made)
		if err != nil {
			return "", nil, err
		}
		if err := t.Accounts.UpdateGroup(ctx, &made); err != nil {
			return "", nil, err
		}
		change.affected = affected
		details := audit.GroupDetails(stored, &made)
		return stored.ID, &details, nil
	}}
}

func (t *Target) deleteGroup(g *account.Group) Step {
	var lost []oauth.Change
	if len(g.Roles) > 0 {
		lost = []oauth.Change{{Field: "roles", Before: g.Roles.String()}}
	}
	change := &groupChange{before: g}
	return Step{Action: Delete, Kind: Groups, Name: g.Name, Changes: lost, group: change, Members: &MemberList{Number: g.Members.N, More: g.Members.More, Revision: g.Revision}, run: func(ctx context.Context) (string, *oauth.EventDetails, error) {
		_, affected, err := t.Accounts.DeleteGroup(ctx, g.ID, g.Revision, nil)
		if err != nil {
			return "", nil, err
		}
		change.affected = affected
		details := audit.GroupDetails(g, nil)
		return g.ID, &details, nil
	}}
}

// exportGroups adds the groups to a list.
func (t *Target) exportGroups(ctx context.Context, list *yaml.Node) error {
	return eachGroup(ctx, t.Store, func(g *account.Group) {
		n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode("name"), textNode(g.Name)}}
		if g.Description != "" {
			n.Content = append(n.Content, textNode("description"), textNode(g.Description))
		}
		if len(g.Roles) > 0 {
			n.Content = append(n.Content, textNode("roles"), rolesNode(g.Roles))
		}
		list.Content = append(list.Content, n)
	})
}

// rolesNode returns a list of roles.
func rolesNode(roles account.Roles) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, role := range roles {
		n.Content = append(n.Content, textNode(string(role)))
	}
	return n
}
