package postgres

import (
	"context"
	"fmt"
	"strings"
)

// Lacks tells which right is missing to make and drop partitions: that is for
// the owner of the tables alone, and for those who may make tables beside them.
func (p partitioner) Lacks(ctx context.Context) (string, error) {
	var tables []string
	for _, t := range partitionedTables {
		tables = append(tables, t.table)
	}
	var (
		role, schema string
		owners       []string // that the role is no member of
		mayMake      bool     // or would, as a member of them
	)
	err := p.pool.QueryRow(ctx, `SELECT pg_catalog.quote_ident(current_user), pg_catalog.quote_ident(pg_catalog.current_schema()),
		coalesce(pg_catalog.array_agg(DISTINCT owner::regrole::text) FILTER (WHERE NOT pg_catalog.pg_has_role(owner, 'USAGE')), '{}'),
		pg_catalog.bool_or(pg_catalog.has_schema_privilege(pg_catalog.current_schema(), 'CREATE') OR pg_catalog.has_schema_privilege(owner, pg_catalog.current_schema(), 'CREATE'))
		FROM (SELECT DISTINCT relowner AS owner FROM pg_class LEFT JOIN pg_inherits ON inhrelid = oid
			WHERE oid = ANY ($1::text[]::regclass[]::oid[]) OR inhparent = ANY ($1::text[]::regclass[]::oid[])) AS owners`,
		tables).Scan(&role, &schema, &owners, &mayMake)
	if err != nil {
		return "", err
	}
	var lacks []string
	if len(owners) > 0 {
		owner := strings.Join(owners, ", ")
		lacks = append(lacks, fmt.Sprintf("the partitions of the tables are made and dropped by their owner %[1]s, and the role %[2]s is no member of it: run this as %[1]s, or GRANT %[1]s TO %[2]s", owner, role))
	}
	if !mayMake {
		lacks = append(lacks, fmt.Sprintf("the role %[1]s may not make partitions in the schema %[2]s: GRANT CREATE ON SCHEMA %[2]s TO %[1]s", role, schema))
	}
	return strings.Join(lacks, "; "), nil
}
