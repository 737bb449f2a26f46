package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// mostRows is how many rows one transaction of an action or a sweep may change, so
// that a token request does not wait for long.
const mostRows = 600

// crowdOfRows inserts 1,500 rows of one client, one person and one session into
// each table. $1 is the present time, and $2 the time at which they expire.
var crowdOfRows = []string{
	`INSERT INTO latchkey_client VALUES ('c', 'C', 'confidential', '', 0, 0, 1, 1, 1, '{}', 0, '')`,
	`INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) SELECT i, x'', 'c', 'ada', i, 'openid', $1, $2 FROM many`,
	`INSERT INTO latchkey_ticket SELECT i, 'code', x'', 'c', 'ada', 's', 'openid', $1, '', '', '', $1, $2, 0 FROM many`,
	`INSERT INTO latchkey_family SELECT i, 'c', 'ada', 's', 'openid', $1, '', x'', x'', 0, 0, 'openid', 0, $1, $2, $2, 0, '', '' FROM many`,
	`INSERT INTO latchkey_revoked_jwt SELECT i, $2 FROM many`,
	`INSERT INTO latchkey_consent SELECT 'p' || n, 'c', 'openid', $1, $1, 0 FROM many`,
	`INSERT INTO latchkey_consent VALUES ('ada', 'c', 'openid', $1, $1, 0)`,
	`INSERT INTO latchkey_account (id, username, canonical, email, name, claims, password, admin, disabled, created_at, updated_at, last_login_at, version, login_epoch, skeleton, expires_at)
		VALUES ('ada', 'ada', 'ada', '', '', '', 'x', 0, 0, 1, 1, 1, 1, 0, 'ada', 0)`,
	`INSERT INTO latchkey_session SELECT 's' || n, x'', 'ada', $1, $1, $1, $2, $2, '', '', $2, '', 0 FROM many`,
	`INSERT INTO latchkey_session VALUES ('s', x'', 'ada', $1, $1, $1, $2, $2, '', '', $2, '', 0)`,
	`INSERT INTO latchkey_session_client SELECT 's', 'c' || n, 'ada', $2, 0, 0, 0 FROM many`,
	`INSERT INTO latchkey_attempt SELECT n, 1, 0, $2 FROM many`,
}

const manyRows = `CREATE TEMP VIEW many AS WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1500)
	SELECT n, unhex(printf('%%012x%%020x', %d, n)) AS i FROM numbers`

// TestNoActChangesManyRowsInOneTransaction: whatever an administrator, a person or
// the sweeper does with 1,500 rows in each table, no single transaction changes
// more than a few hundred, so that the transactions of requests can run in between.
func TestNoActChangesManyRowsInOneTransaction(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	for name, test := range map[string]struct {
		act  func(s *sqlstore.Store) error
		left string // counts what must be gone in the end
	}{
		"delete an application": {
			func(s *sqlstore.Store) error { return s.DeleteClient(ctx, "c") },
			`SELECT (SELECT count(*) FROM latchkey_family) + (SELECT count(*) FROM latchkey_consent) + (SELECT count(*) FROM latchkey_ticket)`,
		},
		"create it again": {func(s *sqlstore.Store) error {
			if err := s.DeleteClient(ctx, "c"); err != nil {
				return err
			}
			return s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, CreatedAt: now})
		}, `SELECT (SELECT count(*) FROM latchkey_family) + (SELECT count(*) FROM latchkey_consent)`},
		"revoke everything of an application": {
			func(s *sqlstore.Store) error { return s.RevokeClient(ctx, "c", now) },
			`SELECT count(*) FROM latchkey_client WHERE revoked_before = 0`,
		},
		"disable an application": {func(s *sqlstore.Store) error {
			return s.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", Disabled: true, RevokedBefore: now, At: now})
		}, `SELECT count(*) FROM latchkey_client WHERE disabled = 0`},
		"revoke everything of a person": {
			func(s *sqlstore.Store) error { return s.RevokeSubject(ctx, "ada", now) },
			`SELECT count(*) = 0 FROM latchkey_subject WHERE revoked_before > 0`,
		},
		"withdraw a consent": {
			func(s *sqlstore.Store) error { return s.WithdrawConsent(ctx, "ada", "c", now) },
			`SELECT (SELECT count(*) FROM latchkey_family WHERE revoked_at = 0) + (SELECT count(*) FROM latchkey_ticket)`,
		},
		"log out": {
			func(s *sqlstore.Store) error {
				return s.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s"}, At: now})
			},
			`SELECT (SELECT count(*) FROM latchkey_family WHERE revoked_at = 0) + (SELECT count(*) FROM latchkey_session WHERE id = 's') + (SELECT count(*) FROM latchkey_session_client WHERE notify_at = 0)`,
		},
		"log out everywhere": {
			func(s *sqlstore.Store) error { return s.EndSessions(ctx, oauth.SessionsEnd{Subject: "ada", At: now}) },
			`SELECT (SELECT count(*) FROM latchkey_family WHERE revoked_at = 0) + (SELECT count(*) FROM latchkey_session) + (SELECT count(*) FROM latchkey_session_client WHERE notify_at = 0)`,
		},
		"log many sessions out": {func(s *sqlstore.Store) error {
			var ids []string
			for i := range 1500 {
				ids = append(ids, fmt.Sprint("s", i+1))
			}
			return s.EndSessions(ctx, oauth.SessionsEnd{IDs: ids, At: now})
		}, `SELECT count(*) FROM latchkey_session WHERE id <> 's'`},
		"disable an account": {func(s *sqlstore.Store) error {
			return s.SwitchUser(ctx, account.Switch{UserID: "ada", Disabled: true, RevokedBefore: now, At: now})
		}, `SELECT (SELECT count(*) FROM latchkey_family WHERE revoked_at = 0) + (SELECT count(*) FROM latchkey_session)`},
		"set a password": {func(s *sqlstore.Store) error {
			u, err := s.User(ctx, "ada")
			if err != nil {
				return err
			}
			return s.SetPassword(ctx, account.PasswordChange{User: u, Hash: "y", At: now})
		}, `SELECT (SELECT count(*) FROM latchkey_family WHERE revoked_at = 0) + (SELECT count(*) FROM latchkey_session)`},
		"block an account, with all other changes": {func(s *sqlstore.Store) error {
			u, err := s.User(ctx, "ada")
			if err != nil {
				return err
			}
			return s.ReviseUser(ctx, account.UserRevision{User: u, Profile: true, Canonical: "ada", Switch: true, Disabled: true, Hash: "y", Add: []account.Factor{{ID: account.FactorID{1}, Kind: account.FactorExternal}}, At: now})
		}, `SELECT (SELECT count(*) FROM latchkey_family WHERE revoked_at = 0) + (SELECT count(*) FROM latchkey_session)`},
		"delete an account that expired": {func(s *sqlstore.Store) error {
			err := s.Engine.Do(ctx, func(c sqlstore.Conn) error {
				_, err := c.Count(`UPDATE latchkey_account SET expires_at = 1 WHERE id = 'ada'`)
				return err
			})
			if err != nil {
				return err
			}
			_, err = s.DeleteExpiredUsers(ctx, now.Add(2*time.Hour)) // its sessions have expired, too
			return err
		}, `SELECT (SELECT count(*) FROM latchkey_session) + (SELECT count(*) FROM latchkey_account)`},
		"sweep": {
			func(s *sqlstore.Store) error { _, err := s.Sweep(ctx, now.Add(72*time.Hour)); return err },
			`SELECT (SELECT count(*) FROM latchkey_family) + (SELECT count(*) FROM latchkey_ticket) + (SELECT count(*) FROM latchkey_access_token) + (SELECT count(*) FROM latchkey_session) +
				(SELECT count(*) FROM latchkey_revoked_jwt) + (SELECT count(*) FROM latchkey_session_client) + (SELECT count(*) FROM latchkey_attempt)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, counted := crowded(t, now)
			if err := test.act(s); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Sweep(ctx, now); err != nil { // completes what was begun
				t.Fatal(err)
			}
			if n := counted.most.Load(); n == 0 || n > mostRows {
				t.Errorf("a transaction changed %d rows", n)
			}
			var left int
			if err := s.Engine.QueryRow(ctx, test.left).Scan(&left); err != nil || left != 0 {
				t.Errorf("%d rows are left: %v", left, err)
			}
			if err := s.Engine.QueryRow(ctx, `SELECT count(*) FROM latchkey_removal`).Scan(&left); err != nil || left != 0 {
				t.Errorf("%d removals are left: %v", left, err)
			}
		})
	}
}

var ctx = context.Background()

// TestChangeOfManyMembersNeedsNoMoreStatementsThanOfOne, and one round trip after the read. The same
// is true for a revision of a user.
func TestChangeOfManyMembersNeedsNoMoreStatementsThanOfOne(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	s, counted := crowded(t, now)
	err := s.Engine.Do(ctx, func(c sqlstore.Conn) error {
		_, err := c.Count(`INSERT INTO latchkey_account (id, username, canonical, email, name, claims, password, admin, disabled, created_at, updated_at, last_login_at, version, login_epoch, skeleton, expires_at)
			WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 400) SELECT 'u' || n, 'u' || n, 'u' || n, '', '', '', '', 0, 0, 1, 1, 1, 1, 0, 'u' || n, 0 FROM many`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	people := func(first, n int) (ids []string) {
		for i := range n {
			ids = append(ids, fmt.Sprint("u", first+i))
		}
		return ids
	}
	auditors := account.Roles{account.RoleAuditor}
	for _, test := range []struct {
		name       string
		statements int64
		act        func(n int) error
	}{
		{"a new group", 8, func(n int) error {
			return s.CreateGroup(ctx, &account.Group{ID: fmt.Sprint("g", n), Name: fmt.Sprint("g", n), Roles: auditors, CreatedAt: now}, fmt.Sprint("g", n), people(1, n))
		}},
		{"a revision", 17, func(n int) error {
			g, err := s.Group(ctx, fmt.Sprint("g", n))
			if err != nil {
				return err
			}
			g.Name = fmt.Sprint("h", n)
			done, err := s.ReviseGroup(ctx, account.GroupRevision{Group: g, Renames: true, Canonical: g.Name, Join: people(1+n, n), Leave: people(1, n), At: now})
			if err == nil && (len(done.Joined) != n || len(done.Left) != n) {
				t.Errorf("%d joined, and %d left", len(done.Joined), len(done.Left))
			}
			return err
		}},
		{"members who join", 10, func(n int) error {
			return errorOf(s.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: fmt.Sprint("g", n)}, Join: people(1, n), At: now}))
		}},
		{"members who leave", 8, func(n int) error {
			return errorOf(s.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: fmt.Sprint("g", n)}, Leave: people(1, n), At: now}))
		}},
		{"a user", 11, func(int) error {
			u, err := s.User(ctx, "u1")
			if err != nil {
				return err
			}
			return s.ReviseUser(ctx, account.UserRevision{User: u, Profile: true, Canonical: "u1", Switch: true, Disabled: true, Hash: "y", Add: []account.Factor{{ID: account.FactorID{byte(u.Version)}, Kind: account.FactorExternal}}, At: now})
		}},
	} {
		for _, n := range []int{1, 100} {
			before, trips := counted.statements.Load(), s.RoundTrips()
			if err := test.act(n); err != nil {
				t.Fatalf("%s, of %d people: %v", test.name, n, err)
			}
			if got := counted.statements.Load() - before; got != test.statements {
				t.Errorf("%s, of %d people: %d statements, want %d", test.name, n, got, test.statements)
			}
			if got := s.RoundTrips() - trips; got > 2 { // one reads the group or the user
				t.Errorf("%s, of %d people: %d round trips", test.name, n, got)
			}
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// crowded returns a Store with many rows that expire an hour later, and the engine
// that counts its changes.
func crowded(t *testing.T, now time.Time) (*sqlstore.Store, *counting) {
	t.Helper()
	write, read, _, err := databases(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range append([]string{fmt.Sprintf(manyRows, now.UnixMilli())}, crowdOfRows...) {
		var args []any
		if statement[:6] != "CREATE" {
			args = []any{now.UnixMilli(), now.Add(time.Hour).UnixMilli()}
		}
		if _, err := write.ExecContext(ctx, statement, args...); err != nil {
			t.Fatalf("%v, for\n%s", err, statement)
		}
	}
	engine, err := newEngine(ctx, pools{write: write, read: read}, nil)
	if err != nil {
		t.Fatal(err)
	}
	counted := &counting{Engine: engine}
	s, err := sqlstore.New(ctx, sqlstore.Config{
		Engine: counted, Duplicate: duplicate, Permanent: permanent, Unreachable: unreachable, Clock: func() time.Time { return now },
		Changed: func(context.Context) (bool, error) { return false, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, counted
}

// counting counts the rows that each job changes, and remembers the highest number.
type counting struct {
	sqlstore.Engine
	most       atomic.Int64
	statements atomic.Int64 // of all jobs
}

func (c *counting) Do(ctx context.Context, job func(sqlstore.Conn) error) error {
	return c.Engine.Do(ctx, func(conn sqlstore.Conn) error {
		counted := &countingConn{Conn: conn}
		err := job(counted)
		c.statements.Add(counted.statements)
		for most := c.most.Load(); counted.rows > most && !c.most.CompareAndSwap(most, counted.rows); most = c.most.Load() {
		}
		return err
	})
}

type countingConn struct {
	sqlstore.Conn
	rows, statements int64
}

func (c *countingConn) Count(query string, args ...any) (int64, error) {
	n, err := c.Conn.Count(query, args...)
	c.rows += n
	c.statements++
	return n, err
}

func (c *countingConn) Row(query string, args ...any) sqlstore.Row {
	c.rows++
	c.statements++
	return c.Conn.Row(query, args...)
}
