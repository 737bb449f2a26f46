package sqlstore

import (
	"cmp"
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Definitions returns all definitions, by kind and name.
func (s *Store) Definitions(ctx context.Context) (all []oauth.Definition, err error) {
	err = s.each(ctx, `SELECT kind, name, settings, version, created_at, updated_at FROM latchkey_definition ORDER BY kind, name`, nil, func(rows Rows) error {
		var d oauth.Definition
		err := rows.Scan(&d.Kind, &d.Name, claims{&d.Settings}, &d.Version, at{&d.CreatedAt}, at{&d.UpdatedAt})
		all = append(all, d)
		return err
	})
	return all, err
}

// AddDefinition adds a definition, unless there are too many. The lock of configure makes the
// count exact.
func (s *Store) AddDefinition(ctx context.Context, d oauth.Definition) error {
	var full error
	err := s.configure(ctx, func(t *tx) error {
		full = nil
		added, err := t.Count(`INSERT INTO latchkey_definition (kind, name, settings, version, created_at, updated_at)
			SELECT $1, $2, $3, 1, $4, $5 WHERE (SELECT COUNT(*) FROM latchkey_definition WHERE kind = $1) < $6 ON CONFLICT (kind, name) DO NOTHING`,
			string(d.Kind), d.Name, string(d.Settings), ms(d.CreatedAt), ms(d.UpdatedAt), int64(oauth.MaxDefinitions))
		if err != nil || added == 1 {
			return err
		}
		var one int
		if err = t.Row(definitionExists, string(d.Kind), d.Name).Scan(&one); err == nil {
			return errConflict
		}
		if !Expected(err) {
			return err
		}
		full = oauth.ErrTooManyDefinitions
		return nil
	})
	return cmp.Or(err, full)
}

const definitionExists = `SELECT 1 FROM latchkey_definition WHERE kind = $1 AND name = $2`

// UpdateDefinition saves a definition.
func (s *Store) UpdateDefinition(ctx context.Context, d oauth.Definition) error {
	return s.configure(ctx, func(t *tx) error {
		changed, err := t.Count(`UPDATE latchkey_definition SET settings = $1, updated_at = $2, version = version + 1 WHERE kind = $3 AND name = $4 AND version = $5`,
			string(d.Settings), ms(d.UpdatedAt), string(d.Kind), d.Name, d.Version)
		if err != nil || changed == 1 {
			return err
		}
		return t.conflictOrGone(definitionExists, string(d.Kind), d.Name)
	})
}

// RemoveDefinition removes a definition.
func (s *Store) RemoveDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version int64) error {
	return s.configure(ctx, func(t *tx) error {
		condition, args := ``, []any{string(kind), name}
		if version != 0 {
			condition, args = ` AND version = $3`, append(args, version)
		}
		removed, err := t.Count(`DELETE FROM latchkey_definition WHERE kind = $1 AND name = $2`+condition, args...)
		if err != nil || removed == 1 {
			return err
		}
		return t.conflictOrGone(definitionExists, string(kind), name)
	})
}
