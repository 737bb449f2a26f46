package postgres_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
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
