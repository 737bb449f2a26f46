package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// inside is a server in this process, as serve makes it, and what is measured
// of it.
type inside struct {
	*httptest.Server
	t       *testing.T
	store   *sqlstore.Store
	metrics *metrics
	log     *bytes.Buffer // of the metrics alone
}

func newInside(t *testing.T) *inside {
	t.Helper()
	return newInsideOn(t, onSQLite(t))
}

func onSQLite(t *testing.T) *sqlstore.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func onPostgreSQL(t *testing.T) *sqlstore.Store {
	t.Helper()
	_, url := startPostgres(t)
	store, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func newInsideOn(t *testing.T, store *sqlstore.Store) *inside {
	t.Helper()
	t.Cleanup(func() { _ = store.Close() })
	i := &inside{t: t, store: store, metrics: newMetrics(), log: new(bytes.Buffer)}
	i.metrics.registry.MustRegister(newStoreMetrics(store, slog.New(slog.NewTextHandler(i.log, nil))))
	provider, err := latchkey.New(latchkey.Options{
		Issuer: "http://localhost/o", Store: store, MasterKey: make([]byte, 32), OnEvent: i.metrics.event, OnRequest: i.metrics.request,
	})
	if err != nil {
		t.Fatal(err)
	}
	i.Server = httptest.NewServer(provider)
	t.Cleanup(i.Close)
	return i
}

// scrape gives what Prometheus would read.
func (i *inside) scrape() string {
	recorder := httptest.NewRecorder()
	promhttp.HandlerFor(i.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	if recorder.Code != http.StatusOK {
		i.t.Fatal(recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

// has tells whether the line with that metric and value is there.
func has(metrics, line string) bool { return slices.Contains(strings.Split(metrics, "\n"), line) }

// TestAStrangerMakesNoNewSeries, whatever they send: everything that they can
// choose freely is chosen anew a hundred times.
func TestAStrangerMakesNoNewSeries(t *testing.T) {
	i := newInside(t)
	send := func(n int) {
		made := fmt.Sprintf("made-up-%d", n)
		form := url.Values{
			"grant_type": {made}, "client_id": {made}, "client_secret": {made}, "code": {made}, "scope": {made}, "token": {made},
			"username": {made}, "password": {made},
		}
		for _, path := range []string{"/o/token", "/o/introspect", "/o/revoke_token", "/o/login/", "/" + made, "/o/" + made + "/", "/o/static/" + made} {
			for _, method := range []string{"POST", "GET", strings.ToUpper(strings.ReplaceAll(made, "-", ""))} {
				request, err := http.NewRequest(method, i.URL+path, strings.NewReader(form.Encode()))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Header.Set("User-Agent", made)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
			}
		}
		query := url.Values{
			"client_id": {made}, "response_type": {made}, "response_mode": {made}, "prompt": {made}, "scope": {made},
			"code_challenge_method": {made}, "resume": {made}, "redirect_uri": {"https://" + made},
		}
		for range 2 {
			response, err := http.Get(i.URL + "/o/authorize?" + query.Encode())
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			query.Del("resume")
		}
		response, err := http.PostForm(i.URL+"/o/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {made}, "client_secret": {made}})
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	series := func() int {
		text := i.scrape()
		if strings.Contains(text, "made") || strings.Contains(text, "MADE") {
			t.Error("what a stranger sent is in the metrics")
		}
		return len(regexp.MustCompile(`(?m)^latchkey_`).FindAllString(text, -1))
	}
	for n := range 40 { // until the brakes on guessing are on
		send(n)
	}
	before := series()
	for n := range 100 {
		send(1000 + n)
	}
	if after := series(); after != before {
		t.Errorf("%d series became %d", before, after)
	}
	if text := i.scrape(); !has(text, `latchkey_token_requests_total{grant="other",outcome="unsupported_grant_type",reason=""} 140`) {
		t.Error("an unknown grant type is not counted as other")
	}
}

// TestEveryEventIsCounted: one that is told but has no counter would be lost.
func TestEveryEventIsCounted(t *testing.T) {
	source, err := os.ReadFile("../../oauth/event.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\tEvent\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 10 {
		t.Fatalf("only %d events were found", len(found))
	}
	m := newMetrics()
	for _, name := range found {
		if !slices.ContainsFunc(tallies(), func(t tally) bool { return t.event == name[1] }) {
			t.Errorf("the event %s has no counter", name[1])
			continue
		}
		m.event(context.Background(), oauth.Event{Name: name[1], Kind: "k", Outcome: "o", Reason: "r"})
	}
}

func TestToCountCostsNoAllocation(t *testing.T) {
	m := newMetrics()
	e := oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeOK}
	r := latchkey.Request{Method: "POST", Route: "/o/token", Status: 200, Took: time.Millisecond}
	if n := testing.AllocsPerRun(100, func() { m.event(t.Context(), e); m.request(t.Context(), r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAScrapeWaitsForNoSilentDatabase longer than half a second, and asks it
// nothing while it owes an answer.
func TestAScrapeWaitsForNoSilentDatabase(t *testing.T) {
	store := onSQLite(t)
	t.Cleanup(func() { _ = store.Close() })
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := newStoreMetrics(store, slog.New(slog.NewTextHandler(&log, nil)))
		answer := make(chan int)
		var asked atomic.Int64
		m.count = func(context.Context) (int, error) { asked.Add(1); return <-answer, nil }
		begun := time.Now()
		for range 3 {
			if n, ok := m.waiting(t.Context()); ok {
				t.Errorf("it is told that %d wait", n)
			}
		}
		if took := time.Since(begun); took != 3*countWithin || asked.Load() != 1 || strings.Count(log.String(), "does not answer") != 1 {
			t.Errorf("three scrapes took %s, %d questions, and logged %s", took, asked.Load(), &log)
		}
		answer <- 7
		synctest.Wait()
		close(answer)
		if _, ok := m.waiting(t.Context()); !ok || asked.Load() != 2 || !strings.Contains(log.String(), "counted again") {
			t.Errorf("when it answers again: %t, %d questions, and logged %s", ok, asked.Load(), &log)
		}
	})
}

// TestTheStoreIsMeasured by what it did and what it is at, on every engine.
func TestTheStoreIsMeasured(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *sqlstore.Store{"SQLite": onSQLite, "PostgreSQL": onPostgreSQL} {
		t.Run(name, func(t *testing.T) { testTheStoreIsMeasured(t, newInsideOn(t, open(t))) })
	}
}

func testTheStoreIsMeasured(t *testing.T, i *inside) {
	now := time.Now()
	for n := range 3 {
		token := oauth.NewToken(oauth.KindAccess, now.Add(-30*24*time.Hour)) // older than every partition, which would be dropped whole
		err := i.store.Issue(t.Context(), oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", IssuedAt: now, ExpiresAt: now.Add(-time.Second)})
		if err != nil {
			t.Fatal(n, err)
		}
	}
	before := i.scrape()
	for _, line := range []string{"latchkey_store_rows_written_total 3", "latchkey_sweep_last_timestamp_seconds 0", `latchkey_store_queue_length{kind="commit"} 0`, `latchkey_store_errors_total{kind="unavailable"} 0`, "latchkey_logout_notices_waiting 0"} {
		if !has(before, line) {
			t.Errorf("before the sweep %q is not there", line)
		}
	}
	notice := oauth.LogoutNotice{ID: oauth.NewID(now), ClientID: "c", CreatedAt: now, NextAt: now}
	if err := i.store.EndSessions(t.Context(), oauth.SessionsEnd{At: now, Notices: []oauth.LogoutNotice{notice}}); err != nil {
		t.Fatal(err)
	}
	if _, err := i.store.Sweep(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	after := i.scrape()
	for _, line := range []string{"latchkey_sweep_deleted_rows_total 3", `latchkey_sweeps_total{outcome="ok"} 1`, `latchkey_sweeps_total{outcome="failed"} 0`, `latchkey_store_errors_total{kind="fault"} 0`, "latchkey_logout_notices_waiting 1"} {
		if !has(after, line) {
			t.Errorf("after the sweep %q is not there", line)
		}
	}
	if has(after, "latchkey_sweep_last_timestamp_seconds 0") || !regexp.MustCompile(`(?m)^latchkey_store_batch_operations_bucket\{kind="commit",le="1"\} [1-9]`).MatchString(after) {
		t.Error("neither the time of the sweep nor its transactions are there")
	}
	_ = i.store.Close()
	if _, err := i.store.Client(t.Context(), "c"); err == nil {
		t.Fatal("a closed database answers")
	}
	if i.log.Len() != 0 {
		t.Errorf("all is well, and yet it logs %s", i.log)
	}
	_ = i.scrape()
	closed := i.scrape()
	if has(closed, `latchkey_store_errors_total{kind="unavailable"} 0`) || strings.Contains(closed, "latchkey_logout_notices_waiting") {
		t.Error("a database that is away is not told")
	}
	if strings.Count(i.log.String(), "cannot be counted") != 1 {
		t.Errorf("after two scrapes that failed it logged %q", i.log)
	}
}
