package sqlstore_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// inBetween returns a Trace that calls f before the first keys of a removal are read:
// the transaction of the act has been committed, and no step of its removal has begun.
// The process can also be killed there.
func inBetween(f func()) sqlstore.Trace {
	var done atomic.Bool // a Store also reads in the background
	return func(_ context.Context, statement string) func(error) {
		if strings.HasSuffix(statement, " LIMIT 20000") && done.CompareAndSwap(false, true) {
			f()
		}
		return nil
	}
}

// refreshed reports whether another process accepts the refresh token of a family, as
// the server does that keeps the login sessions.
func refreshed(t *testing.T, s *sqlstore.Store, now time.Time, id oauth.ID) bool {
	t.Helper()
	got, err := s.Rotate(ctx, oauth.Rotation{FamilyID: id, ClientID: "c", Presented: oauth.Hash{1}, InSession: true, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour)})
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		t.Fatal(err)
	}
	return got.Won
}

// TestAWithdrawnConsentRevokesItsTokensInItsTransaction: they are revoked at once, if
// there are no more than a person has.
func TestAWithdrawnConsentRevokesItsTokensInItsTransaction(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		now := clock.Now()
		other := opened(t, db, clock, nil)
		checked := false
		var (
			ids   []oauth.ID
			token oauth.AccessToken
		)
		s := opened(t, db, clock, inBetween(func() {
			checked = true
			for _, i := range []int{0, 1, len(ids) - 1} {
				if used(t, other, now, ids[i]) {
					t.Errorf("the refresh token of family %d is accepted", i)
				}
			}
			if _, standing, err := other.AccessToken(ctx, token.ID); err != nil || standing.RevokedBecause(token.IssuedAt) == "" {
				t.Errorf("the access token is valid: %v", err)
			}
		}))
		addClient(t, s, now)
		ids = families(t, db, now, "read", account.MaxSessions)
		token = oauth.AccessToken{ID: oauth.NewID(now), ClientID: "c", FamilyID: ids[2], IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := s.Issue(ctx, token); err != nil {
			t.Fatal(err)
		}
		if err := s.WithdrawConsent(ctx, "ada", "c", now); err != nil || !checked {
			t.Fatalf("checked: %t, %v", checked, err)
		}
	})
}

// TestALogoutEndsRefreshTokensAndCodesBeforeItsRemoval, however many there are.
func TestALogoutEndsRefreshTokensAndCodesBeforeItsRemoval(t *testing.T) {
	for name, end := range map[string]oauth.SessionsEnd{"one session": {IDs: []string{"s"}}, "all sessions": {Subject: "ada"}} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, db testdb.Database) {
				clock := newTestClock()
				now := clock.Now()
				other := opened(t, db, clock, nil)
				checked := false
				var (
					ids  []oauth.ID
					code oauth.Ticket
				)
				s := opened(t, db, clock, inBetween(func() {
					checked = true
					for _, i := range []int{0, 1, manyFamilies - 1} {
						if refreshed(t, other, now, ids[i]) {
							t.Errorf("the refresh token of family %d is accepted", i)
						}
					}
					spend := oauth.SpendRequest{Kind: code.Kind, ID: code.ID, Proofs: []oauth.Hash{code.Proof}, Now: now, InSession: true}
					if got, err := other.Spend(ctx, spend); err != nil || got.Won {
						t.Errorf("the code is accepted: %v", err)
					}
				}))
				addClient(t, s, now)
				ids = families(t, db, now, "openid", manyFamilies)
				if err := s.CreateUser(ctx, &account.User{ID: "ada", Username: "ada", CreatedAt: now}, "ada", account.Unconditionally); err != nil {
					t.Fatal(err)
				}
				session := account.Session{ID: "s", UserID: "ada", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
				if err := s.StartSession(ctx, session, 0, ""); err != nil {
					t.Fatal(err)
				}
				code = oauth.Ticket{Kind: "code", ID: oauth.NewID(now), Proof: oauth.Hash{7}, ClientID: "c", Permission: oauth.Permission{Subject: "ada", SessionID: "s"}, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}
				if err := s.Put(ctx, code); err != nil {
					t.Fatal(err)
				}
				if !refreshed(t, other, now, ids[2]) {
					t.Fatal("the refresh token was not accepted before")
				}
				end.At = now
				if err := s.EndSessions(ctx, end); err != nil || !checked {
					t.Fatalf("checked: %t, %v", checked, err)
				}
			})
		})
	}
}
