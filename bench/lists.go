package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// fewTokens is the length of the list with which the long one is compared.
const fewTokens = 100

// A listJob is a call for a page of the back office.
type listJob struct {
	name string
	run  func(ctx context.Context, db *sqlstore.Store) (rows int, err error)
}

// listJobs are the pages of the list of access tokens, and its counts.
func listJobs() []listJob {
	page := func(name string, f oauth.FamilyFilter, p paging.Page) listJob {
		return listJob{name, func(ctx context.Context, db *sqlstore.Store) (int, error) {
			p.Limit = 25
			rows, _, err := db.AccessTokens(ctx, f, p)
			return len(rows), err
		}}
	}
	count := func(name string, f oauth.FamilyFilter) listJob {
		return listJob{name, func(ctx context.Context, db *sqlstore.Store) (int, error) {
			n, err := db.CountAccessTokens(ctx, f)
			return n.N, err
		}}
	}
	jobs := []listJob{page("first page", oauth.FamilyFilter{}, paging.Page{}), page("last page", oauth.FamilyFilter{}, paging.Page{Last: true}), count("count", oauth.FamilyFilter{})}
	for _, of := range []struct {
		name   string
		filter oauth.FamilyFilter
	}{
		{"a common application", oauth.FamilyFilter{ClientID: "app1"}},
		{"an application with a thousandth of the tokens", oauth.FamilyFilter{ClientID: "seldom"}},
		{"a rare application", oauth.FamilyFilter{ClientID: "rare"}},
		{"a common person", oauth.FamilyFilter{Subject: "busy"}},
		{"a rare person", oauth.FamilyFilter{Subject: "person1"}},
		{"a person without tokens", oauth.FamilyFilter{Subject: "nobody"}},
	} {
		jobs = append(jobs, page(of.name+", first page", of.filter, paging.Page{}), page(of.name+", last page", of.filter, paging.Page{Last: true}), count(of.name+", count", of.filter))
	}
	return jobs
}

// measureLists prints how long the back office takes for its list of n access tokens, and for
// one of fewTokens. In the long list, the rare application has 100 tokens. One person has a tenth of
// all tokens, and each other person has 100.
func measureLists(ctx context.Context, w io.Writer, stores []string, n int) error {
	_, _ = fmt.Fprintf(w, "| store | list | %d tokens | %d tokens | ratio | fastest | calls | rows |\n|---|---|---|---|---|---|---|---|\n", fewTokens, n)
	for _, kind := range stores {
		if !durable(kind) {
			continue
		}
		few, err := timeLists(ctx, kind, fewTokens)
		if err != nil {
			return err
		}
		many, err := timeLists(ctx, kind, n)
		if err != nil {
			return err
		}
		for i, job := range listJobs() {
			_, _ = fmt.Fprintf(w, "| %s | %s | %.1f ms | %.1f ms | %.1f | %.1f ms | %d | %d |\n", kind, job.name, inMilliseconds(few[i].median), inMilliseconds(many[i].median),
				float64(many[i].median)/float64(few[i].median), inMilliseconds(many[i].fastest), many[i].calls, many[i].rows)
		}
	}
	return nil
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// A listTime is how long a list took, with the numbers of database calls and of rows.
type listTime struct {
	median, fastest time.Duration
	calls           uint64
	rows            int
}

// timeLists measures each list with n tokens.
func timeLists(ctx context.Context, kind string, n int) (times []listTime, err error) {
	s, err := openStore(kind, "fsync=off") // the measured lists only read
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = s.Close()
		for _, name := range []string{"bench.db", "bench.db-wal", "bench.db-shm"} {
			_ = os.Remove(name)
		}
	}()
	db, _, _ := database(s)
	for _, id := range []string{"rare", "seldom", "app0", "app1", "app2"} {
		if err := s.CreateClient(ctx, &oauth.Client{ID: id, Name: id, CreatedAt: now().Add(-48 * time.Hour)}); err != nil {
			return nil, err
		}
	}
	begun := time.Now()
	if err := fillLists(ctx, kind, db, 0, n, n); err != nil {
		return nil, err
	}
	filled := time.Now()
	during, err := issueDuring(ctx, db, func() error { return indexLists(ctx, db) })
	if err != nil {
		return nil, err
	}
	took := time.Since(filled)
	after, err := issueDuring(ctx, db, func() error {
		time.Sleep(min(took, time.Minute))
		return nil
	})
	if err != nil {
		return nil, err
	}
	fmt.Printf("%s: %d tokens stored in %s, and indexed by a sweep in %s. Storing one at the same time took %s, and afterwards %s\n", kind, n, filled.Sub(begun).Round(time.Second), took.Round(100*time.Millisecond), during, after)
	if n > fewTokens {
		stop := issueAll(ctx, db, n)
		defer stop()
		time.Sleep(20 * time.Second) // until there are recent runs
	}
	for _, job := range listJobs() {
		one, err := job.time(ctx, db)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", job.name, err)
		}
		times = append(times, one)
	}
	return times, nil
}

// time calls the list several times.
func (j listJob) time(ctx context.Context, db *sqlstore.Store) (t listTime, err error) {
	const rounds = 25
	var taken []time.Duration
	before := db.Stats().RoundTrips
	for range rounds {
		begun := time.Now()
		if t.rows, err = j.run(ctx, db); err != nil {
			return t, err
		}
		taken = append(taken, time.Since(begun))
	}
	slices.Sort(taken)
	t.median, t.fastest, t.calls = taken[rounds/2], taken[0], (db.Stats().RoundTrips-before)/rounds
	return t, nil
}

// listStep is how many tokens are inserted at a time.
const listStep = 20_000

// listFills insert $1 of $2 access tokens, from number $3 on, which were issued during two
// hours from $4 on.
var listFills = map[string]string{
	"sqlite": `WITH RECURSIVE i(n) AS (SELECT $3 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < $3 + $1)
		INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
		SELECT CAST(unhex(printf('%012x', $4 + n * 7200000 / $2)) || randomblob(10) AS BLOB), randomblob(32), CASE WHEN n % max(1, $2 / 100) = 7 THEN 'rare' WHEN n % 1000 = 3 THEN 'seldom' ELSE 'app' || (n % 3) END,
		CASE WHEN n % 10 = 0 THEN 'busy' ELSE 'person' || (n * 7919 % max(1, $2 / 100)) END, x'', 'read', $4 + n * 7200000 / $2, $4 + 36000000 FROM i`,
	"postgres": `INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at)
		SELECT decode(lpad(to_hex($4::bigint + n * 7200000 / $2::bigint), 12, '0') || substr(md5(random()::text), 1, 20), 'hex'), sha256(random()::text::bytea), CASE WHEN n % greatest(1, $2::bigint / 100) = 7 THEN 'rare' WHEN n % 1000 = 3 THEN 'seldom' ELSE 'app' || (n % 3) END,
		CASE WHEN n % 10 = 0 THEN 'busy' ELSE 'person' || (n * 7919 % greatest(1, $2::bigint / 100)) END, '', 'read', $4::bigint + n * 7200000 / $2::bigint, $4::bigint + 36000000 FROM generate_series($3::bigint, $3::bigint + $1::bigint - 1) n`,
}

// fillLists inserts the access tokens from number done up to, but not including, number end, of n
// in all. A step that the disk delays for too long is repeated.
func fillLists(ctx context.Context, kind string, db *sqlstore.Store, done, end, n int) error {
	const mostFailures = 20
	from, failures := now().Add(-2*time.Hour).UnixMilli(), 0
	for done < end {
		err := db.Engine.Do(ctx, func(conn sqlstore.Conn) error {
			_, err := conn.Count(listFills[kind], int64(min(listStep, end-done)), int64(n), int64(done), from)
			return err
		})
		switch {
		case err == nil:
			done += min(listStep, end-done)
		case failures == mostFailures:
			return fmt.Errorf("storing tokens: %w", err)
		default:
			failures++
		}
	}
	return nil
}

// issueDuring stores an access token every few milliseconds while a job runs, and returns how long
// that took.
func issueDuring(ctx context.Context, db *sqlstore.Store, job func() error) (took string, err error) {
	done := make(chan error, 1)
	go func() { done <- job() }()
	var times []time.Duration
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			slices.Sort(times)
			if len(times) == 0 {
				return "(none)", err
			}
			return fmt.Sprintf("%.1f ms (median), %.1f ms (99%%), %.1f ms (longest of %d)", inMilliseconds(times[len(times)/2]), inMilliseconds(times[len(times)*99/100]), inMilliseconds(times[len(times)-1]), len(times)), err
		case <-tick.C:
			begun := time.Now()
			token := oauth.AccessToken{ID: oauth.NewID(now()), ClientID: "app1", Subject: "busy", Scope: oauth.Scopes{"read"}, IssuedAt: now(), ExpiresAt: now().Add(10 * time.Hour)}
			if err := db.Issue(ctx, token); err != nil {
				return "", err
			}
			times = append(times, time.Since(begun))
		}
	}
}

// newTokens is how many access tokens are stored per second while lists are measured.
const newTokens = 1400

// issueAll stores access tokens of the same clients and people, in bursts every few milliseconds, until stop is called.
// The server writes their index at the same time.
func issueAll(ctx context.Context, db *sqlstore.Store, n int) (stop func()) {
	const every = 10 * time.Millisecond
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; ; {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var burst sync.WaitGroup
			for range newTokens * int(every.Milliseconds()) / 1000 {
				i++
				token := oauth.AccessToken{ID: oauth.NewID(now()), ClientID: fmt.Sprintf("app%d", i%3), Subject: fmt.Sprintf("person%d", i*7919%max(1, n/100)), Scope: oauth.Scopes{"read"}, IssuedAt: now(), ExpiresAt: now().Add(10 * time.Hour)}
				switch {
				case i%1000 == 3:
					token.ClientID = "seldom"
				case i%10 == 0:
					token.Subject = "busy"
				}
				burst.Go(func() { _ = db.Issue(ctx, token) })
			}
			burst.Wait()
		}
	}()
	return func() { close(done); <-stopped }
}

// indexLists runs a sweep, which writes the index of access tokens. A sweep that fails is repeated.
func indexLists(ctx context.Context, db *sqlstore.Store) (err error) {
	for range 5 {
		if _, err = db.Sweep(ctx, now()); err == nil {
			return nil
		}
		fmt.Fprintf(os.Stderr, "a sweep failed, and is repeated: %v\n", err)
	}
	return err
}
