package sqlstore_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// manyFamilies is more than two transactions may change, and manyOfAClient more than
// the deletion of a client waits for, together with as many consents.
const (
	manyFamilies  = 500
	manyOfAClient = 1200
)

// numbered returns an ID of now.
func numbered(now time.Time, i int) (id oauth.ID) {
	id = oauth.NewID(now)
	binary.BigEndian.PutUint64(id[8:], uint64(i)) //nolint:gosec // not negative
	return id
}

// families inserts n families of the client "c" and the person "ada", issued now
// in the session "s" with the refresh token {1}, and a consent of as many people.
func families(t *testing.T, db testdb.Database, now time.Time, scope string, n int) []oauth.ID {
	t.Helper()
	ids := make([]oauth.ID, n)
	rows, consents := make([][]any, len(ids)), make([][]any, len(ids))
	ms := now.UnixMilli()
	for i := range ids {
		ids[i] = numbered(now, i)
		rows[i] = []any{ids[i][:], "c", "ada", "s", scope, ms, "", append([]byte{1}, make([]byte, 31)...), []byte{}, int64(0), int64(0), scope, int64(0), ms, ms + 3600_000, ms + 3600_000, int64(0)}
		consents[i] = []any{fmt.Sprint(i), "c", scope, ms, ms}
	}
	for table, write := range map[string]struct {
		columns []string
		rows    [][]any
	}{
		"latchkey_family": {[]string{
			"id", "client_id", "subject", "session_id", "scope", "auth_time", "details", "hash", "previous", "generation", "rotated_at",
			"access_scope", "replay_until", "issued_at", "idle_expires_at", "expires_at", "revoked_at",
		}, rows},
		"latchkey_consent": {[]string{"subject", "client_id", "scope", "granted_at", "updated_at"}, consents},
	} {
		if err := db.Write(t.Context(), nil, table, write.columns, write.rows); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// used reports whether the refresh token of a family is accepted.
func used(t *testing.T, s *sqlstore.Store, now time.Time, id oauth.ID) bool {
	t.Helper()
	got, err := s.Rotate(ctx, oauth.Rotation{FamilyID: id, ClientID: "c", Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour)})
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		t.Fatal(err)
	}
	return got.Won
}

func addClient(t *testing.T, s *sqlstore.Store, now time.Time) {
	t.Helper()
	if err := s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
}

// TestANewClientInheritsNothingFromADeletedOne, whose tokens are invalid at once in
// all processes, although most of its rows are deleted later. Both clients are
// created at the same time.
func TestANewClientInheritsNothingFromADeletedOne(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		now := clock.Now()
		s, other := opened(t, db, clock, nil), opened(t, db, clock, nil)
		addClient(t, s, now)
		ids := families(t, db, now, "read", manyOfAClient)
		ticket := oauth.Ticket{Kind: "code", ID: oauth.NewID(now), Proof: oauth.Hash{7}, ClientID: "c", Permission: oauth.Permission{Subject: "ada"}, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}
		token := oauth.AccessToken{ID: oauth.NewID(now), ClientID: "c", FamilyID: ids[2], IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := errors.Join(s.Put(ctx, ticket), s.Issue(ctx, token)); err != nil {
			t.Fatal(err)
		}
		if !used(t, other, now, ids[0]) {
			t.Fatal("the refresh token was not accepted before")
		}
		if err := s.DeleteClient(ctx, "c"); err != nil {
			t.Fatal(err)
		}
		last := len(ids) - 1
		if used(t, other, now, ids[last]) || used(t, s, now, ids[last]) {
			t.Error("a refresh token of a deleted client is accepted")
		}
		if _, standing, err := other.AccessToken(ctx, token.ID); err != nil || standing.RevokedBecause(token.IssuedAt) == "" {
			t.Errorf("an access token of a deleted client is valid: %v", err)
		}
		addClient(t, other, now)
		spend := oauth.SpendRequest{Kind: "code", ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now}
		if got, err := s.Spend(ctx, spend); !errors.Is(err, oauth.ErrNotFound) && (err != nil || got.Won) {
			t.Errorf("a code of the deleted client is accepted for the new one: %v", err)
		}
		if used(t, s, now, ids[last]) {
			t.Error("a refresh token of the deleted client is accepted for the new one")
		}
		if _, standing, err := s.AccessToken(ctx, token.ID); err != nil || standing.RevokedBecause(token.IssuedAt) == "" {
			t.Errorf("an access token of the deleted client is valid for the new one: %v", err)
		}
		for _, table := range []string{"latchkey_consent", "latchkey_family", "latchkey_ticket", "latchkey_removal"} {
			if n := testdb.Count(t, db, table); n != 0 {
				t.Errorf("%s has %d rows of the deleted client", table, n)
			}
		}
	})
}

// TestALogoutRevokesAnyNumberOfFamilies that are bound to the session, and no others.
func TestALogoutRevokesAnyNumberOfFamilies(t *testing.T) {
	for name, end := range map[string]oauth.SessionsEnd{
		"one session":              {IDs: []string{"s", "unknown"}},
		"all sessions":             {Subject: "ada"},
		"all sessions but another": {Subject: "ada", Except: "kept"},
		"all sessions but this":    {Subject: "ada", Except: "s"},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, db testdb.Database) {
				clock := newTestClock()
				now := clock.Now()
				s := opened(t, db, clock, nil)
				addClient(t, s, now)
				bound := families(t, db, now, "openid", manyFamilies)
				if err := db.Exec(`DELETE FROM latchkey_consent`); err != nil {
					t.Fatal(err)
				}
				clock.pass(time.Millisecond)
				offline := families(t, db, clock.Now(), "openid offline_access", manyFamilies)
				if err := s.CreateUser(ctx, &account.User{ID: "ada", Username: "ada", CreatedAt: now}, "ada", account.Unconditionally); err != nil {
					t.Fatal(err)
				}
				session := account.Session{ID: "s", UserID: "ada", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
				if err := s.StartSession(ctx, account.SessionStart{Session: session}); err != nil {
					t.Fatal(err)
				}
				end.At = clock.Now()
				if err := s.EndSessions(ctx, end); err != nil {
					t.Fatal(err)
				}
				for _, i := range []int{0, 1, manyFamilies / 2, manyFamilies - 1} {
					if lives := used(t, s, end.At, bound[i]); lives != (end.Except == "s") {
						t.Errorf("family %d is valid: %v", i, lives)
					}
					if !used(t, s, end.At, offline[i]) {
						t.Errorf("family %d, which is not bound to the session, is not valid", i)
					}
				}
				if n := testdb.Count(t, db, "latchkey_family WHERE revoked_at > 0"); n != 0 && n != manyFamilies || (n == 0) != (end.Except == "s") {
					t.Errorf("%d families are revoked", n)
				}
			})
		})
	}
}

// TestASweepContinuesWhatAProcessBegan before it exited, and does not affect tokens
// that the same person got afterwards.
func TestASweepContinuesWhatAProcessBegan(t *testing.T) {
	for name, c := range map[string]struct {
		subject, target string
		deletes         bool
	}{
		"client":   {"", "c", true},
		"consent":  {"ada", "c", false},
		"session":  {"", "s", false},
		"sessions": {"ada", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, db testdb.Database) {
				clock := newTestClock()
				now := clock.Now()
				s := opened(t, db, clock, nil)
				families(t, db, now, "openid", manyFamilies)
				if err := db.Exec(fmt.Sprintf(`INSERT INTO latchkey_removal VALUES ('%s', '%s', '%s', %[4]d, 0, %[4]d)`, name, c.subject, c.target, now.UnixMilli())); err != nil {
					t.Fatal(err)
				}
				clock.pass(10 * time.Minute)
				later := oauth.Family{
					ID: oauth.NewID(clock.Now()), ClientID: "d", Permission: oauth.Permission{Subject: "ada", SessionID: "later", Scope: oauth.Scopes{"openid"}},
					IssuedAt: clock.Now(), IdleExpiresAt: clock.Now().Add(time.Hour), ExpiresAt: clock.Now().Add(time.Hour),
				}
				if name == "consent" { // it was given again
					later.ClientID = "c"
				}
				if err := s.CreateUser(ctx, &account.User{ID: "ada", Username: "ada", CreatedAt: now}, "ada", account.Unconditionally); err != nil {
					t.Fatal(err)
				}
				session := account.Session{ID: "later", UserID: "ada", CreatedAt: clock.Now(), SeenAt: clock.Now(), IdleExpiresAt: clock.Now().Add(time.Hour), ExpiresAt: clock.Now().Add(time.Hour)}
				if err := s.StartSession(ctx, account.SessionStart{Session: session}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Approve(ctx, oauth.Approval{Now: clock.Now(), Family: &later}); err != nil {
					t.Fatal(err)
				}
				if err := s.SweepAs(ctx, "one"); err != nil {
					t.Fatal(err)
				}
				if f, _, err := s.Family(ctx, later.ID); err != nil || !f.RevokedAt.IsZero() {
					t.Errorf("what was issued later: %v, revoked %s", err, f.RevokedAt)
				}
				left := testdb.Count(t, db, "latchkey_family WHERE revoked_at = 0")
				if removals := testdb.Count(t, db, "latchkey_removal"); left != 1 || removals != 0 {
					t.Errorf("%d families are valid, and %d removals are left", left, removals)
				}
				if all := testdb.Count(t, db, "latchkey_family"); c.deletes != (all == 1) {
					t.Errorf("%d families are left", all)
				}
			})
		})
	}
}

// TestARemovalOfANewerReleaseIsLeftToIt: this release does not know what it means.
func TestARemovalOfANewerReleaseIsLeftToIt(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		s := opened(t, db, newTestClock(), nil)
		if err := db.Exec(`INSERT INTO latchkey_removal VALUES ('newer', '', 'x', 1, 0, 0), ('session', '', 'x', 2, 0, 2)`); err != nil {
			t.Fatal(err)
		}
		if err := s.SweepAs(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		if kept, all := testdb.Count(t, db, "latchkey_removal WHERE kind = 'newer'"), testdb.Count(t, db, "latchkey_removal"); kept != 1 || all != 1 {
			t.Errorf("%d of it and %d of all removals are left", kept, all)
		}
	})
}
