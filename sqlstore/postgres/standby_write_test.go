package postgres_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// TestAWriteToAStandbyBehindAPoolerReplacesTheConnections: the pooler keeps its
// connection to the previous primary, which now rejects writes (SQLSTATE 25006).
// Nothing is read here, because a read would by itself switch away from the
// standby.
func TestAWriteToAStandbyBehindAPoolerReplacesTheConnections(t *testing.T) {
	first := pgtest.New(t)
	url := first.DatabaseFor(t)
	open(t, url, nil)
	second, err := first.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Stop)
	address := newService(t, first.Port())
	_, port, _ := net.SplitHostPort(address.Addr().String())
	pooled := first.PoolerFor(t, "server_login_retry = 1\n[databases]\n* = host=127.0.0.1 user=latchkey port="+port)
	s, err := postgres.Open(ctx, pooled(url)+"&default_query_exec_mode=exec", postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	issue := func() error {
		return s.Issue(ctx, oauth.AccessToken{ID: oauth.NewID(time.Now()), IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)})
	}
	if err := issue(); err != nil {
		t.Fatal(err)
	}
	if err := second.Promote(); err != nil {
		t.Fatal(err)
	}
	if err := first.Demote(); err != nil {
		t.Fatal(err)
	}
	// The pooler opens a connection to the standby, and keeps it. While the server
	// restarts, it cannot.
	standby := false
	for deadline := time.Now().Add(2 * time.Minute); !standby && time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if conn, err := pgx.Connect(ctx, pooled(url)+"&default_query_exec_mode=exec"); err == nil {
			_ = conn.QueryRow(ctx, `SELECT pg_is_in_recovery()`).Scan(&standby)
			_ = conn.Close(ctx)
		}
	}
	if !standby {
		t.Fatal("the pooler does not connect to the standby")
	}
	address.port.Store(int64(second.Port()))
	// The first write is rejected, and repeated on new connections. Each of them ends
	// a connection of the pooler to the standby, so some of them fail.
	const connections = 8 // of the pooler
	err = issue()
	for calls := 1; err != nil; calls++ {
		if strings.Contains(err.Error(), "25006") || calls > connections {
			t.Fatalf("after %d calls, the connections to the standby are still used: %v", calls, err)
		}
		err = issue()
	}
	direct := strings.Replace(url, fmt.Sprintf("127.0.0.1:%d", first.Port()), fmt.Sprintf("127.0.0.1:%d", second.Port()), 1)
	if n := asked(t, direct, `SELECT count(*)::text FROM latchkey_access_token`)[0]; n != "2" {
		t.Errorf("the new primary has %s tokens", n)
	}
}
