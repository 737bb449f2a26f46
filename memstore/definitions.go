package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// definitionKey identifies a definition.
type definitionKey struct {
	kind oauth.DefinitionKind
	name string
}

// Definitions returns all definitions, by kind and name.
func (s *Store) Definitions(context.Context) ([]oauth.Definition, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.definitions), func(a, b oauth.Definition) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}), nil
}

// Revision returns the number of changes.
func (s *Store) Revision(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision(), nil
}

// revision is Revision for a caller that holds the lock.
func (s *Store) revision() int64 { return int64(s.version) + 1 } //nolint:gosec // a number of changes

// AddDefinition adds a definition, unless there are too many.
func (s *Store) AddDefinition(ctx context.Context, d oauth.Definition) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if _, exists := s.definitions[definitionKey{d.Kind, d.Name}]; exists {
		return oauth.ErrConflict
	}
	n := 0
	for key := range s.definitions {
		if key.kind == d.Kind {
			n++
		}
	}
	if n >= oauth.MaxDefinitions {
		return oauth.ErrTooManyDefinitions
	}
	d.Version = 0
	s.saveDefinition(d)
	return nil
}

// UpdateDefinition saves a definition.
func (s *Store) UpdateDefinition(ctx context.Context, d oauth.Definition, revision int64) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	stored, exists := s.definitions[definitionKey{d.Kind, d.Name}]
	switch {
	case !exists:
		return oauth.ErrNotFound
	case stored.Version != d.Version:
		return oauth.ErrConflict
	case revision != 0 && revision != s.revision():
		return oauth.ErrRevised
	}
	d.CreatedAt = stored.CreatedAt
	s.saveDefinition(d)
	return nil
}

// saveDefinition saves the next version of a definition. The caller holds the lock.
func (s *Store) saveDefinition(d oauth.Definition) {
	d.Version++
	d.Settings, d.CreatedAt, d.UpdatedAt = slices.Clone(d.Settings), ms(d.CreatedAt), ms(d.UpdatedAt)
	s.definitions[definitionKey{d.Kind, d.Name}] = d
	s.version++
}

// RemoveDefinition removes a definition.
func (s *Store) RemoveDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version, revision int64) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	stored, exists := s.definitions[definitionKey{kind, name}]
	switch {
	case !exists:
		return oauth.ErrNotFound
	case version != 0 && stored.Version != version:
		return oauth.ErrConflict
	case revision != 0 && revision != s.revision():
		return oauth.ErrRevised
	}
	delete(s.definitions, definitionKey{kind, name})
	s.version++
	return nil
}
