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

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

var (
	ctx    = context.Background()
	server *pgtest.Server
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, &server)) }

// database is an empty database.
func database(t *testing.T) string {
	t.Helper()
	return server.DatabaseFor(t)
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

func TestPostgreSQLKeepsTheStoresPromises(t *testing.T) {
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store { return open(t, database(t), clock) })
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

func TestR8_9_TwoProcessesOnOnePostgreSQLAgree(t *testing.T) {
	url := database(t)
	stores := []*sqlstore.Store{stocked(t, url), stocked(t, url)}
	now := time.Now().Truncate(time.Millisecond)
	for range 20 {
		ticket := newTicket(now)
		if err := stores[0].Approve(ctx, oauth.Approval{Put: &ticket}); err != nil {
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
			t.Fatal("the other process has not noticed")
		}
	}
}

func TestConsentsGivenOnTwoNodesAtOnceAddUp(t *testing.T) {
	url := database(t)
	stores := []*sqlstore.Store{stocked(t, url), stocked(t, url)}
	now := time.Now().Truncate(time.Millisecond)
	for round := range 10 {
		subject := fmt.Sprint("person ", round)
		wins(t, 8, func(i int) (bool, error) {
			return true, stores[i%2].Approve(ctx, oauth.Approval{Consent: &oauth.Consent{
				Subject: subject, ClientID: "c", Scope: oauth.Scopes{fmt.Sprint("s", i)}, GrantedAt: now, UpdatedAt: now,
			}})
		})
		if got, err := stores[0].Consent(ctx, subject, "c"); err != nil || len(got.Scope) != 8 {
			t.Errorf("of eight scopes %v are left: %v", got.Scope, err)
		}
	}
}

// wins lets n meet and counts who won.
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

// TestAStepIsOneRoundTrip counts exactly.
func TestAStepIsOneRoundTrip(t *testing.T) {
	s := stocked(t, database(t))
	now := time.Now().Truncate(time.Millisecond)
	ticket := newTicket(now)
	token := newAccess(now)
	var access oauth.AccessToken
	for _, step := range []struct {
		name        string
		trips, rows uint64
		run         func() error
	}{
		{"a code", 1, 1, func() error { return s.Approve(ctx, oauth.Approval{Put: &ticket}) }},
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
		{"revocation", 1, 1, func() error { return s.Revoke(ctx, oauth.Revocation{ClientID: "c", Access: &access, At: now}) }},
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
		t.Errorf("the family lives: %+v %v", f, err)
	}
}

func TestManyWhoStartAtOnceMigrateOnce(t *testing.T) {
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

func TestTheClockOfTheDatabaseIsKnown(t *testing.T) {
	s := open(t, database(t), nil)
	at, err := s.DatabaseClock(ctx)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("it is %s there: %v", at, err)
	}
}

// TestUnderSerializableNothingIsLost: the strictest isolation makes
// transactions fail that were in each other's way; they are tried again.
func TestUnderSerializableNothingIsLost(t *testing.T) {
	url := database(t) + "&default_transaction_isolation=serializable"
	stores := []*sqlstore.Store{stocked(t, url), open(t, url, nil)}
	failures := func() int {
		t.Helper()
		log, err := server.Log()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(log, "could not serialize access")
	}
	now := time.Now().Truncate(time.Millisecond)
	before := failures()
	for range 10 {
		ticket := newTicket(now)
		if n := wins(t, 8, func(i int) (bool, error) {
			return true, stores[i%2].Approve(ctx, oauth.Approval{Put: &ticket, Consent: &oauth.Consent{Subject: "ada", ClientID: "c", Scope: oauth.Scopes{"read"}, GrantedAt: now, UpdatedAt: now}})
		}); n != 8 {
			t.Fatal("not all clicks were answered")
		}
		r := spend(ticket, now)
		if n := wins(t, 16, func(i int) (bool, error) {
			got, err := stores[i%2].Spend(ctx, r)
			return got.Won, err
		}); n != 1 {
			t.Fatalf("%d spent one ticket", n)
		}
		if n := wins(t, 16, func(i int) (bool, error) {
			got, err := stores[i%2].Rotate(ctx, oauth.Rotation{
				FamilyID: ticket.ID, ClientID: "c", Presented: r.Family.Hash, Next: oauth.Hash{byte(i), 9}, Now: now, IdleExpiresAt: now.Add(time.Hour),
			})
			return got.Won, err
		}); n != 1 {
			t.Fatalf("%d spent one refresh token", n)
		}
		if n := wins(t, 16, func(i int) (bool, error) {
			return true, stores[i%2].Revoke(ctx, oauth.Revocation{ClientID: "c", Families: []oauth.ID{ticket.ID}, At: now})
		}); n != 16 {
			t.Fatal("not all revocations were answered")
		}
	}
	if failures() == before {
		t.Error("no transaction was in another's way: this test shows nothing")
	}
}

// TestAKilledDatabaseLosesNothing and the Store recovers by itself.
func TestAKilledDatabaseLosesNothing(t *testing.T) {
	own := pgtest.New(t)
	url := own.DatabaseFor(t)
	s := stocked(t, url)
	var (
		mu   sync.Mutex
		kept []oauth.AccessToken
		all  sync.WaitGroup
		stop = make(chan struct{})
	)
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				token := newAccess(time.Now().Truncate(time.Millisecond))
				switch err := s.Issue(ctx, token); {
				case err == nil:
					mu.Lock()
					kept = append(kept, token)
					mu.Unlock()
				case !errors.Is(err, oauth.ErrUnavailable):
					t.Errorf("a database that is away: %v", err)
				}
			}
		})
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(kept)
	}
	for range 3 {
		for n := count(); count() < n+200; {
			time.Sleep(time.Millisecond) // the load goes on
		}
		own.Kill()
		if err := own.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	for n := count(); count() < n+200; {
		time.Sleep(time.Millisecond)
	}
	close(stop)
	all.Wait()
	for _, token := range kept {
		if _, _, err := s.AccessToken(ctx, token.ID); err != nil {
			t.Fatalf("an acknowledged token is lost: %v", err)
		}
	}
	t.Logf("%d tokens over three kills", len(kept))
}

// TestAnAccessTokenTakesNoMoreThan250Bytes of table and index.
func TestAnAccessTokenTakesNoMoreThan250Bytes(t *testing.T) {
	url := database(t)
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
		t.Errorf("%d bytes each", each)
	} else {
		t.Logf("%d bytes each", each)
	}
}

// TestALogOutAndAnExchangeDoNotPassEachOther: a code that is redeemed while its
// person logs out is refused, or its family ends with the session; whichever
// transaction comes first.
func TestALogOutAndAnExchangeDoNotPassEachOther(t *testing.T) {
	url := database(t)
	s := stocked(t, url)
	now := time.Now().Truncate(time.Millisecond)
	conn := connected(t, url)
	for _, first := range []string{"log-out", "exchange"} {
		do(t, conn, `INSERT INTO latchkey_session VALUES ('s', '', 'ada', 1, 1, 1, 1, '', '')`)
		ticket := newTicket(now)
		ticket.SessionID = "s"
		ticket.Scope = oauth.Scopes{"openid"}
		if err := s.Approve(ctx, oauth.Approval{Put: &ticket}); err != nil {
			t.Fatal(err)
		}
		r := spend(ticket, now)
		r.InSession = true
		redeem := func() (bool, error) {
			got, err := s.Spend(ctx, r)
			return got.Won, err
		}
		logOut := func() (bool, error) {
			return true, s.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s"}, At: now})
		}
		second := redeem
		do(t, conn, "BEGIN")
		if first == "log-out" {
			do(t, conn, `DELETE FROM latchkey_session WHERE id = 's'`)
		} else { // what an exchange holds
			second = logOut
			do(t, conn, `SELECT FROM latchkey_session WHERE id = 's' FOR KEY SHARE`)
			if _, err := conn.Exec(ctx, `INSERT INTO latchkey_family (id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until, issued_at, idle_expires_at, expires_at, revoked_at)
				VALUES ($1, 'c', 'ada', 's', 'openid', 1, '', '', '', 0, 0, 'openid', 0, $2, $2, $2, 0)`, ticket.ID[:], now.UnixMilli()); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan error, 1)
		var won bool
		go func() {
			var err error
			won, err = second()
			done <- err
		}()
		for len(asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`)) == 0 {
			select {
			case err := <-done:
				t.Fatalf("%s first: the other does not wait: %v", first, err)
			default:
			}
		}
		do(t, conn, "COMMIT")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if first == "log-out" {
			if won {
				t.Error("a code was redeemed after the log-out")
			}
			continue
		}
		if f, _, err := s.Family(ctx, ticket.ID); err != nil || f.RevokedAt.IsZero() {
			t.Errorf("a family outlives the log-out: %+v %v", f, err)
		}
	}
}

// TestARowThatIsRefusedSpoilsNoOther, though they are inserted by one statement.
func TestARowThatIsRefusedSpoilsNoOther(t *testing.T) {
	s := stocked(t, database(t))
	now := time.Now().Truncate(time.Millisecond)
	there := newAccess(now)
	if err := s.Issue(ctx, there); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		var (
			all    sync.WaitGroup
			tokens [16]oauth.AccessToken
			errs   [16]error
		)
		for i := range tokens {
			if tokens[i] = newAccess(now); i%5 == 0 {
				tokens[i] = there
			}
			all.Go(func() { errs[i] = s.Issue(ctx, tokens[i]) })
		}
		all.Wait()
		for i := range tokens {
			if refused := errs[i] != nil; refused != (i%5 == 0) {
				t.Fatalf("row %d: %v", i, errs[i])
			}
			if _, _, err := s.AccessToken(ctx, tokens[i].ID); err != nil {
				t.Fatalf("row %d was acknowledged and is not there: %v", i, err)
			}
		}
	}
}

// TestAnApprovalOfACodeSharesItsCommit: it is one statement, and no transaction
// of its own.
func TestAnApprovalOfACodeSharesItsCommit(t *testing.T) {
	url := database(t)
	stocked(t, url)
	var (
		mu         sync.Mutex
		statements []string
	)
	s, err := postgres.Open(ctx, url, postgres.Options{Trace: func(_ context.Context, statement string) func(error) {
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(statement, "latchkey_config_version") { // which is read all the time
			statements = append(statements, statement)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ticket := newTicket(time.Now().Truncate(time.Millisecond))
	mu.Lock()
	statements = nil
	mu.Unlock()
	if err := s.Approve(ctx, oauth.Approval{Put: &ticket}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(statements) != 1 || !strings.HasPrefix(statements[0], "INSERT INTO latchkey_ticket") {
		t.Errorf("an approval runs %q", statements)
	}
}
