package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestTwoProcessesThatRunOneRemovalCompleteIt: the sweeper finds that all rows whose
// keys it has read were deleted by another process, and there are more.
func TestTwoProcessesThatRunOneRemovalCompleteIt(t *testing.T) {
	const atOnce, consents = 300, 500 // keys that are read at once, and rows
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		now := clock.Now().UnixMilli()
		rows := make([][]any, consents)
		for i := range rows {
			rows[i] = []any{fmt.Sprint(i), "c", "read", now, now}
		}
		if err := db.Write(t.Context(), nil, "latchkey_consent", []string{"subject", "client_id", "scope", "granted_at", "updated_at"}, rows); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec(fmt.Sprintf(`INSERT INTO latchkey_removal VALUES ('client', '', 'c', %d, 0)`, now)); err != nil {
			t.Fatal(err)
		}
		var (
			oneRead, otherDeleted, oneDone = make(chan struct{}), make(chan struct{}), make(chan struct{})
			oneReads, otherReads           int
			once                           sync.Once
		)
		// reads calls f before and after each read of the keys of consents.
		reads := func(f func() (end func(error))) sqlstore.Trace {
			return func(_ context.Context, statement string) func(error) {
				if !strings.HasPrefix(statement, `SELECT subject, client_id FROM latchkey_consent WHERE client_id`) {
					return nil
				}
				return f()
			}
		}
		one := opened(t, db, clock, reads(func() func(error) {
			oneReads++
			if oneReads > 1 {
				return nil
			}
			return func(error) {
				close(oneRead)
				<-otherDeleted
			}
		}))
		other := opened(t, db, clock, reads(func() func(error) {
			otherReads++
			if otherReads > 1 {
				once.Do(func() { close(otherDeleted) })
				<-oneDone
			}
			return nil
		}))
		for _, s := range []*sqlstore.Store{one, other} {
			s.ReadRemovalKeys(atOnce)
		}
		var all sync.WaitGroup
		all.Go(func() {
			<-oneRead
			if err := other.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, CreatedAt: clock.Now()}); err != nil {
				t.Error(err)
			}
			once.Do(func() { close(otherDeleted) })
		})
		if err := one.SweepAs(ctx, "one"); err != nil {
			t.Error(err)
		}
		close(oneDone)
		all.Wait()
		if left, removals := testdb.Count(t, db, "latchkey_consent"), testdb.Count(t, db, "latchkey_removal"); left != 0 || removals != 0 {
			t.Errorf("the new client has %d consents of the deleted one, and %d removals are left", left, removals)
		}
	})
}

// TestRemovalsThatAreNotCompletedInTimeContinueInTheBackground: after its first
// transaction, the request has no time left to wait for the database. If the action
// has taken effect, the request succeeds.
func TestRemovalsThatAreNotCompletedInTimeContinueInTheBackground(t *testing.T) {
	for name, c := range map[string]struct {
		act   func(ctx context.Context, s *sqlstore.Store, ada *account.User, now time.Time) error
		fails bool
	}{
		"delete a client": {act: func(ctx context.Context, s *sqlstore.Store, _ *account.User, _ time.Time) error {
			return s.DeleteClient(ctx, "c")
		}},
		"set a password": {act: func(ctx context.Context, s *sqlstore.Store, ada *account.User, now time.Time) error {
			return s.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "y", At: now})
		}},
		"disable an account": {act: func(ctx context.Context, s *sqlstore.Store, ada *account.User, now time.Time) error {
			return s.SwitchUser(ctx, account.Switch{UserID: ada.ID, Disabled: true, At: now})
		}},
		"log out": {fails: true, act: func(ctx context.Context, s *sqlstore.Store, _ *account.User, now time.Time) error {
			return s.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s"}, At: now})
		}},
		"withdraw a consent": {fails: true, act: func(ctx context.Context, s *sqlstore.Store, _ *account.User, now time.Time) error {
			return s.WithdrawConsent(ctx, "ada", "c", now)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, db testdb.Database) {
				clock := newTestClock()
				now := clock.Now()
				s := opened(t, db, clock, func(ctx context.Context, statement string) func(error) {
					if statement != "" {
						return nil
					}
					return func(error) { oauth.AddStoreWait(ctx, oauth.MaxStoreWait) }
				})
				addClient(t, s, now)
				ada := &account.User{ID: "ada", Username: "ada", CreatedAt: now}
				if err := s.CreateUser(ctx, ada, "ada", account.Unconditionally); err != nil {
					t.Fatal(err)
				}
				families(t, db, now, "openid", manyFamilies)
				if err := c.act(oauth.WithStoreWait(ctx), s, ada, now); (err != nil) != c.fails {
					t.Errorf("the error is %v", err)
				}
				for begun := time.Now(); testdb.Count(t, db, "latchkey_removal") > 0; {
					if time.Since(begun) > 20*time.Second {
						t.Fatal("the removal is not completed in the background")
					}
				}
				if n := testdb.Count(t, db, "latchkey_family WHERE revoked_at = 0"); n != 0 {
					t.Errorf("%d families are valid", n)
				}
			})
		})
	}
}

// TestACodeFromBeforeAWithdrawalIsRevoked, even if it was redeemed long after the
// withdrawal, and the removal continues even later.
func TestACodeFromBeforeAWithdrawalIsRevoked(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		now := clock.Now()
		addClient(t, s, now.Add(-time.Hour))
		ticket := oauth.Ticket{
			Kind: "code", ID: oauth.NewID(now), Proof: oauth.Hash{7}, ClientID: "c", Permission: oauth.Permission{Subject: "ada", Scope: oauth.Scopes{"read"}},
			IssuedAt: now, ExpiresAt: now.Add(time.Hour),
		}
		if err := s.Put(ctx, ticket); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec(fmt.Sprintf(`INSERT INTO latchkey_removal VALUES ('consent', 'ada', 'c', %d, 0)`, now.UnixMilli())); err != nil {
			t.Fatal(err)
		}
		clock.pass(10 * time.Minute)
		now = clock.Now()
		got, err := s.Spend(ctx, oauth.SpendRequest{
			Kind: "code", ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now,
			Family: &oauth.Family{Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)},
		})
		if err != nil || !got.Won {
			t.Fatal(got, err)
		}
		if err := s.SweepAs(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		if f, _, err := s.Family(ctx, ticket.ID); err != nil || f.RevokedAt.IsZero() {
			t.Errorf("the family is valid: %v", err)
		}
	})
}
