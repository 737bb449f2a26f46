package sqlstore_test

import (
	"context"
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

// rowsOfRuns returns the number of runs and of their rows, of which one more has the key of the hash.
func rowsOfRuns(t *testing.T, db testdb.Database) (runs, rows int64) {
	t.Helper()
	return testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_entry") - 1
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
					for _, limit := range []int{7, 300} {
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
		if runs, entries := rowsOfRuns(t, db); runs != 1 || entries != 500 {
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

// TestATokenThatIsStoredLateIsFoundInTheEnd: the tokens of a run are counted again and again, each
// time when its age has grown by a factor of four.
func TestATokenThatIsStoredLateIsFoundInTheEnd(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 2000, 48*time.Hour) // of which the older one has an age of 61 seconds
		begun := clock.Now().Add(-62 * time.Second)
		var want []oauth.ID
		for _, age := range []struct{ stored, counted time.Duration }{{62 * time.Second, 250 * time.Second}, {10 * time.Minute, 17 * time.Minute}, {18 * time.Minute, 70 * time.Minute}, {2 * time.Hour, 5 * time.Hour}} {
			sweepAt := func(age time.Duration) {
				clock.ms.Store(begun.Add(age).UnixMilli())
				sweep(t, s, clock)
			}
			sweepAt(age.stored)
			late := owners(t, db, begun.Add(age.stored/time.Minute*time.Millisecond), 48*time.Hour, func(int) string { return "late" }, 1)
			for _, early := range []time.Duration{age.stored, (age.stored + age.counted) / 2} {
				if sweepAt(early); len(pages(t, s, oauth.FamilyFilter{ClientID: "late"}, 10)) != len(want) {
					t.Errorf("a token that was stored with an age of %s is in the list at %s: this test shows nothing", age.stored, early)
				}
			}
			sweepAt(age.counted)
			want = append(late, want...)
			for name, f := range map[string]oauth.FamilyFilter{"application": {ClientID: "late"}, "person": {Subject: "late-person"}} {
				if got := pages(t, s, f, 10); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("the tokens of the %s at %s: %v, want %v", name, age.counted, got, want)
				}
			}
		}
		if _, n := rowsOfRuns(t, db); n != 2*500 {
			t.Errorf("two runs have %d rows", n)
		}
	})
}

// withRuns returns a Store with a number of tokens in runs of 1000, of which the newest has an
// age of one minute.
func withRuns(t *testing.T, db testdb.Database, tokens int, ttl time.Duration) (*testClock, *sqlstore.Store) {
	t.Helper()
	clock := newTestClock()
	s := opened(t, db, clock, nil)
	s.RunOf(1000)
	for _, id := range []string{"common", "rare", "late"} {
		if err := s.CreateClient(ctx, &oauth.Client{ID: id, CreatedAt: clock.Now().Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	owners(t, db, clock.Now(), ttl, rareOwner, tokens)
	clock.pass(time.Minute + time.Duration(tokens)*time.Millisecond)
	sweep(t, s, clock)
	if n := testdb.Count(t, db, "latchkey_access_run"); n != int64(tokens/1000) {
		t.Fatalf("there are %d runs", n)
	}
	return clock, s
}

// rareOwner returns the owner of a token: "rare" for every 100th token.
func rareOwner(i int) string { return map[bool]string{true: "rare", false: "common"}[i%100 == 7] }

// TestTokensThatAreInvalidAreNotListed, although the index has them.
func TestTokensThatAreInvalidAreNotListed(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 1000, time.Hour)
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

// TestTokensOfAnApplicationAreCountedUpToABound, and those of a rare one exactly, also those of a disabled one.
func TestTokensOfAnApplicationAreCountedUpToABound(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withRuns(t, db, 2000, time.Hour)
		for owner, want := range map[string]oauth.Count{"rare": {N: 20}, "common": {N: 1000, More: true}} {
			if n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: owner}); err != nil || n != want {
				t.Errorf("%s: counted %v, %v; want %v", owner, n, err, want)
			}
		}
		if err := s.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "rare", Disabled: true, At: clock.Now()}); err != nil {
			t.Fatal(err)
		}
		for owner, want := range map[string]oauth.Count{"rare": {N: 20}, "common": {}} {
			f := oauth.FamilyFilter{ClientID: owner, State: oauth.TokenDisabled}
			if n, err := s.CountAccessTokens(ctx, f); err != nil || n != want {
				t.Errorf("disabled, %s: counted %v, %v; want %v", owner, n, err, want)
			}
			if listed := pages(t, s, f, 7); len(listed) != want.N {
				t.Errorf("disabled, %s: listed %d, want %d", owner, len(listed), want.N)
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
		if runs, entries := rowsOfRuns(t, db); runs != 0 || entries != 1 {
			t.Errorf("%d runs with %d rows remain", runs, entries)
		}
		if err := db.Exec(`DELETE FROM latchkey_access_entry WHERE id = 999`); err != nil {
			t.Fatal(err)
		}
		sweep(t, s, clock)
		if runs, entries := rowsOfRuns(t, db); runs != 1 || entries != 500 {
			t.Errorf("%d runs with %d rows, want one", runs, entries)
		}
	})
}

// TestOfManyTasksOneWritesEachRun: without a lease, processes add runs at the same time, and
// that of one sweep could have expired.
func TestOfManyTasksOneWritesEachRun(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		owners(t, db, clock.Now(), 48*time.Hour, rareOwner, 8000)
		clock.pass(2 * time.Minute)
		var s *sqlstore.Store
		together := func(when string, tokens int) {
			t.Helper()
			var tasks sync.WaitGroup
			for range 2 {
				node := opened(t, db, clock, nil)
				node.RunOf(1000)
				s = node
				tasks.Go(func() {
					if _, err := node.Sweep(ctx, clock.Now()); err != nil {
						t.Error(err)
					}
				})
				tasks.Go(func() {
					if err := node.AddRuns(ctx, clock.Now()); err != nil {
						t.Error(err)
					}
				})
			}
			tasks.Wait()
			if runs, entries := rowsOfRuns(t, db); runs != 8 || entries != 8*500 {
				t.Errorf("%s: %d runs with %d rows, want 8", when, runs, entries)
			}
			if n, err := s.CountAccessTokens(ctx, oauth.FamilyFilter{ClientID: "rare"}); err != nil || n.N != tokens {
				t.Errorf("%s: counted %v, %v; want %d", when, n, err, tokens)
			}
		}
		together("new tokens", 80)
		owners(t, db, clock.Now().Add(-2*time.Minute), 48*time.Hour, func(int) string { return "rare" }, 100)
		clock.pass(8 * time.Minute)
		together("late tokens", 180)
	})
}

// TestTheIndexBeginsHalfASecondInThePast, so that requests have stored their tokens.
func TestTheIndexBeginsHalfASecondInThePast(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		s.RunOf(1000)
		owners(t, db, clock.Now(), time.Hour, rareOwner, 100) // of which 25 are sufficient
		clock.pass(24*time.Millisecond + sqlstore.RecentAge)
		for want := range int64(2) {
			if err := s.AddRuns(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
			if n := testdb.Count(t, db, "latchkey_access_recent"); n != want {
				t.Errorf("%d runs, want %d", n, want)
			}
			clock.pass(time.Millisecond)
		}
	})
}

// TestAClockThatIsAheadDoesNotIndexTokensTooEarly: that of the database counts.
func TestAClockThatIsAheadDoesNotIndexTokensTooEarly(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, theirs := newTestClock(), new(testClock)
		theirs.ms.Store(clock.ms.Load())
		s := opened(t, db, clock, nil)
		s.RunOf(1000)
		s.DatabaseClock = func(context.Context) (time.Time, error) { return theirs.Now(), nil }
		owners(t, db, theirs.Now(), time.Hour, rareOwner, 1000)
		clock.pass(time.Second + sqlstore.RunAge)
		for want := range int64(2) {
			if err := s.SweepAs(ctx, "one"); err != nil {
				t.Fatal(err)
			}
			if n := testdb.Count(t, db, "latchkey_access_run"); n != want {
				t.Errorf("%d runs, want %d", n, want)
			}
			theirs.pass(time.Second + sqlstore.RunAge)
		}
	})
}

func sweep(t *testing.T, s *sqlstore.Store, clock interface{ Now() time.Time }) {
	t.Helper()
	if _, err := s.Sweep(ctx, clock.Now()); err != nil {
		t.Fatal(err)
	}
}
