package acts

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// DefineScope adds a scope to the Store if version is zero, and otherwise changes the scope that
// has the version. It returns the row that was stored, and the values that changed. The errors are
// validate.FieldErrors, provider.ErrConfigured, provider.ErrUnreadable, oauth.ErrTooManyDefinitions,
// oauth.ErrNotFound, and oauth.ErrConflict if the version differs or a new scope exists already.
func (a *Acts) DefineScope(ctx context.Context, scope oauth.ScopeDefinition, version int64) (oauth.Definition, []oauth.Change, error) {
	return a.define(ctx, oauth.Definition{Kind: oauth.DefinesScope, Name: scope.Name, Settings: scope.Settings(), Version: version})
}

// DefineResource is DefineScope for a resource.
func (a *Acts) DefineResource(ctx context.Context, resource oauth.ResourceInfo, version int64) (oauth.Definition, []oauth.Change, error) {
	return a.define(ctx, oauth.Definition{Kind: oauth.DefinesResource, Name: resource.URI, Settings: resource.Settings(), Version: version})
}

// maxRevisions is how often a change of a scope or a resource is checked again, because something
// else was changed at the same time.
const maxRevisions = 50

// revise calls change with the rows of the Store, and calls it again if its condition on the
// revision has failed.
func (a *Acts) revise(ctx context.Context, change func(rows []oauth.Definition, revision int64) error) error {
	for range maxRevisions {
		revision, err := a.Store.Revision(ctx) // before the rows and applications are read
		if err != nil {
			return err
		}
		rows, err := a.Store.Definitions(ctx)
		if err != nil {
			return err
		}
		if err = change(rows, revision); !errors.Is(err, oauth.ErrRevised) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", oauth.ErrConflict, oauth.ErrRevised)
}

func (a *Acts) define(ctx context.Context, d oauth.Definition) (stored oauth.Definition, changes []oauth.Change, err error) {
	d.UpdatedAt = a.Clock()
	err = a.revise(ctx, func(rows []oauth.Definition, revision int64) error {
		stored = d
		i := indexOf(rows, d.Kind, d.Name)
		switch {
		case d.Version == 0 && i >= 0:
			return oauth.ErrConflict
		case d.Version == 0:
			stored.CreatedAt, stored.Version = d.UpdatedAt, 1
			if err := a.CheckDefinitions(ctx, rows, append(slices.Clone(rows), stored), stored); err != nil {
				return err
			}
			changes = audit.DefinitionChanges(nil, &stored)
			return a.Store.AddDefinition(ctx, stored)
		case i < 0:
			return a.absent(ctx, rows, d.Kind, d.Name)
		case rows[i].Version != d.Version:
			return oauth.ErrConflict
		case unreadable(rows[i]): // a change would erase the settings that this release does not know
			return provider.ErrUnreadable
		}
		before := rows[i]
		stored.CreatedAt = before.CreatedAt
		after := slices.Clone(rows)
		after[i] = stored
		if err := a.CheckDefinitions(ctx, rows, after, stored); err != nil {
			return err
		}
		stored.Version++
		changes = audit.DefinitionChanges(&before, &stored)
		return a.Store.UpdateDefinition(ctx, after[i], revision)
	})
	return stored, changes, err
}

// indexOf returns the index of a definition, or -1.
func indexOf(rows []oauth.Definition, kind oauth.DefinitionKind, name string) int {
	return slices.IndexFunc(rows, func(row oauth.Definition) bool { return row.Kind == kind && row.Name == name })
}

// RemoveDefinition removes a scope or a resource from the Store, and returns the values that it
// had. It is an error if another one could then not be used. It returns oauth.ErrNotFound,
// provider.ErrConfigured for one that is only in the configuration, and oauth.ErrConflict if
// version is not zero and differs.
func (a *Acts) RemoveDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version int64) (changes []oauth.Change, err error) {
	err = a.revise(ctx, func(rows []oauth.Definition, revision int64) error {
		i := indexOf(rows, kind, name)
		if i < 0 {
			return a.absent(ctx, rows, kind, name)
		}
		before := rows[i]
		if err := a.CheckDefinitions(ctx, rows, slices.Delete(slices.Clone(rows), i, i+1)); err != nil {
			return err
		}
		changes = audit.DefinitionChanges(&before, nil)
		return a.Store.RemoveDefinition(ctx, kind, name, version, revision)
	})
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// Definition reads a scope or a resource of the Store, to change it. It returns oauth.ErrNotFound,
// and provider.ErrConfigured for one that is only in the configuration.
func (a *Acts) Definition(ctx context.Context, kind oauth.DefinitionKind, name string) (oauth.Definition, error) {
	rows, err := a.Store.Definitions(ctx)
	if err != nil {
		return oauth.Definition{}, err
	}
	for _, row := range rows {
		if row.Kind == kind && row.Name == name {
			return row, nil
		}
	}
	return oauth.Definition{}, a.absent(ctx, rows, kind, name)
}

// absent returns the error for a definition that is not in the Store.
func (a *Acts) absent(ctx context.Context, rows []oauth.Definition, kind oauth.DefinitionKind, name string) error {
	joined, err := a.Join(ctx, rows)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(joined.AllScopes, func(s oauth.ScopeInfo) bool { return kind == oauth.DefinesScope && s.Name == name }) ||
		slices.ContainsFunc(joined.AllResources, func(r oauth.ResourceInfo) bool { return kind == oauth.DefinesResource && r.URI == name })
	if known {
		return provider.ErrConfigured
	}
	return oauth.ErrNotFound
}

// CheckDefinitions returns an error if one of the changed rows could not be used after a change of
// the rows, if another one could not be used any more, or if an API could introspect more tokens.
func (a *Acts) CheckDefinitions(ctx context.Context, before, after []oauth.Definition, changed ...oauth.Definition) error {
	old, err := a.Join(ctx, before)
	if err != nil {
		return err
	}
	next, err := a.Join(ctx, after)
	if err != nil {
		return err
	}
	had := make(map[string]bool)
	for _, fault := range old.Faults() {
		had[string(fault.Kind)+" "+fault.Name] = true
	}
	var faults validate.FieldErrors
	for _, fault := range next.Faults() {
		own := slices.ContainsFunc(changed, func(d oauth.Definition) bool { return d.Kind == fault.Kind && d.Name == fault.Name })
		wrong, invalid := errors.AsType[validate.FieldErrors](fault.Err)
		switch {
		case own && invalid:
			faults = append(faults, wrong...)
		case own && errors.Is(fault.Err, provider.ErrConfigured):
			faults = append(faults, validate.Field(identifier(fault.Kind), "The configuration of the server already has this %s. Change it there, or choose another name.", fault.Kind)...)
		case own:
			return fault.Err
		case !had[string(fault.Kind)+" "+fault.Name]:
			faults = append(faults, validate.Field("", "Change the %s %s first. Otherwise, it could no longer be used: %s", fault.Kind, fault.Name, reason(fault.Err))...)
		}
	}
	freed, err := a.freedAPIs(ctx, old, next)
	if err != nil {
		return err
	}
	if faults = append(faults, freed...); len(faults) > 0 {
		return faults
	}
	return nil
}

// freedAPIs returns the applications that are limited to the tokens of resources before a change,
// and could introspect the tokens of all APIs afterwards.
func (a *Acts) freedAPIs(ctx context.Context, old, next *provider.Definitions) (faults validate.FieldErrors, err error) {
	still := next.APIs()
	for id := range old.APIs() {
		if still[id] {
			continue
		}
		client, err := a.Store.Client(ctx, id)
		switch {
		case errors.Is(err, oauth.ErrNotFound):
		case err != nil:
			return nil, err
		case client.ResourceServer:
			faults = append(faults, validate.Field("client_id", "No other resource names the application %s, so it could then introspect the access tokens of all APIs. First remove its mark as an API (resource_server), or name it in another resource.", id)...)
		}
	}
	return faults, nil
}

// identifier returns the member that identifies a definition.
func identifier(kind oauth.DefinitionKind) string {
	if kind == oauth.DefinesResource {
		return "uri"
	}
	return "name"
}

// reason returns the first sentence of an error.
func reason(err error) string {
	if faults, ok := errors.AsType[validate.FieldErrors](err); ok && len(faults) > 0 {
		return faults[0].Message
	}
	return fmt.Sprintf("%v.", err)
}

// unreadable reports whether this release cannot read the settings of a row.
func unreadable(d oauth.Definition) bool {
	_, scope := oauth.ScopeOf(d)
	_, resource := oauth.ResourceOf(d)
	return d.Kind == oauth.DefinesScope && scope != nil || d.Kind == oauth.DefinesResource && resource != nil
}
