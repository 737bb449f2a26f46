package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// owners inserts access tokens, one per millisecond from a time on, and returns their ids.
func owners(t *testing.T, db testdb.Database, from time.Time, ttl time.Duration, owner func(i int) string, n int) (ids []oauth.ID) {
	t.Helper()
	rows := make([][]any, n)
	for i := range rows {
		at := from.Add(time.Duration(i) * time.Millisecond)
		id := oauth.NewID(at)
		ids = append(ids, id)
		rows[i] = []any{id[:], []byte{}, owner(i), owner(i) + "-person", []byte{}, "read", at.UnixMilli(), at.Add(ttl).UnixMilli(), ""}
	}
	columns := []string{"id", "hash", "client_id", "subject", "family_id", "scope", "issued_at", "expires_at", "audience"}
	if err := db.Write(t.Context(), nil, "latchkey_access_token", columns, rows); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestTokensInRunsAreFoundInOrder: those in runs, those that are newer, and those of an
// application that has many in one run and few in another.
func TestTokensInRunsAreFoundInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		s.RunOf(1000)
		for _, id := range []string{"rare", "mixed", "common", "none"} {
			if err := s.CreateClient(ctx, &oauth.Client{ID: id, CreatedAt: clock.Now().Add(-time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string][]oauth.ID{}
		owner := func(i int) string {
			switch {
			case i%997 == 5:
				return "rare"
			case i < 1500 && i%3 == 0 || i%499 == 1:
				return "mixed"
			}
			return "common"
		}
		for i, id := range owners(t, db, clock.Now(), time.Hour, owner, 5500) {
			want[owner(i)] = append([]oauth.ID{id}, want[owner(i)]...)
		}
		check := func(when string) {
			t.Helper()
			for _, app := range []string{"rare", "mixed", "none"} {
				for name, f := range map[string]oauth.FamilyFilter{"application": {ClientID: app}, "person": {Subject: app + "-person"}, "both": {ClientID: app, Subject: app + "-person"}} {
					for _, limit := range []int{4, 7, 300} {
						if got := pages(t, s, f, limit); fmt.Sprint(got) != fmt.Sprint(want[app]) {
							t.Errorf("%s, %s %s, in pages of %d: got %d of %d: %v", when, name, app, limit, len(got), len(want[app]), got)
						}
					}
					oldest, _, err := s.AccessTokens(ctx, f, paging.Page{Limit: 5, Last: true})
					if n := min(5, len(want[app])); err != nil || fmt.Sprint(tokenIDs(oldest)) != fmt.Sprint(want[app][len(want[app])-n:]) {
						t.Errorf("%s, %s %s, the last page: %v, %v", when, name, app, tokenIDs(oldest), err)
					}
				}
			}
			n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: "rare"})
			if err != nil || n.N != len(want["rare"]) {
				t.Errorf("%s: counted %v of %d, %v", when, n, len(want["rare"]), err)
			}
		}
		check("without runs")
		clock.pass(time.Minute + 5500*time.Millisecond)
		sweep(t, s, clock)
		check("with runs")
		before := len(want["rare"])
		for i, id := range owners(t, db, clock.Now(), time.Hour, func(i int) string { return map[bool]string{true: "rare", false: "common"}[i == 3] }, 10) {
			if i == 3 {
				want["rare"] = append([]oauth.ID{id}, want["rare"]...)
			}
		}
		if check("with newer tokens"); len(want["rare"]) != before+1 {
			t.Fatal("no newer token")
		}
		clock.pass(2 * time.Hour)
		sweep(t, s, clock)
		if runs, entries := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_entry"); runs != 1 || entries != 500 {
			t.Errorf("%d runs with %d rows remain after all tokens have expired, want the newest one", runs, entries)
		}
		clear(want)
		check("after all tokens have expired")
		clock.pass(3 * 24 * time.Hour)
		sweep(t, s, clock)
		check("after their partition was dropped")
	})
}

// TestFewTokensHaveNoRuns, and cost nothing.
func TestFewTokensHaveNoRuns(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		s.RunOf(1000)
		owners(t, db, clock.Now(), time.Hour, func(int) string { return "common" }, 999)
		clock.pass(2 * time.Minute)
		if sweep(t, s, clock); testdb.Count(t, db, "latchkey_access_run") != 0 {
			t.Error("there are runs")
		}
		owners(t, db, clock.Now(), time.Hour, func(int) string { return "common" }, 100) // younger than a minute
		if sweep(t, s, clock); testdb.Count(t, db, "latchkey_access_run") != 0 {
			t.Error("there are runs of new tokens")
		}
	})
}

// TestATokenThatIsStoredLateIsFoundInTheEnd: after its run was counted again.
func TestATokenThatIsStoredLateIsFoundInTheEnd(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 2000)
		late := owners(t, db, clock.Now().Add(-time.Minute-1500*time.Millisecond), time.Hour, func(int) string { return "late" }, 1)
		if sweep(t, s, clock); len(pages(t, s, oauth.FamilyFilter{ClientID: "late"}, 10)) != 0 {
			t.Error("the token is in the list: this test shows nothing")
		}
		clock.pass(10 * time.Minute)
		sweep(t, s, clock)
		for name, f := range map[string]oauth.FamilyFilter{"application": {ClientID: "late"}, "person": {Subject: "late-person"}} {
			if got := pages(t, s, f, 10); fmt.Sprint(got) != fmt.Sprint(late) {
				t.Errorf("the tokens of the %s: %v, want %v", name, got, late)
			}
		}
		if n := testdb.Count(t, db, "latchkey_access_entry"); n != 2*500 {
			t.Errorf("two runs have %d rows", n)
		}
	})
}

// withRuns returns a Store with a number of tokens in runs of 1000, of which the newest has an
// age of one minute.
func withRuns(t *testing.T, db testdb.Database, tokens int) (*testClock, *sqlstore.Store) {
	t.Helper()
	clock := newTestClock()
	s := opened(t, db, clock, nil)
	s.RunOf(1000)
	for _, id := range []string{"common", "rare", "late"} {
		if err := s.CreateClient(ctx, &oauth.Client{ID: id, CreatedAt: clock.Now().Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	owners(t, db, clock.Now(), time.Hour, rareOwner, tokens)
	clock.pass(time.Minute + time.Duration(tokens)*time.Millisecond)
	sweep(t, s, clock)
	if n := testdb.Count(t, db, "latchkey_access_run"); n != int64(tokens/1000) {
		t.Fatalf("there are %d runs", n)
	}
	return clock, s
}

// rareOwner is the owner of a token: of every 100th, "rare".
func rareOwner(i int) string { return map[bool]string{true: "rare", false: "common"}[i%100 == 7] }

// TestTokensThatAreInvalidAreNotListed, although the index has them.
func TestTokensThatAreInvalidAreNotListed(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 1000)
		list := func() int { return len(pages(t, s, oauth.FamilyFilter{Subject: "rare-person"}, 100)) }
		if n := list(); n != 10 {
			t.Errorf("%d tokens are listed, want 10", n)
		}
		if err := s.RevokeClient(ctx, "rare", clock.Now()); err != nil {
			t.Fatal(err)
		}
		if n := list(); n != 0 {
			t.Errorf("%d tokens are listed after a revocation", n)
		}
		if n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: "rare"}); err != nil || n.N != 10 {
			t.Errorf("counted %v, %v: a count does not check clients", n, err)
		}
		clock.pass(2 * time.Hour)
		if n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: "rare"}); err != nil || n.N != 0 {
			t.Errorf("counted %v, %v after all have expired", n, err)
		}
	})
}

// TestATokenIsCountedUpToABound: those of an application with many.
func TestATokenIsCountedUpToABound(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		_, s := withRuns(t, db, 2000)
		for owner, want := range map[string]oauth.Count{"rare": {N: 20}, "common": {N: 1000, More: true}} {
			if n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: owner}); err != nil || n != want {
				t.Errorf("%s: counted %v, %v; want %v", owner, n, err, want)
			}
		}
	})
}

// TestARunIsWrittenAsAWholeOrNotAtAll: if the last of its rows cannot be inserted, there is no
// run, and the next sweep writes it.
func TestARunIsWrittenAsAWholeOrNotAtAll(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		s.RunOf(1000)
		owners(t, db, clock.Now(), time.Hour, rareOwner, 1000)
		clock.pass(2 * time.Minute)
		if err := db.Exec(`INSERT INTO latchkey_access_entry SELECT 999, entries FROM (SELECT hash AS entries FROM latchkey_access_token LIMIT 1) AS any_token`); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sweep(ctx, clock.Now()); err == nil {
			t.Fatal("a run was written over another row")
		}
		if runs, entries := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_entry"); runs != 0 || entries != 1 {
			t.Errorf("%d runs with %d rows remain", runs, entries)
		}
		if err := db.Exec(`DELETE FROM latchkey_access_entry`); err != nil {
			t.Fatal(err)
		}
		sweep(t, s, clock)
		if runs, entries := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_entry"); runs != 1 || entries != 500 {
			t.Errorf("%d runs with %d rows, want one", runs, entries)
		}
	})
}

// TestTwoSweepsWriteEachRunOnce, at the same time: the lease of one could have expired.
func TestTwoSweepsWriteEachRunOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		owners(t, db, clock.Now(), time.Hour, rareOwner, 8000)
		clock.pass(2 * time.Minute)
		var nodes sync.WaitGroup
		var s *sqlstore.Store
		for range 2 {
			node := opened(t, db, clock, nil)
			node.RunOf(1000)
			s = node
			nodes.Go(func() {
				if _, err := node.Sweep(ctx, clock.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if runs, entries := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_entry"); runs != 8 || entries != 8*500 {
			t.Errorf("%d runs with %d rows, want 8", runs, entries)
		}
		if n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: "rare"}); err != nil || n.N != 80 {
			t.Errorf("counted %v, %v; want 80", n, err)
		}
	})
}

func sweep(t *testing.T, s *sqlstore.Store, clock interface{ Now() time.Time }) {
	t.Helper()
	if _, err := s.Sweep(ctx, clock.Now()); err != nil {
		t.Fatal(err)
	}
}
