package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// TestSerializationFailuresAreRetried: with the strictest isolation, transactions
// that collide fail.
func TestSerializationFailuresAreRetried(t *testing.T) {
	url := migrated(t) + "&default_transaction_isolation=serializable"
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
			_, err := stores[i%2].Approve(ctx, oauth.Approval{Now: now, Put: &ticket, Consent: &oauth.Consent{Subject: "ada", ClientID: "c", Scope: oauth.Scopes{"read"}, GrantedAt: now, UpdatedAt: now}})
			return true, err
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
			revoked, _, err := stores[i%2].Revoke(ctx, oauth.Revocation{ClientID: "c", Families: []oauth.ID{ticket.ID}, At: now})
			return revoked, err
		}); n != 1 {
			t.Fatalf("%d calls revoked one family", n)
		}
	}
	if failures() == before {
		t.Error("no transaction collided: this test shows nothing")
	}
}

// TestAKilledPostgreSQLLosesNothingThatWasAcknowledged, and the Store recovers by
// itself.
func TestAKilledPostgreSQLLosesNothingThatWasAcknowledged(t *testing.T) {
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
					t.Errorf("an unavailable database: %v", err)
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
			t.Fatalf("an acknowledged token was lost: %v", err)
		}
	}
	t.Logf("%d tokens over three kills", len(kept))
}

// TestALogoutAndAnExchangeAtTheSameTimeLeaveNoFamily: if a ticket is spent while its
// person logs out, it is refused, or its family is revoked with the session,
// whichever transaction comes first.
func TestALogoutAndAnExchangeAtTheSameTimeLeaveNoFamily(t *testing.T) {
	url := migrated(t)
	s := stocked(t, url)
	now := time.Now().Truncate(time.Millisecond)
	conn := connected(t, url)
	for _, first := range []string{"logout", "exchange"} {
		do(t, conn, `INSERT INTO latchkey_session (id, hash, user_id, auth_time, created_at, seen_at, idle_expires_at, expires_at, address, user_agent)
			VALUES ('s', '', 'ada', 1, 1, 1, 99999999999999, 99999999999999, '', '')`)
		ticket := newTicket(now)
		ticket.SessionID = "s"
		ticket.Scope = oauth.Scopes{"openid"}
		if _, err := s.Approve(ctx, oauth.Approval{Now: now, Put: &ticket}); err != nil {
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
		if first == "logout" {
			do(t, conn, `DELETE FROM latchkey_session WHERE id = 's'`)
		} else { // what an exchange locks
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
				t.Fatalf("%s first: the other call does not wait: %v", first, err)
			default:
			}
		}
		do(t, conn, "COMMIT")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if first == "logout" {
			if won {
				t.Error("a ticket was spent after the logout")
			}
			continue
		}
		if f, _, err := s.Family(ctx, ticket.ID); err != nil || f.RevokedAt.IsZero() {
			t.Errorf("a family is valid after the logout: %+v %v", f, err)
		}
	}
}

func TestADuplicateRowDoesNotAffectOthersInItsStatement(t *testing.T) {
	s := stocked(t, migrated(t))
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
				t.Fatalf("row %d was acknowledged and does not exist: %v", i, err)
			}
		}
	}
}

// TestAnApprovalOfACodeSharesItsCommit: it is one statement, and no transaction
// of its own.
func TestAnApprovalOfACodeSharesItsCommit(t *testing.T) {
	url := migrated(t)
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
	if _, err := s.Approve(ctx, oauth.Approval{Now: time.Now(), Put: &ticket}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(statements) != 1 || !strings.Contains(statements[0], "INSERT INTO latchkey_ticket") {
		t.Errorf("an approval runs %q", statements)
	}
}
