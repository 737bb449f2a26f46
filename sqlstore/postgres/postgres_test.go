package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

var (
	ctx    = context.Background()
	server *pgtest.Server
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, &server)) }

// database creates an empty database and returns its URL.
func database(t *testing.T) string {
	t.Helper()
	return server.DatabaseFor(t)
}

// migrated creates a database with all tables and returns its URL.
func migrated(t *testing.T) string {
	t.Helper()
	return server.PreparedFor(t, func(url string) error {
		_, err := postgres.Migrate(ctx, url)
		return err
	})
}

// emptier returns a function that deletes all rows of a database. All calls use one
// connection: what PostgreSQL knows about the tables is collected once per connection, which
// takes longer than the deletion.
func emptier(t *testing.T, url string) func(*testing.T) {
	t.Helper()
	conn := connected(t, url)
	var all strings.Builder
	for _, table := range append(copy.Tables(), "latchkey_lease", "latchkey_access_run", "latchkey_access_recent", "latchkey_access_group") {
		if table != "latchkey_config_version" { // which always has one row
			all.WriteString("DELETE FROM " + table + ";")
		}
	}
	return func(t *testing.T) {
		t.Helper()
		do(t, conn, all.String())
	}
}

func open(t *testing.T, url string, clock func() time.Time) *sqlstore.Store {
	t.Helper()
	s, err := postgres.Open(ctx, url, postgres.Options{Migrate: true, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestStoreKeepsItsPromisesOnPostgreSQL, in a hostile database.
func TestStoreKeepsItsPromisesOnPostgreSQL(t *testing.T) {
	url := hostile(t)
	empty := emptier(t, url)
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		empty(t)
		s, err := postgres.Open(ctx, url, postgres.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

// stocked is a Store with the client "c".
func stocked(t *testing.T, url string) *sqlstore.Store {
	t.Helper()
	s := open(t, url, nil)
	err := s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, CreatedAt: time.Now().Add(-time.Hour)})
	if err != nil && !errors.Is(err, oauth.ErrConflict) {
		t.Fatal(err)
	}
	return s
}

// newTicket is a ticket of the client "c".
func newTicket(now time.Time) oauth.Ticket {
	return oauth.Ticket{
		Kind: "code", ID: oauth.NewID(now), Proof: oauth.Hash{7}, ClientID: "c", Body: "{}",
		Permission: oauth.Permission{Subject: "ada", Scope: oauth.Scopes{"read"}}, IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	}
}

func newAccess(now time.Time) oauth.AccessToken {
	token := oauth.NewToken(oauth.KindAccess, now)
	return oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", Scope: oauth.Scopes{"read"}, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
}

// spend is a request that spends the ticket and issues tokens.
func spend(ticket oauth.Ticket, now time.Time) oauth.SpendRequest {
	row := newAccess(now)
	return oauth.SpendRequest{
		Kind: ticket.Kind, ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now, Access: &row,
		Family: &oauth.Family{Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)},
	}
}

func TestTwoProcessesOnOnePostgreSQLAgree(t *testing.T) {
	url := migrated(t)
	stores := []*sqlstore.Store{stocked(t, url), stocked(t, url)}
	now := time.Now().Truncate(time.Millisecond)
	for range 20 {
		ticket := newTicket(now)
		if _, err := stores[0].Approve(ctx, oauth.Approval{Now: time.Now(), Put: &ticket}); err != nil {
			t.Fatal(err)
		}
		if n := wins(t, 16, func(i int) (bool, error) {
			got, err := stores[i%2].Spend(ctx, spend(ticket, now))
			return got.Won, err
		}); n != 1 {
			t.Fatalf("%d spent one ticket", n)
		}
		if n := wins(t, 16, func(i int) (bool, error) {
			row := newAccess(now)
			got, err := stores[i%2].Rotate(ctx, oauth.Rotation{
				FamilyID: ticket.ID, ClientID: "c", Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour), Access: &row,
			})
			return got.Won, err
		}); n != 1 {
			t.Fatalf("%d spent one refresh token", n)
		}
	}
	before := stores[1].Version()
	c, err := stores[0].Client(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	c.Disabled = true
	if err := stores[0].UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Minute); stores[1].Version() == before; {
		if time.Now().After(deadline) {
			t.Fatal("the other process does not see the change")
		}
	}
}

// TestAnotherProcessKnowsWhichFamiliesAreBoundToTheirSession refreshes with a
// Store that has not seen a family of the client before (OpenID Connect Core §11).
func TestAnotherProcessKnowsWhichFamiliesAreBoundToTheirSession(t *testing.T) {
	var (
		url    = migrated(t)
		issuer = stocked(t, url)
		now    = time.Now().Truncate(time.Millisecond)
	)
	if err := issuer.CreateUser(ctx, &account.User{ID: "ada", Username: "ada", CreatedAt: now, UpdatedAt: now, PasswordHash: "x"}, "ada", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	user, err := issuer.User(ctx, "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, scope string
		session     time.Duration // until it expires
		want        bool
	}{
		{"the session lasts", "openid", time.Hour, true},
		{"the session has expired", "openid", 10 * time.Minute, false},
		{"the session has expired, and openid is not the first scope", "read openid", 10 * time.Minute, false},
		{"the session has expired, with offline_access", "openid offline_access", 10 * time.Minute, true},
		{"the session has expired, without openid", "read", 10 * time.Minute, true},
		{"the session has expired, and the scope only looks like openid", "openid2", 10 * time.Minute, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := "session " + test.name
			if err := issuer.StartSession(ctx, account.SessionStart{Session: account.Session{ID: id, UserID: "ada", CreatedAt: now, IdleExpiresAt: now.Add(test.session), ExpiresAt: now.Add(time.Hour)}, Epoch: user.LoginEpoch}); err != nil {
				t.Fatal(err)
			}
			ticket := newTicket(now)
			ticket.SessionID, ticket.Scope = id, strings.Fields(test.scope)
			if err := issuer.Put(ctx, ticket); err != nil {
				t.Fatal(err)
			}
			r := spend(ticket, now)
			r.InSession = true
			if got, err := issuer.Spend(ctx, r); err != nil || !got.Won {
				t.Fatal(got, err)
			}
			other, later := open(t, url, nil), now.Add(20*time.Minute)
			got, err := other.Rotate(ctx, oauth.Rotation{
				FamilyID: ticket.ID, ClientID: "c", InSession: true, Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: later, IdleExpiresAt: later.Add(time.Hour),
			})
			if err != nil || got.Won != test.want {
				t.Errorf("refreshed: %t %v, want %t", got.Won, err, test.want)
			}
			if got.Won && (!got.Family.Scope.Equal(ticket.Scope) || got.Family.SessionID != id || got.Family.Previous != (oauth.Hash{1})) {
				t.Errorf("the family is %+v", got.Family)
			}
		})
	}
}

func TestConsentsOfTwoProcessesAreCombined(t *testing.T) {
	url := migrated(t)
	stores := []*sqlstore.Store{stocked(t, url), stocked(t, url)}
	now := time.Now().Truncate(time.Millisecond)
	for round := range 10 {
		subject := fmt.Sprint("person ", round)
		wins(t, 8, func(i int) (bool, error) {
			_, err := stores[i%2].Approve(ctx, oauth.Approval{Now: now, Consent: &oauth.Consent{
				Subject: subject, ClientID: "c", Scope: oauth.Scopes{fmt.Sprint("s", i)}, GrantedAt: now, UpdatedAt: now,
			}})
			return true, err
		})
		if got, err := stores[0].Consent(ctx, subject, "c"); err != nil || len(got.Scope) != 8 {
			t.Errorf("of eight scopes %v are stored: %v", got.Scope, err)
		}
	}
}

// wins makes n calls at the same time, and returns how many won.
func wins(t *testing.T, n int, try func(i int) (bool, error)) (count int) {
	t.Helper()
	var (
		all sync.WaitGroup
		won = make([]bool, n)
	)
	for i := range n {
		all.Go(func() {
			var err error
			if won[i], err = try(i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, w := range won {
		if w {
			count++
		}
	}
	return count
}

// TestEachVerbIsOneRoundTripOnPostgreSQL counts calls to the database, and rows that
// were written.
func TestEachVerbIsOneRoundTripOnPostgreSQL(t *testing.T) {
	s := stocked(t, migrated(t))
	now := time.Now().Truncate(time.Millisecond)
	ticket := newTicket(now)
	token := newAccess(now)
	var access oauth.AccessToken
	for _, step := range []struct {
		name        string
		trips, rows uint64
		run         func() error
	}{
		{"a code", 1, 1, func() error { _, err := s.Approve(ctx, oauth.Approval{Now: now, Put: &ticket}); return err }},
		{"code exchange", 1, 3, func() error {
			r := spend(ticket, now)
			access = *r.Access
			_, err := s.Spend(ctx, r)
			return err
		}},
		{"refresh", 1, 2, func() error {
			row := newAccess(now)
			_, err := s.Rotate(ctx, oauth.Rotation{FamilyID: ticket.ID, ClientID: "c", Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour), Access: &row})
			return err
		}},
		{"client credentials", 1, 1, func() error { return s.Issue(ctx, token) }},
		{"introspection", 1, 0, func() error { _, _, err := s.AccessToken(ctx, access.ID); return err }},
		{"revocation", 1, 1, func() error {
			_, _, err := s.Revoke(ctx, oauth.Revocation{ClientID: "c", Access: &access, At: now})
			return err
		}},
	} {
		trips, rows := s.RoundTrips(), s.Rows()
		if err := step.run(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if trips, rows = s.RoundTrips()-trips, s.Rows()-rows; trips != step.trips || rows != step.rows {
			t.Errorf("%s: %d round trips and %d rows, want %d and %d", step.name, trips, rows, step.trips, step.rows)
		}
	}
	f, _, err := s.Family(ctx, ticket.ID)
	if err != nil || f.RevokedAt.IsZero() {
		t.Errorf("the family was not revoked: %+v %v", f, err)
	}
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	url := database(t)
	if _, err := postgres.Open(ctx, url, postgres.Options{}); !errors.Is(err, postgres.ErrPending) {
		t.Fatalf("without tables: %v", err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := postgres.Open(ctx, url, postgres.Options{Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Ping(ctx); err != nil {
				t.Error(err)
			}
			_ = s.Close()
		})
	}
	all.Wait()
	s, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

func TestDatabaseClockIsThatOfTheServer(t *testing.T) {
	s := open(t, migrated(t), nil)
	at, err := s.DatabaseClock(ctx)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("it is %s there: %v", at, err)
	}
}

// TestAnAccessTokenTakesAtMost250Bytes in the table and its index.
func TestAnAccessTokenTakesAtMost250Bytes(t *testing.T) {
	url := migrated(t)
	s := stocked(t, url)
	const n = 20_000
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range n / 16 {
				token := newAccess(time.Now().Truncate(time.Millisecond))
				token.ClientID, token.Subject, token.FamilyID = "0123456789012345678901", "019cb73d-3218-7e15-8905-857873d5748b", token.ID
				if err := s.Issue(ctx, token); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	size, err := pgtest.Size(url, "latchkey_access_token")
	if err != nil {
		t.Fatal(err)
	}
	if each := size / n; each > 250 {
		t.Errorf("%d bytes per token", each)
	} else {
		t.Logf("%d bytes per token", each)
	}
}
