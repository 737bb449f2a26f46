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

// Revision returns the version of the configuration in the database.
func (s *Store) Revision(ctx context.Context) (revision int64, err error) {
	err = s.row(ctx, `SELECT version FROM latchkey_config_version WHERE id = 1`).Scan(&revision)
	return revision, err
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
func (s *Store) UpdateDefinition(ctx context.Context, d oauth.Definition, revision int64) error {
	return s.changeDefinition(ctx, d.Kind, d.Name, d.Version, revision, func(t *tx) (int64, error) {
		return t.Count(`UPDATE latchkey_definition SET settings = $1, updated_at = $2, version = version + 1 WHERE kind = $3 AND name = $4 AND version = $5`,
			string(d.Settings), ms(d.UpdatedAt), string(d.Kind), d.Name, d.Version)
	})
}

// RemoveDefinition removes a definition.
func (s *Store) RemoveDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version, revision int64) error {
	return s.changeDefinition(ctx, kind, name, version, revision, func(t *tx) (int64, error) {
		return t.Count(`DELETE FROM latchkey_definition WHERE kind = $1 AND name = $2 AND (version = $3 OR $3 = 0)`, string(kind), name, version)
	})
}

// changeDefinition changes a definition at a version and at a Revision. Zero means any.
func (s *Store) changeDefinition(ctx context.Context, kind oauth.DefinitionKind, name string, version, revision int64, change func(*tx) (int64, error)) error {
	return s.configureAt(ctx, revision, func(t *tx, current bool) error {
		if current {
			if changed, err := change(t); err != nil || changed == 1 {
				return err
			}
		}
		return t.unchangedDefinition(kind, name, version)
	})
}

// unchangedDefinition returns the reason why a conditional change matched no definition.
func (t *tx) unchangedDefinition(kind oauth.DefinitionKind, name string, version int64) error {
	var stored int64
	err := t.Row(`SELECT version FROM latchkey_definition WHERE kind = $1 AND name = $2`, string(kind), name).Scan(&stored)
	switch {
	case err != nil:
		return err
	case version != 0 && stored != version:
		return errConflict
	}
	return oauth.ErrRevised
}
