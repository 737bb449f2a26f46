package declared

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A definition of a file is a scope or a resource. All members that it does not name have their
// defaults.
type definition struct {
	line int
	row  oauth.Definition // without a version
}

// A Member is a member of an object in a file.
type Member struct {
	Name  string
	Value string // describes the value
	Help  string
}

// ScopeMembers returns the members of a scope in a file, which are those of its JSON form.
func ScopeMembers() []Member {
	return []Member{
		{"name", "text", "The scope."},
		{"description", "text", "Completes the sentence \"This application is asking for permission to: …\" on the consent page."},
		{"optional", "true or false", "People can untick it on the consent page."},
		{"default", "true or false", "It is granted to a request without a scope, if the application may have it."},
		{"claims", "list", "The claims about a person that it releases."},
		{"weight", "text", "The kind of access that it allows: identity, read, change or keep. Default: the name decides."},
		{"second_factor", "true or false", "People with an account need two factors to allow it."},
	}
}

// memberLifetime is the member of a resource that is a lifetime.
const memberLifetime = "access_token_ttl"

// ResourceMembers returns the members of a resource in a file, which are those of its JSON form.
func ResourceMembers() []Member {
	return []Member{
		{"uri", "text", "The URI of the API."},
		{"name", "text", "The name on the consent page."},
		{"scopes", "list", "The scopes of the resource. Default: all scopes that no other resource lists."},
		{"token_format", "text", "The format of its access tokens, opaque or jwt. Default: that of the application."},
		{"signing_alg", "text", "The algorithm that signs its access tokens, if they are JWTs. Default: ES256."},
		{memberLifetime, LifetimeValue, "The lifetime of its access tokens. Default: that of the application."},
		{"client_id", "text", "The application through which the API introspects tokens."},
	}
}

func membersOfKind(kind string) []Member {
	if kind == Resources {
		return ResourceMembers()
	}
	return ScopeMembers()
}

// definitionKind returns the kind of the rows of a list.
func definitionKind(kind string) oauth.DefinitionKind {
	if kind == Resources {
		return oauth.DefinesResource
	}
	return oauth.DefinesScope
}

// definition reads a scope or a resource.
func (r *reader) definition(kind string, n *yaml.Node, all []member) *definition {
	d := &definition{line: n.Line, row: oauth.Definition{Kind: definitionKind(kind)}}
	var known []string
	for _, m := range membersOfKind(kind) {
		known = append(known, m.Name)
	}
	identifier := known[0]
	set := make(map[string]json.RawMessage)
	for _, m := range all {
		switch {
		case m.name == identifier:
			d.row.Name = r.text(m)
			continue
		case !slices.Contains(known, m.name):
			r.unknown(m, known)
			continue
		case isNull(m.value):
			continue
		}
		value, err := m.toJSON(kind == Resources && m.name == memberLifetime)
		if err != nil {
			r.add(err)
			continue
		}
		one, _ := json.Marshal(map[string]json.RawMessage{m.name: value}) // valid JSON
		if _, err := settingsOf(oauth.Definition{Kind: d.row.Kind, Settings: one}); err != nil {
			r.fault(m.value, "%s: %s", m.name, wrongValue(err))
			continue
		}
		set[m.name] = value
	}
	object, _ := json.Marshal(set) // valid JSON
	d.row.Settings, _ = settingsOf(oauth.Definition{Kind: d.row.Kind, Name: d.row.Name, Settings: object})
	if d.row.Name == "" {
		r.fault(n, "%s is missing: it identifies the %s when the file is applied again", identifier, Noun(kind))
	}
	return d
}

// wrongValue describes a value of a wrong type.
func wrongValue(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "the value must not be a " + wrong.Value
	}
	return strings.ReplaceAll(err.Error(), "the settings cannot be read: ", "")
}

// settingsOf returns the settings of a definition in the form in which they are compared. It is an
// error if this release cannot read them completely.
func settingsOf(d oauth.Definition) (json.RawMessage, error) {
	if d.Kind == oauth.DefinesResource {
		resource, err := oauth.ResourceOf(d)
		return resource.Settings(), err
	}
	scope, err := oauth.ScopeOf(d)
	return scope.Settings(), err
}

// A definitionChange is a change of a scope or a resource.
type definitionChange struct {
	before, after *oauth.Definition // before is nil for a new one, and after for one that is deleted
	line          int
}

func (c *definitionChange) row() *oauth.Definition {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// applied returns the rows after the change, and the row that it adds or changes.
func (c *definitionChange) applied(rows []oauth.Definition) (after, changed []oauth.Definition) {
	after = slices.DeleteFunc(slices.Clone(rows), func(row oauth.Definition) bool { return row.Kind == c.row().Kind && row.Name == c.row().Name })
	if c.after == nil {
		return after, nil
	}
	return append(after, *c.after), []oauth.Definition{*c.after}
}

// compareDefinitions returns the changes of the scopes or the resources of the file, and those that
// would delete the others.
func (p *planner) compareDefinitions(kind string) (changes, others []definitionChange) {
	inFile := make(map[string]bool)
	for _, d := range p.file.definitions[kind] {
		inFile[d.row.Name] = true
		i := slices.IndexFunc(p.rows, func(row oauth.Definition) bool { return row.Kind == d.row.Kind && row.Name == d.row.Name })
		if i < 0 {
			changes = append(changes, definitionChange{after: &d.row, line: d.line})
			continue
		}
		stored, after := p.rows[i], d.row
		settings, err := settingsOf(stored)
		switch after.Version, after.CreatedAt = stored.Version, stored.CreatedAt; {
		case err != nil:
			_ = p.fault(d.line, fmt.Errorf("%s %s: %w", Noun(kind), d.row.Name, provider.ErrUnreadable)) // a mistake
		case !bytes.Equal(settings, after.Settings):
			changes = append(changes, definitionChange{before: &stored, after: &after, line: d.line})
		default:
			p.unchanged[stored.Name+" "+string(stored.Kind)] = d.line
		}
	}
	for _, row := range p.rows {
		if row.Kind == definitionKind(kind) && !inFile[row.Name] {
			others = append(others, definitionChange{before: &row})
		}
	}
	return changes, others
}

// planDefinitions plans the scopes and the resources of the file that can be added and changed before
// the applications.
func (p *planner) planDefinitions(ctx context.Context) (err error) {
	added := make(map[string]int)
	for _, kind := range []string{Scopes, Resources} {
		if !p.file.named[kind] {
			continue
		}
		changes, others := p.compareDefinitions(kind)
		for _, c := range changes {
			if c.before == nil {
				added[kind]++
			}
		}
		p.later = append(p.later, changes...)
		if p.pruned(kind, len(others)) {
			p.deleted = append(others, p.deleted...) // resources before the scopes that they list
			continue
		}
		for _, c := range others {
			p.plan.Kept[kind] = append(p.plan.Kept[kind], c.before.Name)
		}
	}
	for kind, n := range added {
		stored := slices.DeleteFunc(slices.Clone(p.rows), func(row oauth.Definition) bool { return row.Kind != definitionKind(kind) })
		if len(stored)+n > oauth.MaxDefinitions {
			_ = p.fault(0, fmt.Errorf("%s: %w", kind, oauth.ErrTooManyDefinitions)) // a mistake
			p.later, p.deleted = nil, nil                                           // the time to schedule them grows with the square of their number
		}
	}
	p.later, _, err = p.schedule(ctx, p.later, false)
	return err
}

// schedule adds steps for the changes, each as soon as the changes before it allow it: for example,
// a scope before the resource that lists it. It returns those that are not allowed, with the reasons,
// which are mistakes.
func (p *planner) schedule(ctx context.Context, changes []definitionChange, last bool) (rest []definitionChange, reasons []error, err error) {
	for {
		rest, reasons = nil, nil
		for _, c := range changes {
			rows, changed := c.applied(p.rows)
			if err := p.checks.CheckDefinitions(ctx, p.rows, rows, changed...); err != nil {
				if !isMistake(err) {
					return nil, nil, err
				}
				rest, reasons = append(rest, c), append(reasons, err)
				continue
			}
			p.rows = rows
			step := p.defineStep(c)
			step.last = last
			p.plan.Steps = append(p.plan.Steps, step)
		}
		if len(rest) == 0 || len(rest) == len(changes) {
			return rest, reasons, nil
		}
		changes = rest
	}
}

// finishDefinitions plans the changes that depend on those of the applications, and the deletions.
func (p *planner) finishDefinitions(ctx context.Context) error {
	p.assume(Change)
	if err := p.finish(ctx, p.later, ""); err != nil {
		return err
	}
	if err := p.warnOfFaults(ctx); err != nil {
		return err
	}
	p.assume(Delete)
	first := len(p.plan.Steps)
	if err := p.finish(ctx, p.deleted, "--prune: "); err != nil {
		return err
	}
	return p.findUsers(ctx, p.plan.Steps[first:])
}

// finish plans changes. Those that are not allowed are mistakes.
func (p *planner) finish(ctx context.Context, changes []definitionChange, prefix string) error {
	rest, reasons, err := p.schedule(ctx, changes, true)
	for i, c := range rest {
		_ = p.fault(c.line, fmt.Errorf("%s%s %s: %w", prefix, c.row().Kind, c.row().Name, reasons[i])) // a mistake
	}
	return err
}

// warnOfFaults warns of scopes and resources that are stored as the file says, and have no effect.
func (p *planner) warnOfFaults(ctx context.Context) error {
	joined, err := p.checks.Join(ctx, p.rows)
	if err != nil {
		return err
	}
	for _, fault := range joined.Faults() {
		if line, found := p.unchanged[fault.Name+" "+string(fault.Kind)]; found {
			p.plan.Warnings = append(p.plan.Warnings, Fault{Line: line, Text: fmt.Sprintf("the %s %s in the database has no effect: %v", fault.Kind, fault.Name, fault.Err)}.Error())
		}
	}
	return nil
}

// maxUsers is how many applications that use a scope or a resource are listed.
const maxUsers = 100

// findUsers adds the applications that list a scope or a resource to the steps that delete it.
func (p *planner) findUsers(ctx context.Context, steps []Step) error {
	if len(steps) == 0 {
		return nil
	}
	return eachClient(ctx, p.Store, oauth.ClientFilter{}, func(c *oauth.Client) {
		if assumed, planned := p.assumed.clients[c.ID]; planned {
			c = assumed
		}
		for i := range steps {
			if s := &steps[i]; c != nil && len(s.UsedBy) < maxUsers && lists(c, s.Kind, s.Name) {
				s.UsedBy = append(s.UsedBy, c.ID)
			}
		}
	})
}

// lists reports whether an application lists a scope or a resource.
func lists(c *oauth.Client, kind, name string) bool {
	if kind == Resources {
		return slices.Contains(c.Resources, name)
	}
	return c.Scopes.Contains(name) || c.DefaultScopes.Contains(name) || c.RecommendedScopes.Contains(name)
}

// defineStep returns the step of a change.
func (t *Target) defineStep(c definitionChange) Step {
	row := *c.row()
	s := Step{Action: Change, Kind: Scopes, Name: row.Name, line: c.line}
	if row.Kind == oauth.DefinesResource {
		s.Kind = Resources
	}
	switch {
	case c.after == nil:
		s.Action = Delete
	case c.before == nil:
		s.Action = Create
	}
	if c.after != nil {
		s.Changes = slices.DeleteFunc(audit.DefinitionChanges(c.before, c.after), func(c oauth.Change) bool { return c.Field == string(row.Kind) })
	}
	s.run = func(ctx context.Context) (string, *oauth.EventDetails, error) {
		changes, err := t.define(ctx, c)
		if errors.Is(err, oauth.ErrConflict) {
			err = ErrChanged
		}
		if err != nil {
			return "", nil, err
		}
		return row.Name, &oauth.EventDetails{Changes: changes}, t.useStored(ctx)
	}
	return s
}

// define makes a change, and returns the values that changed.
func (t *Target) define(ctx context.Context, c definitionChange) (changes []oauth.Change, err error) {
	row := c.row()
	switch {
	case c.after == nil:
		return t.Acts.RemoveDefinition(ctx, row.Kind, row.Name, row.Version)
	case row.Kind == oauth.DefinesResource:
		resource, err := oauth.ResourceOf(*row)
		if err != nil {
			return nil, err
		}
		_, changes, err = t.Acts.DefineResource(ctx, resource, row.Version)
		return changes, err
	}
	scope, err := oauth.ScopeOf(*row)
	if err != nil {
		return nil, err
	}
	_, changes, err = t.Acts.DefineScope(ctx, scope, row.Version)
	return changes, err
}

// useStored validates applications with the scopes and the resources that are stored.
func (t *Target) useStored(ctx context.Context) error {
	rows, err := t.Store.Definitions(ctx)
	if err != nil {
		return err
	}
	return t.Define(ctx, rows)
}

// exportDefinitions adds the scopes or the resources of the database to a list.
func (t *Target) exportDefinitions(ctx context.Context, kind string, list *yaml.Node) error {
	rows, err := t.Store.Definitions(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Kind != definitionKind(kind) {
			continue
		}
		settings, err := settingsOf(row)
		if err != nil {
			return fmt.Errorf("%s %s: %w", row.Kind, row.Name, provider.ErrUnreadable)
		}
		var set map[string]json.RawMessage
		if err := json.Unmarshal(settings, &set); err != nil {
			return err
		}
		members := membersOfKind(kind)
		n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode(members[0].Name), textNode(row.Name)}}
		for _, m := range members[1:] {
			if value, found := set[m.Name]; found {
				v, err := fromJSON(value)
				if err != nil {
					return err
				}
				n.Content = append(n.Content, textNode(m.Name), v)
			}
		}
		list.Content = append(list.Content, n)
	}
	return nil
}

// eachClient calls do for every application that the filter selects.
func eachClient(ctx context.Context, store Store, f oauth.ClientFilter, do func(*oauth.Client)) error {
	for after := ""; ; {
		clients, cursor, err := store.Clients(ctx, f, paging.Page{Limit: 500, After: after})
		if err != nil {
			return err
		}
		for _, c := range clients {
			do(c)
		}
		if after = cursor.Next; after == "" {
			return nil
		}
	}
}
