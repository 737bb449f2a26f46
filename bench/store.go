package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// store is the backend of a provider.
type store interface {
	latchkey.Store
	Close() error
}

// openStore opens an empty store: "memory", "sqlite" or "postgres". For "postgres", it starts a
// PostgreSQL server with its default settings, except for those in settings.
func openStore(kind string, settings ...string) (store, error) {
	switch kind {
	case "memory":
		return memstore.New(nil), nil
	case "sqlite":
		return sqlite.Open(context.Background(), "bench.db", sqlite.Options{})
	case "postgres":
		server, err := pgtest.Start(append([]string{"fsync=on"}, settings...)...)
		if err != nil {
			return nil, err
		}
		url, err := server.NewDatabase()
		if err != nil {
			return nil, err
		}
		s, err := postgres.Open(context.Background(), url, postgres.Options{Migrate: true})
		return onPostgres{s, server}, err
	}
	return nil, fmt.Errorf("unknown store %q", kind)
}

// durable reports whether a store of that kind has a database.
func durable(kind string) bool { return kind == "sqlite" || kind == "postgres" }

// onPostgres is a Store with its server.
type onPostgres struct {
	*sqlstore.Store
	server *pgtest.Server
}

func (s onPostgres) Close() error {
	err := s.Store.Close()
	s.server.Stop()
	return err
}

// database returns the SQL store, or nil.
func database(s store) (db *sqlstore.Store, sizeQuery, fillQuery string) {
	switch s := s.(type) {
	case *sqlstore.Store:
		return s, `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`, `WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < $1)
			INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
			SELECT CAST(unhex(printf('%012x', $2 + n * $3 / $1)) || randomblob(10) AS BLOB), randomblob(32), $4, '', x'', 'read', $2 + n * $3 / $1, $2 + n * $3 / $1 + $5 FROM i`
	case onPostgres:
		return s.Store, `SELECT pg_database_size(current_database())`, `INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
			SELECT decode(lpad(to_hex($2::bigint + n * $3::bigint / $1::bigint), 12, '0') || substr(md5(random()::text), 1, 20), 'hex'), sha256(random()::text::bytea),
			$4::text, '', '', 'read', $2::bigint + n * $3::bigint / $1::bigint, $2::bigint + n * $3::bigint / $1::bigint + $5::bigint FROM generate_series(0, $1::bigint - 1) n`
	}
	return nil, "", ""
}

func countStore(s store, u *usage) {
	if db, size, _ := database(s); db != nil {
		s := db.Stats()
		u.RoundTrips, u.Rows, u.Commits, u.Committed = s.RoundTrips, s.Rows, s.Engine.Commits.Batches, s.Engine.Commits.Operations
		_ = db.Engine.QueryRow(context.Background(), size).Scan(&u.Disk) // unknown is 0
	}
}

// fillStep is how many rows are inserted at a time.
const fillStep = 100_000

// fill inserts access tokens, so that the table is not empty and the log of the
// database has reached its final size. Valid tokens were issued within the last
// half hour, and expired ones on the day before.
func fill(s store, client registered, c command) error {
	db, _, query := database(s)
	ctx := context.Background()
	const lifetime = time.Hour
	issue := func(count int, from time.Time, span time.Duration) error {
		for done := 0; done < count; done += fillStep {
			step := min(fillStep, count-done)
			part := span * time.Duration(step) / time.Duration(count)
			err := db.Engine.Do(ctx, func(conn sqlstore.Conn) error {
				_, err := conn.Count(query, int64(step), from.UnixMilli(), part.Milliseconds(), client.id, lifetime.Milliseconds())
				return err
			})
			if err != nil {
				return err
			}
			from = from.Add(part)
		}
		return nil
	}
	if db.Partitions != nil {
		if err := db.Partitions.CreateAhead(ctx, now().Add(-24*time.Hour)); err != nil {
			return err
		}
	}
	return errors.Join(issue(c.Expired, now().Add(-25*time.Hour), 23*time.Hour), issue(c.N, now().Add(-30*time.Minute), 29*time.Minute))
}
