package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// TablesVersion returns the version of the tables. It changes nothing.
func TablesVersion(ctx context.Context, url string) (sqlstore.TablesVersion, error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return sqlstore.TablesVersion{}, err
	}
	defer pool.Close()
	return tablesVersion(ctx, pool)
}

func tablesVersion(ctx context.Context, pool *pgxpool.Pool) (v sqlstore.TablesVersion, err error) {
	if v.Known, err = migrations.Newest("postgres"); err != nil {
		return v, err
	}
	found, err := look(ctx, pool)
	if err != nil {
		return v, fmt.Errorf("database %s: %w", where(pool), err)
	}
	v.Have = found.version
	return v, nil
}
