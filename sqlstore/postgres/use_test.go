package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// hostPool opens a pool as a host program does. settings are parameters of its URL.
func hostPool(t *testing.T, url string, settings ...string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(ctx, url+"&"+strings.Join(settings, "&"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func usePool(t *testing.T, pool *pgxpool.Pool, o postgres.Options) *sqlstore.Store {
	t.Helper()
	s, err := postgres.Use(ctx, pool, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// tables returns the names of the tables of a schema, and their indexes.
func tables(t *testing.T, pool *pgxpool.Pool, schema string) []string {
	t.Helper()
	rows, err := pool.Query(ctx, `SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = $1::text::regnamespace`, schema)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestSharedPoolKeepsTheSettingsOfItsHost, and is not closed with the Store.
func TestSharedPoolKeepsTheSettingsOfItsHost(t *testing.T) {
	pool := hostPool(t, migrated(t), "pool_max_conns=6")
	s := usePool(t, pool, postgres.Options{})
	if err := s.CreateClient(ctx, &oauth.Client{ID: "shop", Name: "Shop", Type: oauth.Public, CreatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := s.Issue(ctx, oauth.AccessToken{ID: oauth.NewID(now), ClientID: "shop", Scope: oauth.Scopes{"read"}, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Client(ctx, "shop"); err != nil || found.Name != "Shop" {
		t.Errorf("%+v %v", found, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, conn := range pool.AcquireAllIdle(ctx) {
		var changed int
		err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_settings WHERE source = 'session' AND name NOT IN ('client_encoding', 'application_name', 'TimeZone', 'DateStyle')`).Scan(&changed)
		if err != nil || changed != 0 {
			t.Errorf("%d settings of a connection were changed, %v", changed, err)
		}
		conn.Release()
	}
	if err := pool.Ping(ctx); err != nil {
		t.Errorf("the pool was closed: %v", err)
	}
}

func TestPoolThatCannotBeSharedIsRefusedWithAReason(t *testing.T) {
	url := migrated(t)
	for setting, want := range map[string]string{
		"pool_max_conns=3":                           "Increase pool_max_conns",
		"default_query_exec_mode=simple_protocol":    "DefaultQueryExecMode",
		"synchronous_commit=off":                     "synchronous_commit is off",
		"default_transaction_isolation=serializable": "default_transaction_isolation is serializable",
		"default_transaction_read_only=on":           "default_transaction_read_only is on",
		"default_query_exec_mode=exec&default_transaction_isolation=repeatable%20read": "repeatable read",
	} {
		s, err := postgres.Use(ctx, hostPool(t, url, setting), postgres.Options{Migrate: true})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	_, err := postgres.Use(ctx, hostPool(t, database(t)), postgres.Options{})
	if !errors.Is(err, postgres.ErrPending) || !strings.Contains(err.Error(), "set postgres.Options.Migrate") {
		t.Errorf("without tables: %v", err)
	}
	pool, err := pgxpool.New(ctx, "postgres://latchkey:hush@127.0.0.1:1/shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	_, err = postgres.Use(ctx, pool, postgres.Options{})
	if err == nil || strings.Contains(err.Error(), "cannot be shared") || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("a server that is down: %v", err)
	}
}

// TestSearchPathSeparatesStoresInOneDatabase: each is in the first schema of its pool.
func TestSearchPathSeparatesStoresInOneDatabase(t *testing.T) {
	url := database(t)
	do(t, connected(t, url), `CREATE SCHEMA shop; CREATE SCHEMA bank; CREATE TABLE public.session (shoe_size INTEGER)`)
	stores := make(map[string]*sqlstore.Store)
	for _, schema := range []string{"shop", "bank"} {
		pool := hostPool(t, url, "search_path="+schema+",public")
		stores[schema] = usePool(t, pool, postgres.Options{Migrate: true})
		if err := stores[schema].CreateClient(ctx, &oauth.Client{ID: schema, Name: schema, Type: oauth.Public, CreatedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(tables(t, pool, schema), "latchkey_client") {
			t.Errorf("the tables are not in the schema %s", schema)
		}
	}
	if _, err := stores["shop"].Client(ctx, "bank"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a Store sees the client of another schema: %v", err)
	}
	if names := tables(t, hostPool(t, url), "public"); !slices.Equal(names, []string{"session"}) {
		t.Errorf("the schema public has %v", names)
	}
}

// hostTables migrates the host program to a number of tables of its own.
func hostTables(t *testing.T, pool *pgxpool.Pool, n int) {
	t.Helper()
	files := make(fstest.MapFS)
	for i, table := range []string{"session", "account", "client"}[:n] {
		files[fmt.Sprintf("%05d_%s.sql", i+1, table)] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE " + table + " (shoe_size INTEGER);\n")}
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDBFromPool(pool), files)
	if err == nil {
		_, err = provider.Up(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHostThatUsesGooseMigratesBesideLatchkeyInTheSamePool, before it and after it.
func TestHostThatUsesGooseMigratesBesideLatchkeyInTheSamePool(t *testing.T) {
	pool := hostPool(t, database(t))
	hostTables(t, pool, 2)
	usePool(t, pool, postgres.Options{Migrate: true})
	hostTables(t, pool, 3)
	usePool(t, pool, postgres.Options{Migrate: true})
	names := tables(t, pool, "public")
	for _, want := range []string{"session", "account", "client", "goose_db_version", "latchkey_session", "latchkey_account", "latchkey_goose_version"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no table %s", want)
		}
	}
}

// TestStoreKeepsItsPromisesInASharedPool with LATCHKEY_SOAK. A shared pool sends the
// statements that are sent through a pooler, for which the promises are always tested.
func TestStoreKeepsItsPromisesInASharedPool(t *testing.T) {
	url := migrated(t)
	if os.Getenv("LATCHKEY_SOAK") == "" {
		usePool(t, hostPool(t, url), postgres.Options{})
		return
	}
	empty := emptier(t, url)
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		empty(t)
		return usePool(t, hostPool(t, url), postgres.Options{Clock: clock})
	})
}
