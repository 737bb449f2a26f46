package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// longAgo is a time without partitions, also in a database that has them, so that
// the rows with IDs of that time are deleted one by one.
var longAgo = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

// swept sweeps, and checks how many rows were deleted. On a busy machine, PostgreSQL can cancel a change of
// partitions, which the next sweep makes.
func swept(t *testing.T, s *sqlstore.Store, when string, want int64) {
	t.Helper()
	deleted, err := s.Sweep(ctx, s.Clock())
	if err != nil && strings.Contains(err.Error(), "canceling statement due to") {
		var more int64
		more, err = s.Sweep(ctx, s.Clock())
		deleted += more
	}
	if deleted != want || err != nil {
		t.Errorf("%s %d rows were deleted, want %d: %v", when, deleted, want, err)
	}
}

// TestASweepFindsTokensOfAllLifetimes: tokens with shorter lifetimes than their
// neighbors, and tokens that are written later with an earlier ID.
func TestASweepFindsTokensOfAllLifetimes(t *testing.T) {
	const each = 600
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		issue := func(at time.Time, lifetime time.Duration) {
			token := oauth.AccessToken{ID: oauth.NewID(at), ClientID: "c", IssuedAt: clock.Now(), ExpiresAt: clock.Now().Add(lifetime)}
			if err := s.Issue(ctx, token); err != nil {
				t.Fatal(err)
			}
		}
		for i := range each {
			at := longAgo.Add(time.Duration(i) * time.Millisecond)
			issue(at, time.Minute)
			issue(at, 30*24*time.Hour)
			issue(at, time.Hour)
		}
		swept(t, s, "at first", 0)
		clock.pass(2 * time.Minute)
		swept(t, s, "after the shortest lifetime", each)
		issue(longAgo, time.Minute) // behind those that were swept
		clock.pass(-time.Hour)
		swept(t, s, "when the clock was set back", 0)
		clock.pass(2 * time.Hour)
		swept(t, s, "after the second lifetime", each+1)
		if n := testdb.Count(t, db, "latchkey_access_token"); n != each {
			t.Errorf("%d tokens are left", n)
		}
		clock.pass(30 * 24 * time.Hour)
		swept(t, s, "after the longest lifetime", each)
	})
}

// TestTicketIsDeletedWhenItNeedNotBeKept: a ticket that only prevents another one with
// the same ID can have expired before it was written. PostgreSQL deletes rows only outside
// of partitions, which it drops.
func TestTicketIsDeletedWhenItNeedNotBeKept(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		until := clock.Now().Add(time.Minute)
		ticket := oauth.Ticket{
			Kind: "assertion", ID: oauth.IDFrom(longAgo, [10]byte{1}), IssuedAt: clock.Now(), ExpiresAt: until.Add(-oauth.KeepTicket),
		}
		if err := s.Put(ctx, ticket); err != nil {
			t.Fatal(err)
		}
		clock.pass(59 * time.Second)
		swept(t, s, "before its time", 0)
		if err := s.Put(ctx, ticket); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("a second one: %v", err)
		}
		clock.pass(2 * time.Second)
		swept(t, s, "after its time", 1)
	})
}

// TestASweepKeepsFamiliesThatAreUsed, and deletes the others: a day after they have
// expired, or in the first reading of their range a day after they were revoked.
func TestASweepKeepsFamiliesThatAreUsed(t *testing.T) {
	const each, idle, absolute, day = 300, 10 * time.Hour, 50 * time.Hour, 24 * time.Hour
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		if err := s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential}); err != nil {
			t.Fatal(err)
		}
		families := make([]oauth.ID, 3*each)
		for i := range families {
			now := clock.Now()
			f := oauth.Family{
				ID: oauth.NewID(longAgo.Add(time.Duration(i))), ClientID: "c", Permission: oauth.Permission{Subject: "ada"}, Hash: oauth.Hash{1},
				IssuedAt: now, IdleExpiresAt: now.Add(idle), ExpiresAt: now.Add(absolute),
			}
			if _, err := s.Approve(ctx, oauth.Approval{Now: now, Family: &f}); err != nil {
				t.Fatal(err)
			}
			families[i] = f.ID
		}
		used, revoked := families[:each], families[each:2*each]
		if _, _, err := s.Revoke(ctx, oauth.Revocation{ClientID: "c", Families: revoked, At: clock.Now()}); err != nil {
			t.Fatal(err)
		}
		use := func(n byte, idle time.Duration) {
			t.Helper()
			for _, id := range used {
				r := oauth.Rotation{FamilyID: id, ClientID: "c", Presented: oauth.Hash{n}, Next: oauth.Hash{n + 1}, Now: clock.Now(), IdleExpiresAt: clock.Now().Add(idle)}
				if got, err := s.Rotate(ctx, r); err != nil || !got.Won {
					t.Fatalf("refresh %d: %v %v", n, got.Standing, err)
				}
			}
		}
		clock.pass(9 * time.Hour)
		use(1, idle)
		clock.pass(day - 9*time.Hour - time.Millisecond)
		swept(t, s, "before a day has passed", 0)
		clock.pass(idle / 16)
		swept(t, s, "a day after the revocation, after a pause", each)
		clock.pass(idle - idle/16 + time.Millisecond)
		swept(t, s, "a day after the others have expired", each)
		clock.pass(9*time.Hour - time.Millisecond)
		swept(t, s, "before those that were used have expired for a day", 0)
		for _, id := range used {
			if _, _, err := s.Family(ctx, id); err != nil {
				t.Fatalf("a family that was used: %v", err)
			}
		}
		clock.pass(time.Millisecond)
		swept(t, s, "a day after those that were used have expired", each)
	})
}

// TestASweepKeepsSessionsThatAreUsed, and attempts that still count.
func TestASweepKeepsSessionsThatAreUsed(t *testing.T) {
	const each = 250
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		const people = 2*each/account.MaxSessions + 1
		for i := range people {
			u := &account.User{ID: fmt.Sprint("u", i), Username: fmt.Sprint("u", i), CreatedAt: clock.Now()}
			if err := s.CreateUser(ctx, u, u.Username, account.Unconditionally); err != nil {
				t.Fatal(err)
			}
		}
		start := clock.Now()
		for i := range 2 * each {
			session := account.Session{
				ID: fmt.Sprint(i), UserID: fmt.Sprint("u", i%people), AuthTime: start, CreatedAt: start, SeenAt: start,
				IdleExpiresAt: start.Add(time.Hour), ExpiresAt: start.Add(12 * time.Hour),
			}
			if err := s.StartSession(ctx, account.SessionStart{Session: session}); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.CountAttempt(ctx, fmt.Sprint(i), time.Hour+time.Duration(i%2)*time.Hour, start); err != nil {
				t.Fatal(err)
			}
		}
		clock.pass(50 * time.Minute)
		for i := range each {
			if err := s.TouchSession(ctx, fmt.Sprint(i), clock.Now(), clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		swept(t, s, "before anything has expired", 0)
		clock.pass(20 * time.Minute)
		swept(t, s, "after an hour", 2*each)
		for i := range 2 * each {
			_, _, err := s.Session(ctx, fmt.Sprint(i))
			if used := i < each; used != (err == nil) || !used && !errors.Is(err, account.ErrNotFound) {
				t.Fatalf("session %d: %v", i, err)
			}
		}
		if count, _, err := s.CountAttempt(ctx, "1", time.Hour, clock.Now()); count != 2 || err != nil {
			t.Errorf("an attempt that still counts: %d %v", count, err)
		}
		clock.pass(12 * time.Hour)
		swept(t, s, "in the end", 2*each)
	})
}

// TestASweepDeletesOldAttempts to log in, and keeps the others.
func TestASweepDeletesOldAttempts(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		for _, age := range []time.Duration{0, oauth.FlowTTL - time.Hour, oauth.FlowTTL + time.Hour} {
			at := clock.Now().Add(-age)
			if err := s.AddFlows(ctx, []oauth.Flow{{ID: oauth.NewID(at), ClientID: "c", BeganAt: at}}, 50); err != nil {
				t.Fatal(err)
			}
		}
		swept(t, s, "at first", 1)
		if found, err := s.Flows(ctx, "c", 9); len(found) != 2 || err != nil {
			t.Errorf("%d attempts are left: %v", len(found), err)
		}
	})
}
