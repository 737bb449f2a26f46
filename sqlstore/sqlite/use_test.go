package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// hostDB opens a database file as a host program does.
func hostDB(t *testing.T, settings string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "shop.db")+"?_pragma=busy_timeout(5000)&"+settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// useDB returns a Store in the database of a host program.
func useDB(t *testing.T, db *sql.DB) *sqlstore.Store {
	t.Helper()
	s, err := Use(t.Context(), db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const usual = "_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"

// TestSharedPoolKeepsTheSettingsOfItsHost, before and after the Store is closed, and the
// pool is not closed with it.
func TestSharedPoolKeepsTheSettingsOfItsHost(t *testing.T) {
	db := hostDB(t, usual)
	db.SetMaxIdleConns(20) // so that no connection is closed only because it is idle
	s := useDB(t, db)
	c := &oauth.Client{ID: "shop", Name: "Shop", Type: oauth.Public, CreatedAt: time.Now()}
	if err := s.CreateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Client(t.Context(), "shop"); err != nil || found.Name != "Shop" {
		t.Fatalf("%+v %v", found, err)
	}
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (42)`); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		var conns []*sql.Conn
		for range 12 {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			conns = append(conns, conn)
			var synchronous, queryOnly, timeout int
			if err := conn.QueryRowContext(t.Context(), `SELECT (SELECT synchronous FROM pragma_synchronous), (SELECT query_only FROM pragma_query_only), (SELECT timeout FROM pragma_busy_timeout)`).Scan(&synchronous, &queryOnly, &timeout); err != nil {
				t.Fatal(err)
			}
			if synchronous != 1 || queryOnly != 0 || timeout != 5000 {
				t.Errorf("%s, a connection of the host has synchronous %d, query_only %d, busy_timeout %d", when, synchronous, queryOnly, timeout)
			}
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
	check("while the Store is open")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check("after it was closed")
	if inUse := db.Stats().InUse; inUse != 0 {
		t.Errorf("%d connections are still in use", inUse)
	}
}

// TestWritesInASharedPoolAreDurable: the connection that writes waits for the disk,
// although those of the host do not.
func TestWritesInASharedPoolAreDurable(t *testing.T) {
	db := hostDB(t, usual)
	e := useDB(t, db).Engine.(*engine) //nolint:forcetypeassert // of this package
	var synchronous, timeout int64
	err := e.Do(t.Context(), func(c sqlstore.Conn) error {
		return c.Row(`SELECT (SELECT synchronous FROM pragma_synchronous), (SELECT timeout FROM pragma_busy_timeout)`).Scan(&synchronous, &timeout)
	})
	if err != nil || synchronous != 2 || timeout != oauth.MaxStoreWait.Milliseconds() {
		t.Errorf("the writer has synchronous %d, busy_timeout %d, %v", synchronous, timeout, err)
	}
	var queryOnly int
	if err := e.QueryRow(t.Context(), `SELECT query_only FROM pragma_query_only`).Scan(&queryOnly); err != nil || queryOnly != 1 {
		t.Errorf("a reader has query_only %d %v", queryOnly, err)
	}
}

// TestSmallPoolHasConnectionsLeftForItsHost, however many calls the Store gets.
func TestSmallPoolHasConnectionsLeftForItsHost(t *testing.T) {
	db := hostDB(t, usual)
	db.SetMaxOpenConns(leastShared)
	s := useDB(t, db)
	e := s.Engine.(*engine) //nolint:forcetypeassert // of this package
	first, err := e.Query(t.Context(), `SELECT 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	if most := cap(e.readers.free); most != 1 {
		t.Errorf("the Store reads on %d connections", most)
	}
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
}

// wrapped is a driver of a host that records statements.
type wrapped struct{ of driver.Driver }

func (w wrapped) Open(name string) (driver.Conn, error) { return w.of.Open(name) }

func (w wrapped) Connect(context.Context) (driver.Conn, error) { return w.Open(":memory:") }

func (w wrapped) Driver() driver.Driver { return w }

func TestDatabaseThatCannotBeSharedIsRefusedWithAReason(t *testing.T) {
	small := hostDB(t, usual)
	small.SetMaxOpenConns(1)
	memory, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	other := sql.OpenDB(wrapped{new(sqlite.Driver)})
	for want, db := range map[string]*sql.DB{
		"SetMaxOpenConns":       small,
		"in memory":             memory,
		"without a wrapper":     other,
		"journal_mode is":       hostDB(t, ""),
		"synchronous is OFF":    hostDB(t, "_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"),
		"locking_mode is exclu": hostDB(t, "_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)"),
		"Remove cache=shared":   hostDB(t, "cache=shared&"+usual),
	} {
		s, err := Use(t.Context(), db, Options{})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		_ = db.Close()
	}
}

// hostTables migrates the host program to a number of tables of its own.
func hostTables(t *testing.T, db *sql.DB, n int) {
	t.Helper()
	files := make(fstest.MapFS)
	for i, table := range []string{"session", "account", "client"}[:n] {
		files["0000"+string(rune('1'+i))+"_"+table+".sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE " + table + " (shoe_size INTEGER);\n")}
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err == nil {
		_, err = provider.Up(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHostThatUsesGooseMigratesBesideLatchkeyInTheSamePool, before it and after it.
func TestHostThatUsesGooseMigratesBesideLatchkeyInTheSamePool(t *testing.T) {
	db := hostDB(t, usual)
	hostTables(t, db, 2)
	s := useDB(t, db)
	hostTables(t, db, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	useDB(t, db)
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	for _, want := range []string{"session", "account", "client", "goose_db_version", "latchkey_session", "latchkey_account", "latchkey_goose_version"} {
		if !slices.Contains(tables, want) {
			t.Errorf("there is no table %s in %v", want, tables)
		}
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}
