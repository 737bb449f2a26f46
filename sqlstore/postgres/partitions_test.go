package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Millisecond)} }

// asked returns the rows of a query that selects one text.
func asked(t *testing.T, url, query string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// partitionsOf returns the partitions of a table, except the default one.
func partitionsOf(t *testing.T, url, table string) []string {
	t.Helper()
	return asked(t, url, `SELECT relid::text FROM pg_partition_tree($1::text::regclass) WHERE isleaf AND relid::text NOT LIKE '%_default' ORDER BY 1`, table)
}

// issued writes a ticket, its family and two access tokens at that time.
func issued(t *testing.T, s *sqlstore.Store, now time.Time, lifetime time.Duration) (family oauth.ID, access oauth.AccessToken) {
	t.Helper()
	ticket := newTicket(now)
	if _, err := s.Approve(ctx, oauth.Approval{Now: time.Now(), Put: &ticket}); err != nil {
		t.Fatal(err)
	}
	r := spend(ticket, now)
	r.Family.ExpiresAt = now.Add(180 * 24 * time.Hour)
	if got, err := s.Spend(ctx, r); err != nil || !got.Won {
		t.Fatal(got, err)
	}
	access = newAccess(now)
	access.ExpiresAt = now.Add(lifetime)
	if err := s.Issue(ctx, access); err != nil {
		t.Fatal(err)
	}
	return ticket.ID, access
}

func has(t *testing.T, s *sqlstore.Store, access oauth.AccessToken) bool {
	t.Helper()
	_, _, err := s.AccessToken(ctx, access.ID)
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// sweepWhenFree sweeps, again for as long as the machine is too busy to give it its
// locks in time.
func sweepWhenFree(t *testing.T, s *sqlstore.Store, now time.Time) (deleted int64) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; {
		n, err := s.Sweep(ctx, now)
		deleted += n
		if err == nil {
			return deleted
		}
		if !strings.Contains(err.Error(), "other transactions hold the locks") || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestPartitionsAreDroppedWhenAllTheirRowsHaveExpired, and not before.
func TestPartitionsAreDroppedWhenAllTheirRowsHaveExpired(t *testing.T) {
	url, c := database(t), newClock()
	s := stockedAt(t, url, c)
	family, first := issued(t, s, c.Now(), time.Hour)
	today := asked(t, url, `SELECT DISTINCT tableoid::regclass::text FROM latchkey_access_token`)
	if len(today) != 1 || strings.HasSuffix(today[0], "_default") {
		t.Fatalf("tokens of the same moment are in %v", today)
	}
	sweep := func(after time.Duration) {
		t.Helper()
		if deleted := sweepWhenFree(t, s, c.pass(after)); deleted != 0 {
			t.Fatalf("%d rows were deleted one by one", deleted)
		}
	}
	sweep(24 * time.Hour)
	if !has(t, s, first) {
		t.Error("a partition was dropped that can still get rows")
	}
	_, long := issued(t, s, c.Now(), 10*24*time.Hour)
	sweep(4 * 24 * time.Hour)
	if has(t, s, first) {
		t.Error("a partition with only expired rows was not dropped")
	}
	if !has(t, s, long) {
		t.Error("a valid token was dropped")
	}
	if _, _, err := s.Family(ctx, family); err != nil {
		t.Errorf("a valid family was dropped: %v", err)
	}
	if left := asked(t, url, `SELECT relname::text FROM pg_class WHERE relname = $1`, today[0]); len(left) != 0 {
		t.Error("the detached partition was not dropped")
	}
	sweep(8 * 24 * time.Hour)
	if has(t, s, long) {
		t.Error("a partition was not dropped after its last token had expired")
	}
	sweep(220 * 24 * time.Hour)
	if _, _, err := s.Family(ctx, family); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("an expired family was not deleted: %v", err)
	}
	for _, table := range []string{"latchkey_access_token", "latchkey_ticket", "latchkey_family"} {
		if parts := partitionsOf(t, url, table); len(parts) > 5 || len(parts) < 2 {
			t.Errorf("%s has partitions %v", table, parts)
		}
	}
}

// stockedAt is a Store with the client "c" and a clock that the test moves.
func stockedAt(t *testing.T, url string, c *clock) *sqlstore.Store {
	t.Helper()
	s := open(t, url, c.Now)
	sweepWhenFree(t, s, c.Now()) // opening does not create all partitions if the machine is busy
	if err := s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, CreatedAt: c.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTokensAreStoredWithoutPartitions if no process has swept for a long time, and
// the next sweep finds them.
func TestTokensAreStoredWithoutPartitions(t *testing.T) {
	url, c := database(t), newClock()
	s := stockedAt(t, url, c)
	c.pass(30 * 24 * time.Hour)
	_, access := issued(t, s, c.Now(), time.Hour)
	if where := asked(t, url, `SELECT tableoid::regclass::text FROM latchkey_access_token WHERE id = $1`, access.ID[:]); where[0] != "latchkey_access_token_default" {
		t.Fatalf("the token is in %s", where)
	}
	sweepWhenFree(t, s, c.Now())
	if !has(t, s, access) {
		t.Error("a valid token was deleted")
	}
	if deleted := sweepWhenFree(t, s, c.pass(26*time.Hour)); deleted != 3 { // two access tokens and a ticket
		t.Errorf("%d rows were deleted, want 3", deleted)
	}
	_, next := issued(t, s, c.Now(), time.Hour)
	if where := asked(t, url, `SELECT tableoid::regclass::text FROM latchkey_access_token WHERE id = $1`, next.ID[:]); where[0] == "latchkey_access_token_default" {
		t.Error("after a sweep there is no partition for new tokens")
	}
}

// TestAPartitionThatIsReadIsDroppedLater, and no request waits for the sweep.
func TestAPartitionThatIsReadIsDroppedLater(t *testing.T) {
	url, c := database(t), newClock()
	s := stockedAt(t, url, c)
	_, access := issued(t, s, c.Now(), time.Hour)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range []string{"BEGIN", "SELECT count(*) FROM latchkey_access_token"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Sweep(ctx, c.pass(4*24*time.Hour)); err == nil || !strings.Contains(err.Error(), "other transactions hold the locks that are needed to create the partition latchkey_access_token_") {
		t.Errorf("there is no partition of today, and the sweep returns %v", err)
	}
	if !has(t, s, access) {
		t.Error("a partition was dropped while it was read")
	}
	if err := s.Issue(ctx, newAccess(c.Now())); err != nil {
		t.Error(err)
	}
	if _, err := conn.Exec(ctx, "COMMIT"); err != nil {
		t.Fatal(err)
	}
	sweepWhenFree(t, s, c.Now())
	if has(t, s, access) {
		t.Error("the partition was not dropped")
	}
}

// TestAVacuumDelaysTheSweepOfOnePartitionOnly.
func TestAVacuumDelaysTheSweepOfOnePartitionOnly(t *testing.T) {
	url, c := database(t), newClock()
	s := stockedAt(t, url, c)
	_, held := issued(t, s, c.Now(), time.Hour)
	_, other := issued(t, s, c.pass(24*time.Hour), time.Hour)
	if _, _, err := s.Revoke(ctx, oauth.Revocation{ClientID: "c", JWT: other.ID, JWTExpiresAt: c.Now().Add(time.Hour), At: c.Now()}); err != nil {
		t.Fatal(err)
	}
	name := asked(t, url, `SELECT tableoid::regclass::text FROM latchkey_access_token WHERE id = $1`, held.ID[:])[0]
	vacuum := connected(t, url)
	do(t, vacuum, "BEGIN; LOCK TABLE "+name+" IN SHARE UPDATE EXCLUSIVE MODE")
	if deleted := sweepWhenFree(t, s, c.pass(4*24*time.Hour)); deleted != 1 {
		t.Errorf("%d rows were deleted, want that of the JWT", deleted)
	}
	for deadline := time.Now().Add(5 * time.Minute); has(t, s, other) && time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		sweepWhenFree(t, s, c.Now())
	}
	if !has(t, s, held) || has(t, s, other) {
		t.Errorf("the partition in use exists: %v, the other: %v", has(t, s, held), has(t, s, other))
	}
	do(t, vacuum, "COMMIT")
	for deadline := time.Now().Add(5 * time.Minute); has(t, s, held) && time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		sweepWhenFree(t, s, c.Now())
	}
	if has(t, s, held) {
		t.Error("the partition was not dropped")
	}
}

// TestAMissingPartitionForTomorrowIsReported, but not one that is needed later.
func TestAMissingPartitionForTomorrowIsReported(t *testing.T) {
	url, c := database(t), newClock()
	s := stockedAt(t, url, c) // it creates the partitions of the next three days
	holder := connected(t, url)
	do(t, holder, "BEGIN; LOCK TABLE latchkey_access_token_default IN SHARE UPDATE EXCLUSIVE MODE")
	for day, reported := range []bool{false, false, false, true, true} {
		_, err := s.Sweep(ctx, c.Now())
		named := err != nil && strings.Contains(err.Error(), "latchkey_access_token_"+c.Now().Add(24*time.Hour).UTC().Format("20060102"))
		if named != reported || (err != nil) != reported {
			t.Errorf("day %d: %v", day, err)
		}
		c.pass(24 * time.Hour)
	}
	if parts := partitionsOf(t, url, "latchkey_ticket"); !slices.Contains(parts, "latchkey_ticket_"+c.Now().UTC().Format("20060102")) {
		t.Errorf("the table that is not locked has only the partitions %v", parts)
	}
	do(t, holder, "COMMIT")
	sweepWhenFree(t, s, c.Now())
}

// TestTokensOfAnyTimeAreStored: clocks differ, and partitions can be missing.
func TestTokensOfAnyTimeAreStored(t *testing.T) {
	url, c := database(t), newClock()
	s := stockedAt(t, url, c)
	for _, at := range []time.Time{time.UnixMilli(0), c.Now().Add(-400 * 24 * time.Hour), c.Now().Add(400 * 24 * time.Hour)} {
		access := newAccess(at)
		if err := s.Issue(ctx, access); err != nil {
			t.Error(err)
		}
		if !has(t, s, access) {
			t.Errorf("a token of %v was lost", at)
		}
	}
}
