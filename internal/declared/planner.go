package declared

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A planner compares a file with what is stored. It checks each change as if those before it had
// been made.
type planner struct {
	*Target
	file   *File
	prune  bool
	plan   *Plan
	faults []error // mistakes

	// checks are the Acts, with the applications and the scopes that are assumed. They change nothing.
	checks  *acts.Acts
	assumed *assumed
	// rows are the scopes and the resources after the changes that were planned.
	rows []oauth.Definition
	// later are changes of scopes and resources that depend on those of applications, and deleted
	// the deletions.
	later, deleted []definitionChange
	unchanged      map[string]int // the lines of those without a change
}

// assumed is the Store of checks, in which changes of applications were made.
type assumed struct {
	acts.Store
	clients map[string]*oauth.Client // nil if it is deleted
}

// Client returns an application as it will be.
func (a *assumed) Client(ctx context.Context, id string) (*oauth.Client, error) {
	c, planned := a.clients[id]
	switch {
	case !planned:
		return a.Store.Client(ctx, id)
	case c == nil:
		return nil, oauth.ErrNotFound
	}
	return c, nil
}

func (t *Target) newPlanner(ctx context.Context, f *File, prune bool) (*planner, error) {
	rows, err := t.Store.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	p := &planner{Target: t, file: f, prune: prune, rows: rows, unchanged: make(map[string]int)}
	p.plan = &Plan{Steps: []Step{}, Kept: make(map[string][]string)}
	p.assumed = &assumed{t.Acts.Store, make(map[string]*oauth.Client)}
	checks := *t.Acts
	checks.Store, checks.ReadScopes = p.assumed, func(context.Context) error { return nil }
	p.checks = &checks
	return p, nil
}

// fault adds an error with the line of an object, or 0, if it is a mistake. Otherwise, it returns the
// error, which ends the comparison.
func (p *planner) fault(line int, err error) error {
	if line > 0 {
		err = inLine(line, err)
	}
	if err == nil || !isMistake(err) {
		return err
	}
	p.faults = append(p.faults, err)
	return nil
}

// pruned reports whether the n objects of a kind that are not in the file are deleted. An empty list
// is a mistake.
func (p *planner) pruned(kind string, n int) bool {
	if p.prune && n > 0 && p.file.length(kind) == 0 {
		p.faults = append(p.faults, mistakef("the list %s is empty, so --prune would delete all objects of this kind. Delete them one by one, or remove the list", kind))
	}
	return p.prune
}

// assume assumes that the planned changes of applications of this kind were made.
func (p *planner) assume(a Action) {
	for _, s := range p.plan.Steps {
		if s.Kind == Applications && (s.Action == Delete) == (a == Delete) {
			p.assumed.clients[s.Name] = s.client
		}
	}
}

// planKind adds the steps of a kind other than scopes and resources. compare adds the mistakes to those
// of the planner. After a mistake, the other objects of this kind do not matter.
func (p *planner) planKind(ctx context.Context, kind string, compare func(context.Context) (steps, others []Step, err error)) error {
	if !p.file.named[kind] {
		return nil
	}
	before := len(p.faults)
	steps, others, err := compare(ctx)
	if err != nil || len(p.faults) > before {
		return p.fault(0, err)
	}
	p.plan.Steps = append(p.plan.Steps, steps...)
	if p.pruned(kind, len(others)) {
		p.plan.Steps = append(p.plan.Steps, others...)
		return nil
	}
	for _, other := range others {
		p.plan.Kept[kind] = append(p.plan.Kept[kind], other.Name)
	}
	return nil
}

// run compares all kinds. Applications are checked with the scopes and resources that exist when they
// are changed.
func (p *planner) run(ctx context.Context) (*Plan, error) {
	for _, part := range []func(context.Context) error{
		p.planDefinitions,
		func(ctx context.Context) error { return p.Define(ctx, p.rows) },
		func(ctx context.Context) error { return p.planKind(ctx, Groups, p.planGroups) },
		func(ctx context.Context) error { return p.planKind(ctx, LoginProviders, p.planProviders) },
		func(ctx context.Context) error { return p.planKind(ctx, Applications, p.planApplications) },
		func(ctx context.Context) error { return p.planKind(ctx, People, p.planPeople) },
		p.finishDefinitions,
		func(ctx context.Context) error { return p.fault(0, p.checkAdministrators(ctx)) },
	} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return p.plan, mistakes(p.faults)
}
