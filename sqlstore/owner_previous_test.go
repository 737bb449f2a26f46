package sqlstore_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// indexed stores tokens, one per millisecond, and adds runs as soon as these can be indexed.
func indexed(t *testing.T, db testdb.Database, s *sqlstore.Store, clock *testClock, ttl time.Duration, n int) []oauth.ID {
	t.Helper()
	ids := owners(t, db, clock.Now(), ttl, randomOwner(1), n)
	clock.pass(time.Duration(n)*time.Millisecond + sqlstore.RecentAge)
	if err := s.AddRuns(ctx, clock.Now()); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestWholeRunsAreMadeAfterALull, in which the recent runs expired before they had enough tokens.
func TestWholeRunsAreMadeAfterALull(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 1000)
		for range 8 {
			indexed(t, db, s, clock, time.Minute, 100)
			clock.pass(20 * time.Second)
			sweep(t, s, clock)
		}
		want := byOwner{}
		for range 10 {
			want.add(indexed(t, db, s, clock, time.Hour, 500), randomOwner(1))
		}
		clock.pass(sqlstore.RunAge)
		sweep(t, s, clock)
		if n := testdb.Count(t, db, "latchkey_access_run"); n < 4 {
			t.Errorf("there are %d whole runs of 5000 tokens", n)
		}
		clock.pass(time.Minute)
		sweep(t, s, clock)
		want.check(t, s, "after a lull", "rarest", "rare", "none")
	})
}

// firstID returns the first id of a time.
func firstID(at time.Time) []byte {
	id := oauth.IDFrom(at, [10]byte{})
	return id[:]
}

// TestManyRecentRunsOfFewTokensBecomeAWholeRun: most of their tokens have expired, and some live long.
func TestManyRecentRunsOfFewTokensBecomeAWholeRun(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 100)
		for range 100 {
			owners(t, db, clock.Now(), time.Hour, func(i int) string { return []string{"rare", "common", "common"}[i] }, 3)
			clock.pass(time.Second)
			if _, err := s.AddRecent(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		execute(t, db, `DELETE FROM latchkey_access_token WHERE client_id = $1 OR id < $2`, "common", firstID(clock.Now().Add(-50*time.Second)))
		execute(t, db, `UPDATE latchkey_access_recent SET tokens = 0`) // as if they were counted again
		clock.pass(sqlstore.RunAge)
		if err := s.AddRuns(ctx, clock.Now()); err != nil {
			t.Fatal(err)
		}
		if whole, recent := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_recent"); whole != 1 || recent != 1 {
			t.Errorf("there are %d whole and %d recent runs", whole, recent)
		}
		if n := len(pages(t, s, oauth.FamilyFilter{ClientID: "rare"}, 100)); n != 50 {
			t.Errorf("%d tokens are listed, want 50", n)
		}
	})
}

// TestWholeRunsAreMadeOfTokensThatThePreviousReleaseKeeps: it deletes whole runs of newer tokens. Those that it has
// deleted are made again.
func TestWholeRunsAreMadeOfTokensThatThePreviousReleaseKeeps(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s := withOwners(t, db, 1000)
		want := byOwner{}
		for range 10 {
			want.add(indexed(t, db, s, clock, time.Hour, 500), randomOwner(1))
		}
		if n := testdb.Count(t, db, "latchkey_access_run"); n != 0 {
			t.Errorf("there are %d whole runs of new tokens", n)
		}
		clock.pass(sqlstore.RunAge)
		sweep(t, s, clock)
		before := testdb.Count(t, db, "latchkey_access_run")
		deleteNewestRun(t, db)
		deleteNewestRun(t, db)
		for range 10 {
			want.add(indexed(t, db, s, clock, time.Hour, 500), randomOwner(1))
		}
		clock.pass(sqlstore.RunAge)
		sweep(t, s, clock)
		if n := testdb.Count(t, db, "latchkey_access_run"); n <= before {
			t.Errorf("there are %d whole runs after others were deleted, and %d before", n, before)
		}
		want.check(t, s, "after runs were deleted", "rarest", "rare", "none")
	})
}

// deleteNewestRun deletes the newest whole run, and not its group, as the previous release does.
func deleteNewestRun(t *testing.T, db testdb.Database) {
	t.Helper()
	execute(t, db, `DELETE FROM latchkey_access_entry WHERE id > 0 AND id >= (SELECT max(run) FROM latchkey_access_run) * 500`)
	execute(t, db, `DELETE FROM latchkey_access_run WHERE run = (SELECT max(run) FROM latchkey_access_run)`)
}

func execute(t *testing.T, db testdb.Database, query string, args ...any) {
	t.Helper()
	if err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// withGroup returns a Store with a group of runs of 50 tokens each. The tokens of the first half expire after an hour.
func withGroup(t *testing.T, db testdb.Database) (*testClock, *sqlstore.Store, byOwner) {
	t.Helper()
	clock, s := withOwners(t, db, 50)
	want := byOwner{}
	for _, ttl := range []time.Duration{time.Hour, 48 * time.Hour} {
		const n = 25 * sqlstore.GroupRuns
		want.add(owners(t, db, clock.Now(), ttl, randomOwner(1), n), randomOwner(1))
		clock.pass(n * time.Millisecond)
	}
	clock.pass(2 * sqlstore.RunAge)
	sweep(t, s, clock)
	if n := testdb.Count(t, db, "latchkey_access_group"); n != rowsOfGroup {
		t.Fatalf("the groups have %d rows", n)
	}
	return clock, s, want
}

// TestAGroupIsNotUsedAfterThePreviousReleaseHasChangedItsRuns, which changes runs without their groups.
func TestAGroupIsNotUsedAfterThePreviousReleaseHasChangedItsRuns(t *testing.T) {
	late := func(int) string { return "late" }
	for name, change := range map[string]func(*testing.T, testdb.Database, *testClock, *sqlstore.Store, byOwner){
		"written again": func(t *testing.T, db testdb.Database, clock *testClock, s *sqlstore.Store, want byOwner) {
			t.Helper()
			begun := want["common"][len(want["common"])-1].Time()
			want.add(owners(t, db, begun.Add(1201*time.Millisecond), 48*time.Hour, late, 1), late)
			execute(t, db, `CREATE TABLE before AS SELECT * FROM latchkey_access_group`)
			clock.pass(10 * time.Minute)
			if err := s.AddRuns(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
			execute(t, db, `INSERT INTO latchkey_access_group SELECT * FROM before`)
		},
		"deleted and added": func(t *testing.T, db testdb.Database, clock *testClock, s *sqlstore.Store, want byOwner) {
			t.Helper()
			deleteNewestRun(t, db)
			want.add(owners(t, db, clock.Now(), 48*time.Hour, late, 5), late)
			owners(t, db, clock.Now(), 48*time.Hour, func(int) string { return "common" }, 45)
			clock.pass(2 * sqlstore.RunAge)
			s.RunOf(100)
			if err := s.AddRuns(ctx, clock.Now()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		onEach(t, func(t *testing.T, db testdb.Database) {
			clock, s, want := withGroup(t, db)
			change(t, db, clock, s, want)
			if runs, n := testdb.Count(t, db, "latchkey_access_run"), testdb.Count(t, db, "latchkey_access_group"); runs != sqlstore.GroupRuns || n != rowsOfGroup {
				t.Errorf("%s: %d runs, and groups of %d rows: this test shows nothing", name, runs, n)
			}
			want.check(t, s, "a run was "+name, "late", "rarest", "rare")
			clock.pass(2 * sqlstore.RunAge)
			sweep(t, s, clock)
			if n := testdb.Count(t, db, "latchkey_access_group"); n != rowsOfGroup {
				t.Errorf("%s: the groups have %d rows after a sweep", name, n)
			}
			want.check(t, s, "after a sweep, a run was "+name, "late", "rarest", "rare")
			if !groupIsUsed(t, db, s) {
				t.Errorf("%s: the group of the sweep is not used", name)
			}
		})
	}
}

// groupIsUsed reports whether a search relies on the group: it then finds no token if the group names no runs.
func groupIsUsed(t *testing.T, db testdb.Database, s *sqlstore.Store) bool {
	t.Helper()
	execute(t, db, `UPDATE latchkey_access_group SET entries = $1 WHERE bucket >= 0`, []byte{0})
	return len(pages(t, s, oauth.FamilyFilter{ClientID: "rare"}, 100)) == 0
}

// TestAGroupIsUsedUntilItsTokensExpire, although its runs are counted again, and some of them expire before the others.
func TestAGroupIsUsedUntilItsTokensExpire(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock, s, _ := withGroup(t, db)
		for _, age := range []time.Duration{10 * time.Minute, 40 * time.Minute, 12 * time.Minute} {
			clock.pass(age)
			sweep(t, s, clock)
		}
		if n := testdb.Count(t, db, "latchkey_access_run"); n != sqlstore.GroupRuns/2 {
			t.Errorf("%d runs remain, want half of them", n)
		}
		if !groupIsUsed(t, db, s) {
			t.Error("the group is not used")
		}
		clock.pass(72 * time.Hour)
		sweep(t, s, clock)
	})
}
