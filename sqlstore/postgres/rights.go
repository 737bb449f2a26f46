package postgres

import (
	"context"
	"fmt"
	"strings"
)

// MissingRights returns a sentence about the right to create and drop partitions
// that is missing. Only the owner of the tables can do that, with the right to
// create tables in their schema.
func (p partitioner) MissingRights(ctx context.Context) (string, error) {
	var tables []string
	for _, t := range partitionedTables {
		tables = append(tables, t.table)
	}
	var (
		role, schema string
		owners       []string // of which the role is not a member
		mayCreate    bool     // also as a member of the owners
	)
	err := p.pool.QueryRow(ctx, `SELECT pg_catalog.quote_ident(current_user), pg_catalog.quote_ident(pg_catalog.current_schema()),
		coalesce(pg_catalog.array_agg(DISTINCT owner::regrole::text) FILTER (WHERE NOT pg_catalog.pg_has_role(owner, 'USAGE')), '{}'),
		pg_catalog.bool_or(pg_catalog.has_schema_privilege(pg_catalog.current_schema(), 'CREATE') OR pg_catalog.has_schema_privilege(owner, pg_catalog.current_schema(), 'CREATE'))
		FROM (SELECT DISTINCT relowner AS owner FROM pg_class LEFT JOIN pg_inherits ON inhrelid = oid
			WHERE oid = ANY ($1::text[]::regclass[]::oid[]) OR inhparent = ANY ($1::text[]::regclass[]::oid[])) AS owners`,
		tables).Scan(&role, &schema, &owners, &mayCreate)
	if err != nil {
		return "", err
	}
	var missing []string
	if len(owners) > 0 {
		owner := strings.Join(owners, ", ")
		missing = append(missing, fmt.Sprintf("only the owner of the tables, %[1]s, can create and drop their partitions, and the role %[2]s is not a member of that role: run this as %[1]s, or GRANT %[1]s TO %[2]s", owner, role))
	}
	if !mayCreate {
		missing = append(missing, fmt.Sprintf("the role %[1]s is not allowed to create partitions in the schema %[2]s: GRANT CREATE ON SCHEMA %[2]s TO %[1]s", role, schema))
	}
	return strings.Join(missing, "; "), nil
}
