package sqlstore_test

import (
	"context"
	"errors"
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
		if err := db.Exec(fmt.Sprintf(`INSERT INTO latchkey_removal VALUES ('client', '', 'c', %d, 0, 0)`, now)); err != nil {
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
	for name, act := range map[string]func(ctx context.Context, s *sqlstore.Store, ada *account.User, now time.Time) error{
		"delete a client": func(ctx context.Context, s *sqlstore.Store, _ *account.User, _ time.Time) error {
			return s.DeleteClient(ctx, "c")
		},
		"set a password": func(ctx context.Context, s *sqlstore.Store, ada *account.User, now time.Time) error {
			return s.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "y", At: now})
		},
		"disable an account": func(ctx context.Context, s *sqlstore.Store, ada *account.User, now time.Time) error {
			return s.SwitchUser(ctx, account.Switch{UserID: ada.ID, Disabled: true, At: now})
		},
		"log out": func(ctx context.Context, s *sqlstore.Store, _ *account.User, now time.Time) error {
			return s.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s"}, At: now})
		},
		"withdraw a consent": func(ctx context.Context, s *sqlstore.Store, _ *account.User, now time.Time) error {
			return s.WithdrawConsent(ctx, "ada", "c", now)
		},
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
				if err := act(oauth.WithStoreWait(ctx), s, ada, now); err != nil {
					t.Error(err)
				}
				for begun := time.Now(); testdb.Count(t, db, "latchkey_removal") > 0; {
					if time.Since(begun) > 5*time.Minute { // a hang guard, not a measure of speed
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

// TestRemovalsOfAPersonAreCounted: while removals begin, are repeated and complete in
// two processes at the same time, the number in the row of the person is right.
func TestRemovalsOfAPersonAreCounted(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		now := clock.Now()
		stores := []*sqlstore.Store{opened(t, db, clock, nil), opened(t, db, clock, nil)}
		addClient(t, stores[0], now)
		families(t, db, now, "openid", manyFamilies)
		var all sync.WaitGroup
		for i := range 24 {
			s := stores[i%2]
			at := now.Add(time.Duration(i) * time.Millisecond)
			all.Go(func() {
				var err error
				switch i % 4 {
				case 0:
					err = s.WithdrawConsent(ctx, "ada", "c", at)
				case 1:
					err = s.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s"}, At: at})
				case 2:
					err = s.EndSessions(ctx, oauth.SessionsEnd{Subject: "ada", At: at})
				case 3:
					err = s.RevokeSubject(ctx, "ada", now.Add(-time.Hour))
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := stores[0].SweepAs(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		if left := testdb.Count(t, db, "latchkey_removal"); left != 0 {
			t.Errorf("%d removals are left", left)
		}
		if left := testdb.Count(t, db, "latchkey_subject WHERE pending <> 0"); left != 0 {
			t.Error("a removal is still counted")
		}
	})
}

// TestARepeatedRemovalIsCountedOnce, and the one that began first does not end it.
func TestARepeatedRemovalIsCountedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		other := opened(t, db, clock, nil)
		repeated := false
		s := opened(t, db, clock, inBetween(func() {
			clock.pass(time.Second)
			if err := other.WithdrawConsent(ctx, "ada", "c", clock.Now()); err != nil {
				t.Error(err)
			}
			repeated = true
			if n := testdb.Count(t, db, "latchkey_subject WHERE pending <> 0"); n != 0 {
				t.Error("a removal that is complete is still counted")
			}
			if err := db.Exec(`UPDATE latchkey_subject SET pending = 1`); err != nil { // as if there were another removal
				t.Error(err)
			}
		}))
		addClient(t, s, clock.Now())
		families(t, db, clock.Now(), "openid", manyFamilies)
		if err := s.WithdrawConsent(ctx, "ada", "c", clock.Now()); err != nil || !repeated {
			t.Fatal(repeated, err)
		}
		if n := testdb.Count(t, db, "latchkey_subject WHERE pending = 1"); n != 1 {
			t.Error("a removal was discounted twice")
		}
	})
}

// TestAFrontChannelFamilyIsNotRenewedDuringItsRemoval: the same approval again does not
// make its tokens valid.
func TestAFrontChannelFamilyIsNotRenewedDuringItsRemoval(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		other := opened(t, db, clock, nil)
		approve := func() error {
			now := clock.Now()
			front := oauth.Family{
				ID: oauth.ID{1}, ClientID: "c", Permission: oauth.Permission{Subject: "ada", Scope: oauth.Scopes{"read"}},
				IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour),
			}
			_, err := other.Approve(ctx, oauth.Approval{Now: now, Family: &front})
			return err
		}
		var again error
		s := opened(t, db, clock, inBetween(func() {
			clock.pass(2 * time.Second)
			again = approve()
		}))
		addClient(t, s, clock.Now())
		if err := approve(); err != nil {
			t.Fatal(err)
		}
		if err := s.WithdrawConsent(ctx, "ada", "c", clock.Now()); err != nil || !errors.Is(again, oauth.ErrConflict) {
			t.Errorf("the second approval: %v, %v", again, err)
		}
	})
}
