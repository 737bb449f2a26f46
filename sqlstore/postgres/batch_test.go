package postgres_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// together runs statements in one batch, and returns the error of each. It blocks
// the workers until all statements are queued. The workers do not stay blocked for
// longer than a call waits: ok reports whether that was long enough.
func together(t *testing.T, s *sqlstore.Store, url string, statements ...func(sqlstore.Batcher) error) (faults []error, ok bool) {
	t.Helper()
	batcher := s.Engine.Batcher()
	guard := connected(t, url)
	do(t, guard, "BEGIN; SELECT pg_advisory_xact_lock(1)")
	var (
		group sync.WaitGroup
		freed atomic.Bool // a worker is not blocked anymore
	)
	until := func(yes func(sqlstore.EngineStats) bool) bool {
		for !yes(s.Engine.Stats()) {
			if freed.Load() {
				return false
			}
			runtime.Gosched()
		}
		return true
	}
	ok = true
	for n := range 2 { // as many as there are connections for such
		group.Go(func() {
			_, _ = batcher.Run(ctx, `SELECT pg_advisory_xact_lock_shared(1)`, nil)
			freed.Store(true)
		})
		ok = ok && until(func(e sqlstore.EngineStats) bool { return e.Commits.Queued == 0 && e.Pool.InUse == n+1 })
	}
	faults = make([]error, len(statements))
	for i, statement := range statements {
		group.Go(func() { faults[i] = statement(batcher) })
	}
	ok = ok && until(func(e sqlstore.EngineStats) bool { return e.Commits.Queued == len(statements) }) && !freed.Load()
	do(t, guard, "ROLLBACK")
	group.Wait()
	return faults, ok
}

// TestAFailedStatementDoesNotAffectOthersInItsBatch, for whatever reason it failed,
// and no statement that was committed runs again.
func TestAFailedStatementDoesNotAffectOthersInItsBatch(t *testing.T) {
	insert := func(p sqlstore.Batcher) error {
		_, err := p.Run(ctx, `INSERT INTO noted VALUES (1)`, nil)
		return err
	}
	for name, c := range map[string]struct {
		statement func(sqlstore.Batcher) error
		waiting   bool // it succeeds later
		lock      string
	}{
		"a row that cannot be scanned": {statement: func(p sqlstore.Batcher) error {
			var n int64
			_, err := p.Run(ctx, `SELECT 'no number'`, nil, &n)
			return err
		}},
		"a wrong statement": {statement: func(p sqlstore.Batcher) error {
			_, err := p.Run(ctx, `SELECT nothing`, nil)
			return err
		}},
		"a violated constraint": {statement: func(p sqlstore.Batcher) error {
			_, err := p.Run(ctx, `INSERT INTO noted SELECT NULL::bigint`, nil)
			return err
		}},
		"a row that another transaction locks": {waiting: true, lock: `SELECT * FROM held FOR UPDATE`, statement: func(p sqlstore.Batcher) error {
			_, err := p.Run(ctx, `UPDATE held SET n = 2`, nil)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			url := migrated(t)
			s := open(t, url, nil)
			other := connected(t, url)
			do(t, other, `CREATE TABLE noted (n bigint NOT NULL); CREATE TABLE held AS SELECT 1 AS n`)
			var faults []error
			for ok := false; !ok; {
				do(t, other, `TRUNCATE noted`)
				do(t, other, `BEGIN;`+c.lock)
				faults, ok = together(t, s, url, insert, c.statement, insert)
				do(t, other, `COMMIT`)
			}
			if faults[0] != nil || faults[2] != nil || faults[1] == nil || s.Permanent(faults[1]) == c.waiting {
				t.Errorf("the errors: %v", faults)
			}
			if n := asked(t, url, `SELECT count(*)::text FROM noted`)[0]; n != "2" {
				t.Errorf("%s rows were inserted, want 2", n)
			}
			if again := c.statement(s.Engine.Batcher()); (again == nil) != c.waiting {
				t.Errorf("later: %v", again)
			}
		})
	}
}

// TestARowThatCannotBeScannedDoesNotAffectOtherLookups of the same batch.
func TestARowThatCannotBeScannedDoesNotAffectOtherLookups(t *testing.T) {
	url := migrated(t)
	s := open(t, url, nil)
	do(t, connected(t, url), `CREATE TABLE many AS SELECT decode(lpad(n::text, 2, '0'), 'hex') AS id, CASE n WHEN 2 THEN 'no number' ELSE n::text END AS text FROM generate_series(1, 3) n`)
	const query = `SELECT k.n, CASE WHEN m.text ~ '^[0-9]+$' THEN m.text END FROM unnest($1::bytea[]) WITH ORDINALITY k(id, n) JOIN many m ON m.id = k.id`
	guard := connected(t, url)
	do(t, guard, "BEGIN; LOCK TABLE many")
	var (
		group  sync.WaitGroup
		faults [4]error
		found  [4]bool
	)
	for n := range byte(4) {
		group.Go(func() {
			var text string
			found[n], faults[n] = s.Engine.Batcher().Lookup(ctx, query, []byte{n}, &text)
		})
	}
	do(t, guard, "ROLLBACK")
	group.Wait()
	if faults[0] != nil || faults[1] != nil || faults[2] == nil || faults[3] != nil || found != [4]bool{false, true, false, true} {
		t.Errorf("found %v, errors %v", found, faults)
	}
}

// TestAReuseIsReportedAfterTheCallerIsGone, so that its family is revoked.
func TestAReuseIsReportedAfterTheCallerIsGone(t *testing.T) {
	url, now := migrated(t), time.Now().Truncate(time.Millisecond)
	stocked(t, url)
	gone, cancel := context.WithCancel(ctx)
	s, err := postgres.Open(ctx, url, postgres.Options{Trace: func(_ context.Context, statement string) func(error) {
		if strings.Contains(statement, "FROM latchkey_family t") { // the token was exchanged before, and the family is read
			cancel()
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ticket := newTicket(now)
	if _, err := s.Approve(ctx, oauth.Approval{Now: time.Now(), Put: &ticket}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Spend(ctx, spend(ticket, now)); err != nil {
		t.Fatal(err)
	}
	r := oauth.Rotation{FamilyID: ticket.ID, ClientID: "c", Presented: oauth.Hash{1}, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour)}
	if got, err := s.Rotate(ctx, r); err != nil || !got.Won {
		t.Fatalf("the token was not exchanged: %v", err)
	}
	if got, err := s.Rotate(gone, r); err != nil || got.Won || got.Family.ID != ticket.ID || gone.Err() == nil {
		t.Errorf("the result of the reuse is %+v, %v", got, err)
	}
}

// TestAReadOnlyServerIsReplacedByAnotherOne of the URL, also by connections that are
// open.
func TestAReadOnlyServerIsReplacedByAnotherOne(t *testing.T) {
	var urls []string
	var first *pgtest.Server
	for range 2 {
		s := pgtest.New(t)
		url := s.DatabaseFor(t)
		if first == nil {
			first = s
		}
		open(t, url, nil)
		urls = append(urls, url)
	}
	host := func(url string) string {
		_, after, _ := strings.Cut(url, "@")
		address, _, _ := strings.Cut(after, "/")
		return address
	}
	both := strings.Replace(urls[0], host(urls[0]), host(urls[0])+","+host(urls[1]), 1) + "&target_session_attrs=read-write"
	s, err := postgres.Open(ctx, both, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	issue := func() error {
		return s.Issue(ctx, oauth.AccessToken{ID: oauth.NewID(time.Now()), IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)})
	}
	if err := issue(); err != nil {
		t.Fatal(err)
	}
	conn := connected(t, urls[0])
	do(t, conn, `ALTER SYSTEM SET default_transaction_read_only = on`)
	do(t, conn, `SELECT pg_reload_conf()`)
	for deadline := time.Now().Add(5 * time.Minute); asked(t, urls[0], `SHOW default_transaction_read_only`)[0] != "on"; {
		if time.Now().After(deadline) {
			t.Fatal("the server still takes writes")
		}
	}
	for {
		err := issue()
		if err != nil && !errors.Is(err, oauth.ErrUnavailable) {
			t.Fatal(err)
		}
		if n := asked(t, urls[1], `SELECT count(*)::text FROM latchkey_access_token`)[0]; n != "0" {
			return // it was written on the other server
		}
		if err != nil {
			t.Fatalf("the other server is not used: %v", err)
		}
	}
}

// TestMalformedSessionIDsAreNotLookedUp, because one of them would fail the lookups of
// other callers in its batch.
func TestMalformedSessionIDsAreNotLookedUp(t *testing.T) {
	s := open(t, migrated(t), nil)
	for _, id := range []string{"\xff", "a\x00b", "ü", "unknown", ""} {
		if _, _, err := s.Session(ctx, id); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("session %q: %v, want not found", id, err)
		}
	}
}
