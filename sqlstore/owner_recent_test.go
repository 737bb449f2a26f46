package sqlstore_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// byOwner are the ids of access tokens by their owners, newest first.
type byOwner map[string][]oauth.ID

func (b byOwner) add(ids []oauth.ID, owner func(i int) string) {
	for i, id := range ids {
		b[owner(i)] = append([]oauth.ID{id}, b[owner(i)]...)
	}
}

// check compares the lists of some owners, in both directions, their last pages, and their counts.
func (b byOwner) check(t *testing.T, s *sqlstore.Store, when string, owners ...string) {
	t.Helper()
	for _, owner := range owners {
		want := b[owner]
		for name, f := range map[string]oauth.FamilyFilter{"application": {ClientID: owner}, "person": {Subject: owner + "-person"}} {
			if got := pages(t, s, f, 400); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, %s %s: %d tokens are listed, want %d", when, name, owner, len(got), len(want))
			}
			n := min(7, len(want))
			if last, _, err := s.AccessTokens(ctx, f, paging.Page{Limit: 7, Last: true}); err != nil || fmt.Sprint(tokenIDs(last)) != fmt.Sprint(want[len(want)-n:]) {
				t.Errorf("%s, %s %s, the last page: %v, %v", when, name, owner, tokenIDs(last), err)
			}
			if n, err := s.CountAccessTokens(ctx, f); err != nil || n.N != min(len(want), 1000) {
				t.Errorf("%s, %s %s: counted %v, %v; want %d", when, name, owner, n, err, len(want))
			}
		}
	}
}

// withOwners returns a Store with runs of a number of tokens, and clients.
func withOwners(t *testing.T, db testdb.Database, tokens int) (*testClock, *sqlstore.Store) {
	t.Helper()
	clock := newTestClock()
	s := opened(t, db, clock, nil)
	s.RunOf(tokens)
	for _, id := range []string{"common", "frequent", "rare", "rarest", "none", "late"} {
		if err := s.CreateClient(ctx, &oauth.Client{ID: id, CreatedAt: clock.Now().Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	return clock, s
}

// randomOwner returns owners of which some have few tokens.
func randomOwner(seed uint64) func(i int) string {
	return func(i int) string {
		switch n := rand.New(rand.NewPCG(seed, uint64(i))).IntN(1000); { //nolint:gosec // a test
		case n == 0:
			return "rarest"
		case n < 20:
			return "rare"
		case n < 300:
			return "frequent"
		}
		return "common"
	}
}

// rowsOfGroup is the number of rows of a group.
const rowsOfGroup = 500 + 1

// TestTokensOfAllLevelsAreFoundInOrder: those in groups, in whole runs, in recent runs, and in none, while time passes.
func TestTokensOfAllLevelsAreFoundInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 100)
		want := byOwner{}
		for round := range 5 {
			owner := randomOwner(uint64(round)) //nolint:gosec // a test
			want.add(owners(t, db, clock.Now(), time.Hour, owner, 900), owner)
			clock.pass(900*time.Millisecond + time.Duration(round)*100*time.Millisecond)
			if err := s.AddRuns(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
			if round == 1 {
				sweep(t, s, clock)
				want.check(t, s, fmt.Sprintf("in round %d", round), "rarest", "rare", "frequent", "none")
			}
		}
		if n := testdb.Count(t, db, "latchkey_access_group"); n != 0 {
			t.Errorf("the groups have %d rows: this test shows nothing", n)
		}
		if n := testdb.Count(t, db, "latchkey_access_recent"); n < 1 || n > 100 {
			t.Errorf("there are %d recent runs", n)
		}
		want.check(t, s, "in recent runs", "rarest", "rare", "frequent", "none")
		clock.pass(sqlstore.RunAge - time.Second)
		if err := s.AddRuns(ctx, clock.Now()); err != nil {
			t.Fatal(err)
		}
		want.check(t, s, "without a group", "rarest", "rare", "frequent", "none")
		clock.pass(sqlstore.RunAge)
		sweep(t, s, clock)
		if n := testdb.Count(t, db, "latchkey_access_group"); n != rowsOfGroup {
			t.Errorf("the groups have %d rows: this test shows nothing", n)
		}
		want.check(t, s, "with a group", "rarest", "rare", "frequent", "none")
		clock.pass(2 * time.Hour)
		sweep(t, s, clock)
		for table, most := range map[string]int64{"latchkey_access_run": 1, "latchkey_access_recent": 1, "latchkey_access_recent_entry": 25, "latchkey_access_group": rowsOfGroup} {
			if n := testdb.Count(t, db, table); n > most {
				t.Errorf("%s has %d rows after all tokens have expired, want at most %d", table, n, most)
			}
		}
		clear(want)
		want.check(t, s, "after all tokens have expired", "rarest", "frequent")
	})
}

// TestATokenInARecentAndInAWholeRunIsListedOnce: a task stopped after it had made the whole run.
func TestATokenInARecentAndInAWholeRunIsListedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 1000)
		owner := randomOwner(1)
		want := byOwner{}
		for range 6 {
			want.add(owners(t, db, clock.Now(), time.Hour, owner, 300), owner)
			clock.pass(300*time.Millisecond + sqlstore.RecentAge)
			if _, err := s.AddRecent(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		clock.pass(sqlstore.RunAge)
		if merged, err := s.MergeRecent(ctx, clock.Now()); err != nil || !merged {
			t.Fatal(merged, err)
		}
		if runs, recent := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_recent"); runs != 1 || recent != 6 {
			t.Fatalf("%d whole and %d recent runs", runs, recent)
		}
		want.check(t, s, "after the task stopped", "rarest", "rare", "frequent")
		if err := s.AddRuns(ctx, clock.Now()); err != nil {
			t.Fatal(err)
		}
		if n := testdb.Count(t, db, "latchkey_access_recent"); n != 2 {
			t.Errorf("%d recent runs, want those that are in no whole run", n)
		}
		want.check(t, s, "after the next task", "rarest", "rare", "frequent")
	})
}

// TestALateTokenIsFoundWithinSeconds: a token of a recent run that is stored late is found when the run is counted
// again, or when a whole run is made of it.
func TestALateTokenIsFoundWithinSeconds(t *testing.T) {
	for _, merged := range []bool{false, true} {
		onEach(t, func(t *testing.T, db testdb.Database) {
			clock, s := withOwners(t, db, 1000)
			begun := clock.Now()
			owners(t, db, begun, time.Hour, randomOwner(1), 400)
			clock.pass(400*time.Millisecond + sqlstore.RecentAge)
			if err := s.AddRuns(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
			want := byOwner{"late": owners(t, db, begun.Add(100*time.Millisecond), time.Hour, func(int) string { return "late" }, 1)}
			owners(t, db, clock.Now(), time.Hour, randomOwner(2), 1100) // more than the first step of a search reads
			if merged {
				clock.pass(1100*time.Millisecond + sqlstore.RecentAge - time.Millisecond)
				if _, err := s.AddRecent(ctx, clock.Now()); err != nil {
					t.Fatal(err)
				}
				if _, err := s.AddRecent(ctx, clock.Now()); err != nil {
					t.Fatal(err)
				}
				clock.pass(sqlstore.RunAge)
				if done, err := s.MergeRecent(ctx, clock.Now()); err != nil || !done {
					t.Fatal(done, err)
				}
			} else {
				if got := pages(t, s, oauth.FamilyFilter{ClientID: "late"}, 10); len(got) > 0 {
					t.Error("a token that was stored late is listed at once: this test shows nothing")
				}
				clock.pass(3 * sqlstore.RecentAge)
				s.RunOf(10_000)
				if err := s.AddRuns(ctx, clock.Now()); err != nil {
					t.Fatal(err)
				}
			}
			want.check(t, s, fmt.Sprintf("a whole run: %v", merged), "late")
		})
	}
}

// TestAGroupHasTheTokensOfRunsThatWereWrittenAgain: a token that was stored late is found although its run was in a
// group, or was being added to one.
func TestAGroupHasTheTokensOfRunsThatWereWrittenAgain(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 50)
		begun := clock.Now()
		want := byOwner{}
		owner := randomOwner(1)
		want.add(owners(t, db, begun, 48*time.Hour, owner, 50*sqlstore.GroupRuns), owner)
		clock.pass(time.Minute)
		sweep(t, s, clock)
		groups := func(when string, want int64) {
			t.Helper()
			if n := testdb.Count(t, db, "latchkey_access_group"); n != want {
				t.Errorf("the groups have %d rows %s, want %d", n, when, want)
			}
		}
		groups("after a sweep", rowsOfGroup)
		want.check(t, s, "with a group", "rarest", "rare", "none")
		late := func(int) string { return "late" }
		store := func(after time.Duration) {
			want.add(owners(t, db, begun.Add(after), 48*time.Hour, late, 1), late)
		}
		recount := func(after time.Duration) {
			clock.pass(after)
			if err := s.AddRuns(ctx, clock.Now()); err != nil { // which adds no groups
				t.Fatal(err)
			}
		}
		store(150 * time.Millisecond)
		if got := pages(t, s, oauth.FamilyFilter{ClientID: "late"}, 10); len(got) > 0 {
			t.Error("a token that was stored late is listed at once: this test shows nothing")
		}
		recount(10 * time.Minute)
		groups("after a run was written again", 0)
		want.check(t, s, "without the group", "late", "rare")
		if err := s.AddGroup(ctx, func() { store(750 * time.Millisecond); recount(2 * time.Hour) }); err != nil {
			t.Fatal(err)
		}
		groups("although a run was written again after it was read", 0)
		if err := s.AddGroup(ctx, func() { sweep(t, s, clock) }); err != nil {
			t.Errorf("another task has added the same group: %v", err)
		}
		groups("after the next sweep", rowsOfGroup)
		want.check(t, s, "with another group", "late", "rarest", "rare")
	})
}

// TestManyProcessesAddRecentRuns at the same time, and each token is in the list once.
func TestManyProcessesAddRecentRuns(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 1000)
		nodes := []*sqlstore.Store{s}
		for range 3 {
			node := opened(t, db, clock, nil)
			node.RunOf(1000)
			nodes = append(nodes, node)
		}
		want := byOwner{}
		for round := range 5 {
			owner := randomOwner(uint64(round)) //nolint:gosec // a test
			want.add(owners(t, db, clock.Now(), time.Hour, owner, 700), owner)
			clock.pass(700*time.Millisecond + sqlstore.RecentAge/2)
			var tasks sync.WaitGroup
			for _, node := range nodes {
				tasks.Go(func() {
					if err := node.AddRuns(ctx, clock.Now()); err != nil {
						t.Error(err)
					}
				})
			}
			tasks.Wait()
			want.check(t, s, fmt.Sprintf("in round %d", round), "rarest", "rare", "none")
		}
	})
}
