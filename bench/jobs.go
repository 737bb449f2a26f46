package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// A job changes many rows. While it runs, token requests are sent, and afterwards as
// many again for the same time. Other programs on the machine delay requests as well,
// so that only the difference between both shows the delay by the job.
type job struct {
	name string
	// lifetime is that of the families before the job.
	lifetime time.Duration
	run      func(ctx context.Context, db *sqlstore.Store) error
	onlyFile bool // only for a database that is a file
}

// The client, the person and the session that the families belong to.
const crowdClient, crowdPerson, crowdSession = "crowd", "crowd-person", "crowd-session"

var jobs = []job{
	{name: "none", lifetime: time.Hour, run: func(context.Context, *sqlstore.Store) error { return nil }},
	{name: "delete an application", lifetime: time.Hour, run: func(ctx context.Context, db *sqlstore.Store) error {
		if err := db.DeleteClient(ctx, crowdClient); err != nil {
			return err
		}
		return db.CreateClient(ctx, crowd()) // waits until all rows are gone
	}},
	{name: "log out of a session", lifetime: time.Hour, run: func(ctx context.Context, db *sqlstore.Store) error {
		return completed(ctx, db, db.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{crowdSession}, At: now()}))
	}},
	{name: "log a person out everywhere", lifetime: time.Hour, run: func(ctx context.Context, db *sqlstore.Store) error {
		return completed(ctx, db, db.EndSessions(ctx, oauth.SessionsEnd{Subject: crowdPerson, At: now()}))
	}},
	{name: "withdraw a consent", lifetime: time.Hour, run: func(ctx context.Context, db *sqlstore.Store) error {
		return completed(ctx, db, db.WithdrawConsent(ctx, crowdPerson, crowdClient, now()))
	}},
	{name: "sweep", lifetime: -48 * time.Hour, run: func(ctx context.Context, db *sqlstore.Store) error {
		_, err := db.Sweep(ctx, now())
		return err
	}},
	{name: "record 1,000 events a second", lifetime: time.Hour, run: recordEvents},
	{name: "back up", lifetime: time.Hour, onlyFile: true, run: func(ctx context.Context, _ *sqlstore.Store) error {
		return errors.Join(sqlite.Backup(ctx, "bench.db", "backup.db"), os.Remove("backup.db"))
	}},
}

// recordEvents records 1,000 events per second in the audit log for half a second, 10 of them
// every 10 milliseconds, each in a goroutine of its own, while a process links them.
func recordEvents(ctx context.Context, db *sqlstore.Store) error {
	log := audit.New(audit.Config{Store: db, Key: make([]byte, 32), Clock: now})
	running, stop := context.WithCancel(ctx)
	var callers, linker sync.WaitGroup
	linker.Go(func() { _ = log.Run(running) })
	tick := time.NewTicker(10 * time.Millisecond)
	for range 50 {
		<-tick.C
		for range 10 {
			callers.Go(func() {
				log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: now(), Subject: crowdPerson})
			})
		}
	}
	tick.Stop()
	callers.Wait()
	stop()
	linker.Wait()
	_, err := log.Link(ctx)
	return err
}

// completed waits until the rows of an act that has taken effect are changed.
func completed(ctx context.Context, db *sqlstore.Store, err error) error {
	if err == nil {
		_, err = db.Sweep(ctx, now())
	}
	return err
}

func crowd() *oauth.Client {
	return &oauth.Client{ID: crowdClient, Name: "Crowd", Type: oauth.Public, RedirectURIs: []string{redirectURI}, CreatedAt: now()}
}

// mostDelay is the longest delay of a request that a job may cause. The delay is the
// difference of the longest times with and without the job.
const mostDelay = 50 * time.Millisecond

// measureJobs measures each job with the given number of families on each store,
// and prints a table. Each measurement begins with an empty database, and repeats the
// job for the given time, or mostRounds times.
func measureJobs(ctx context.Context, out io.Writer, directory string, stores []string, families int, atLeast time.Duration) (err error) {
	_, _ = fmt.Fprintf(out, `Token requests from 4 callers while a job with %d families runs, and for the same time without the job

| job | store | took s | requests | p50 ms | p99 ms | p99.9 ms | worst ms | without the job: requests | p50 ms | p99 ms | p99.9 ms | worst ms | delay ms | below 50 ms |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
`, families)
	before, err := os.Getwd()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Chdir(before)) }()
	if directory, err = filepath.Abs(directory); err != nil { // each job changes the working directory
		return err
	}
	for _, kind := range stores {
		for _, j := range jobs {
			if !durable(kind) || j.onlyFile && kind != "sqlite" {
				continue
			}
			folder, err := os.MkdirTemp(directory, "job-")
			if err == nil {
				err = os.Chdir(folder)
			}
			if err != nil {
				return err
			}
			line, err := j.measure(ctx, kind, families, atLeast)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", kind, j.name, err)
			}
			_, _ = fmt.Fprintf(out, "| %s | %s | %s |\n", j.name, kind, line)
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
		}
	}
	return nil
}

// familyColumns are the columns of a family that have no default.
const familyColumns = "id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until, issued_at, idle_expires_at, expires_at, revoked_at"

// mostRounds is how often a measurement repeats the job at most.
const mostRounds = 5

func (j job) measure(ctx context.Context, kind string, families int, atLeast time.Duration) (line string, err error) {
	p, err := newProvider(kind)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	db, _, _ := database(p.store)
	if err := db.CreateClient(ctx, crowd()); err != nil {
		return "", err
	}
	var (
		during, without latencies
		took, measured  time.Duration
		rounds          = 0
	)
	for ; rounds < mostRounds && measured < atLeast; rounds++ {
		if err := addFamilies(ctx, db, families, j.lifetime); err != nil {
			return "", err
		}
		if err := p.issue(); err != nil {
			return "", err
		}
		begun := time.Now()
		err := during.add(p, func() error {
			err := j.run(ctx, db)
			took += time.Since(begun)
			time.Sleep(atLeast/mostRounds - time.Since(begun))
			return err
		})
		if err != nil {
			return "", err
		}
		lasted := time.Since(begun)
		measured += lasted
		if err := without.add(p, func() error { time.Sleep(lasted); return nil }); err != nil {
			return "", err
		}
	}
	slices.Sort(during)
	slices.Sort(without)
	if len(during) == 0 || len(without) == 0 {
		return "", errors.New("no request succeeded")
	}
	delay := max(0, during[len(during)-1]-without[len(without)-1])
	verdict := "no"
	if delay < mostDelay {
		verdict = "yes"
	}
	return fmt.Sprintf("%.1f | %s | %s | %s | %s", took.Seconds()/float64(rounds), during, without, milliseconds(latencies{delay}, 1), verdict), nil
}

// latencies are the durations of requests.
type latencies []time.Duration

// add sends requests while f runs, and at least one from each caller.
func (l *latencies) add(p *latchkeyRole, f func() error) error {
	var (
		callers sync.WaitGroup
		times   [4]latencies
		faults  [4]error
		ended   = make(chan struct{})
	)
	for i := range times {
		callers.Go(func() {
			for {
				then := time.Now()
				if faults[i] = p.issue(); faults[i] != nil {
					return
				}
				times[i] = append(times[i], time.Since(then))
				select {
				case <-ended:
					return
				default:
				}
			}
		})
	}
	err := f()
	close(ended)
	callers.Wait()
	*l = append(*l, slices.Concat(times[:]...)...)
	return errors.Join(append(faults[:], err)...)
}

// String returns the columns of a table. The durations are sorted.
func (l latencies) String() string {
	return fmt.Sprintf("%d | %s | %s | %s | %s", len(l), milliseconds(l, 0.5), milliseconds(l, 0.99), milliseconds(l, 0.999), milliseconds(l, 1))
}

// issue requests a token.
func (p *latchkeyRole) issue() error {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+p.address+"/o/token/", strings.NewReader("grant_type=client_credentials&scope=read"))
	r.Header.Set("Authorization", p.opaque.basic())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.server.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("a token request: %d %s", w.Code, w.Body)
	}
	return nil
}

// addFamilies inserts families, each with an access token.
func addFamilies(ctx context.Context, db *sqlstore.Store, count int, lifetime time.Duration) error {
	numbers, id, empty := `WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < $1)`, `unhex(printf('%012x%020x', $2 + n % 1000, $3 + n))`, `x''`
	if db.Partitions != nil {
		numbers, id, empty = `WITH i(n) AS (SELECT generate_series(1, $1::bigint))`, `decode(lpad(to_hex($2::bigint + n % 1000), 12, '0') || lpad(to_hex($3::bigint + n), 20, '0'), 'hex')`, `''::bytea`
	}
	issued := now().Add(min(lifetime, 0) - time.Minute)
	const step = 10_000 // a transaction must not take long
	for done := 0; done < count; done += step {
		err := db.Engine.Do(ctx, func(conn sqlstore.Conn) error {
			for _, statement := range []string{
				numbers + ` INSERT INTO latchkey_family (` + familyColumns + `) SELECT ` + id + `, $4, $5, $6, 'openid', 1, '', ` + empty + `, ` + empty + `, 0, 0, 'openid', 0, $2, $7, $7, 0 FROM i`,
				numbers + ` INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) SELECT ` + id + `, ` + empty + `, $4, $5, ` + id + `, $6, $2, $7 FROM i`,
			} {
				_, err := conn.Count(statement, int64(min(step, count-done)), issued.UnixMilli(), int64(done), crowdClient, crowdPerson, crowdSession, issued.Add(max(lifetime, time.Second)).UnixMilli())
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
