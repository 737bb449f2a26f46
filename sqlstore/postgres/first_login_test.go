package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestAFirstLoginKeepsAnAccountThatIsBeingDeleted: DeleteExpiredUsers waits for a
// login that has locked the account, and then finds its session.
func TestAFirstLoginKeepsAnAccountThatIsBeingDeleted(t *testing.T) {
	url, now := migrated(t), time.Now()
	s := stocked(t, url)
	u := &account.User{ID: "ada", Username: "ada", CreatedAt: now, ExpiresAt: now.Add(-time.Second)}
	if err := s.CreateUser(ctx, u, "ada", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	conn := connected(t, url)
	do(t, conn, `BEGIN; UPDATE latchkey_account SET last_login_at = 1 WHERE id = 'ada';
		INSERT INTO latchkey_session (id, hash, user_id, auth_time, created_at, seen_at, idle_expires_at, expires_at, address, user_agent)
		VALUES ('s', '', 'ada', 1, 1, 1, 99999999999999, 99999999999999, '', '')`)
	done := make(chan error, 1)
	go func() {
		_, err := s.DeleteExpiredUsers(ctx, now)
		done <- err
	}()
	for len(asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`)) == 0 {
		select {
		case err := <-done:
			t.Fatalf("the deletion does not wait: %v", err)
		default:
		}
	}
	do(t, conn, "COMMIT")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if kept, err := s.User(ctx, "ada"); err != nil || !kept.ExpiresAt.IsZero() {
		t.Errorf("the user who has logged in: %+v %v", kept, err)
	}
}

// TestAProgramWithItsOwnPeopleWaitsForTheFirstAdministrator, so that none is created after the database has become
// that of the program.
func TestAProgramWithItsOwnPeopleWaitsForTheFirstAdministrator(t *testing.T) {
	url := migrated(t)
	s, conn := stocked(t, url), connected(t, url)
	do(t, conn, `BEGIN; INSERT INTO latchkey_lease (name, holder, until) VALUES ('accounts', '', 0) ON CONFLICT (name) DO UPDATE SET holder = ''`) // as CreateUser does
	done := make(chan error, 1)
	use := oauth.IssuerUse{Server: "a", Issuer: "https://id.example", Lasts: time.Minute, HostPeople: true}
	go func() { done <- s.UseIssuer(ctx, use) }()
	for len(asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`)) == 0 {
		select {
		case err := <-done:
			t.Fatalf("the program does not wait: %v", err)
		default:
		}
	}
	do(t, conn, "COMMIT")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	do(t, conn, "BEGIN; SELECT FROM latchkey_lease WHERE name = 'accounts' FOR UPDATE")
	if err := s.UseIssuer(ctx, use); err != nil { // it needs the lock only once
		t.Error(err)
	}
	do(t, conn, "COMMIT")
	admin := &account.User{ID: "root", Username: "root", Admin: true, CreatedAt: time.Now()}
	if err := s.CreateUser(ctx, admin, "root", account.IfFirstAdmin); !errors.Is(err, account.ErrHostPeople) {
		t.Errorf("the first administrator: %v", err)
	}
}
