package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestARunThatGrewKeepsItsTokens, although it is written again with more tokens than are read at a time. If these
// have many owners, the run contains no ids.
func TestARunThatGrewKeepsItsTokens(t *testing.T) {
	for name, owner := range map[string]func(part, i int) string{
		"one owner":   func(int, int) string { return "common" },
		"many owners": func(part, i int) string { return fmt.Sprintf("other-%d-%d", part, i) },
	} {
		onEach(t, func(t *testing.T, db testdb.Database) {
			clock, s := withRuns(t, db, 1000, time.Hour)
			begun := clock.Now().Add(-61 * time.Second)
			for part := range 21 {
				ttl := time.Hour
				if part == 20 { // they live longer than the others
					ttl = 8 * time.Hour
				}
				owners(t, db, begun, ttl, func(i int) string { return owner(part, i) }, 980)
			}
			last := owners(t, db, begun.Add(999*time.Millisecond), 8*time.Hour, func(int) string { return "late" }, 1)
			clock.pass(10 * time.Minute)
			sweep(t, s, clock)
			owners(t, db, clock.Now(), time.Hour, func(int) string { return "common" }, 1200) // more than the first step reads
			check := func(when string, rare int) {
				t.Helper()
				for _, f := range []oauth.FamilyFilter{{ClientID: "rare"}, {Subject: "rare-person"}} {
					if got := pages(t, s, f, 3); len(got) != rare {
						t.Errorf("%s, %s: %d tokens are listed, want %d", name, when, len(got), rare)
					}
					if rows, _, err := s.AccessTokens(ctx, f, paging.Page{Limit: 20, Last: true}); err != nil || len(rows) != rare && when != "in many steps" {
						t.Errorf("%s, %s: the last page has %d tokens, want %d: %v", name, when, len(rows), rare, err)
					}
					if n, err := s.CountAccessTokens(ctx, f); err != nil || n.N != rare {
						t.Errorf("%s, %s: counted %v, want %d: %v", name, when, n, rare, err)
					}
				}
				if got := pages(t, s, oauth.FamilyFilter{ClientID: "late"}, 3); fmt.Sprint(got) != fmt.Sprint(last) {
					t.Errorf("%s, %s: the token that was stored late: %v, want %v", name, when, got, last)
				}
			}
			check("at once", 10)
			s.SearchFor(0)
			check("in many steps", 10)
			s.SearchFor(time.Minute)
			clock.pass(2 * time.Hour)
			sweep(t, s, clock)
			owners(t, db, clock.Now(), time.Hour, func(int) string { return "common" }, 1200)
			check("after the first tokens have expired", 0)
		})
	}
}

// TestTokensAfterAClockWasAheadAreListed: the runs that end in the future are deleted.
func TestTokensAfterAClockWasAheadAreListed(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 2000, 8*time.Hour)
		right := clock.Now()
		ahead := right.Add(24 * time.Hour)
		owners(t, db, ahead, time.Hour, func(int) string { return "common" }, 3000)
		if err := s.AddRuns(ctx, ahead.Add(2*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n := testdb.Count(t, db, "latchkey_access_run"); n != 5 {
			t.Fatalf("%d runs: this test shows nothing", n)
		}
		want := owners(t, db, right, 8*time.Hour, func(i int) string { return map[bool]string{true: "late", false: "common"}[i%100 == 0] }, 2000)
		check := func(when string, now time.Time) {
			t.Helper()
			clock.ms.Store(now.UnixMilli())
			for name, f := range map[string]oauth.FamilyFilter{"application": {ClientID: "late"}, "person": {Subject: "late-person"}} {
				if got := pages(t, s, f, 10); len(got) != 20 || got[0] != want[1900] {
					t.Errorf("%s: %d tokens of the %s are listed", when, len(got), name)
				}
				if n, err := s.CountAccessTokens(ctx, f); err != nil || n.N != 20 {
					t.Errorf("%s: counted %v tokens of the %s: %v", when, n, name, err)
				}
			}
		}
		check("before a sweep", right.Add(2*time.Second))
		sweep(t, s, clock) // by the clock of the database
		check("after a sweep", right.Add(2*time.Second))
		clock.pass(time.Minute)
		sweep(t, s, clock)
		check("with new runs", right.Add(time.Minute))
		if runs, entries := rowsOfRuns(t, db); runs != 4 || entries != 4*500 {
			t.Errorf("%d runs with %d rows, want those of 4000 tokens", runs, entries)
		}
	})
}

// TestAProcessWithASlowClockDeletesNoRuns: the clock of the database decides which runs end in the future.
func TestAProcessWithASlowClockDeletesNoRuns(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 2000, 8*time.Hour)
		slow := clock.Now().Add(-time.Hour)
		s.DatabaseClock = nil // it is that of the store
		if err := s.AddRuns(ctx, slow); err != nil {
			t.Fatal(err)
		}
		if n := testdb.Count(t, db, "latchkey_access_run"); n != 2 {
			t.Errorf("%d runs remain, want 2", n)
		}
	})
}

// TestALateTokenOfARunWithShortLivesIsFound: the run is counted again before it would be deleted.
func TestALateTokenOfARunWithShortLivesIsFound(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 2000, 2*time.Minute)
		late := owners(t, db, clock.Now().Add(-61500*time.Millisecond), 8*time.Hour, func(int) string { return "late" }, 1)
		clock.pass(time.Minute)
		sweep(t, s, clock)
		owners(t, db, clock.Now(), 8*time.Hour, func(int) string { return "common" }, 1200) // more than the first step reads
		if runs, entries := rowsOfRuns(t, db); runs != 2 || entries != 2*500 {
			t.Errorf("%d runs with %d rows", runs, entries)
		}
		for name, f := range map[string]oauth.FamilyFilter{"application": {ClientID: "late"}, "person": {Subject: "late-person"}} {
			if got := pages(t, s, f, 10); fmt.Sprint(got) != fmt.Sprint(late) {
				t.Errorf("the tokens of the %s: %v, want %v", name, got, late)
			}
		}
		clock.pass(8 * time.Hour)
		sweep(t, s, clock)
		if runs, entries := rowsOfRuns(t, db); runs > 2 || entries != runs*500 {
			t.Errorf("%d runs with %d rows after all tokens have expired", runs, entries)
		}
	})
}

// TestTheHashOfOwnersHasAKeyThatAllProcessesShare, and that is different in each database.
func TestTheHashOfOwnersHasAKeyThatAllProcessesShare(t *testing.T) {
	keys := make(chan string, 100)
	databases := 0
	onEach(t, func(t *testing.T, db testdb.Database) {
		databases++
		var processes sync.WaitGroup
		for range 4 {
			s := opened(t, db, newTestClock(), nil)
			processes.Go(func() {
				key, err := s.CreateIndexKey(ctx)
				if err != nil || len(key) < 16 {
					t.Errorf("a key of %d bytes: %v", len(key), err)
				}
				keys <- string(key)
			})
		}
		processes.Wait()
	})
	close(keys)
	different := map[string]bool{}
	for key := range keys {
		different[key] = true
	}
	if len(different) != databases {
		t.Errorf("%d databases have %d keys", databases, len(different))
	}
}
