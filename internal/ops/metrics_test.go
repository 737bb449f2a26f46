package ops

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// measuredServer is a server in this process with its metrics.
type measuredServer struct {
	*httptest.Server
	t       *testing.T
	store   *sqlstore.Store
	metrics *Metrics
	log     *bytes.Buffer // of the metrics of the store
}

func newMeasuredServer(t *testing.T, store *sqlstore.Store) *measuredServer {
	t.Helper()
	t.Cleanup(func() { _ = store.Close() })
	s := &measuredServer{t: t, store: store, metrics: NewMetrics("test"), log: new(bytes.Buffer)}
	figures := newStoreMetrics(store, slog.New(slog.NewTextHandler(s.log, nil)))
	figures.countTimeout = 5 * time.Minute // the database of a test answers, however slow the machine is
	s.metrics.registry.MustRegister(figures)
	server, err := latchkey.New(t.Context(), latchkey.Options{
		Issuer: "http://localhost/o", Store: store, MasterKey: make([]byte, 32), OnEvent: s.metrics.Event, OnRequest: s.metrics.Request,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(server)
	t.Cleanup(s.Close)
	return s
}

// openLogin requests a page, and reads it to the end: the request is reported before the
// response is complete, but after the first part of it was sent.
func (s *measuredServer) openLogin() {
	s.t.Helper()
	response, err := http.Get(s.URL + "/o/login/")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		s.t.Fatal(err)
	}
}

func openSQLite(t *testing.T) *sqlstore.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func openPostgreSQL(t *testing.T) *sqlstore.Store {
	t.Helper()
	cluster := pgtest.New(t)
	url := cluster.DatabaseFor(t)
	store, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// scrape returns what Prometheus would read.
func (s *measuredServer) scrape() string {
	recorder := httptest.NewRecorder()
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	if recorder.Code != http.StatusOK {
		s.t.Fatal(recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

// has reports whether metrics contain a line.
func has(metrics, line string) bool { return slices.Contains(strings.Split(metrics, "\n"), line) }

// TestClientsCannotAddSeries sends a hundred requests in which
// everything that a client can choose is different each time.
func TestClientsCannotAddSeries(t *testing.T) {
	s := newMeasuredServer(t, openSQLite(t))
	send := func(n int) {
		made := fmt.Sprintf("made-up-%d", n)
		form := url.Values{
			"grant_type": {made}, "client_id": {made}, "client_secret": {made}, "code": {made}, "scope": {made}, "token": {made},
			"username": {made}, "password": {made},
		}
		for _, path := range []string{"/o/token", "/o/introspect", "/o/revoke_token", "/o/login/", "/" + made, "/o/" + made + "/", "/o/static/" + made} {
			for _, method := range []string{"POST", "GET", strings.ToUpper(strings.ReplaceAll(made, "-", ""))} {
				request, err := http.NewRequest(method, s.URL+path, strings.NewReader(form.Encode()))
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
			response, err := http.Get(s.URL + "/o/authorize?" + query.Encode())
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			query.Del("resume")
		}
		response, err := http.PostForm(s.URL+"/o/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {made}, "client_secret": {made}})
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	series := func() int {
		text := s.scrape()
		if strings.Contains(text, "made") || strings.Contains(text, "MADE") {
			t.Error("the metrics contain text that a client sent")
		}
		return len(regexp.MustCompile(`(?m)^latchkey_`).FindAllString(text, -1))
	}
	for n := range 40 { // until the rate limits for passwords are reached
		send(n)
	}
	before := series()
	for n := range 100 {
		send(1000 + n)
	}
	if after := series(); after != before {
		t.Errorf("%d series before, %d after", before, after)
	}
	if text := s.scrape(); !has(text, `latchkey_token_requests_total{grant="other",outcome="unsupported_grant_type",reason=""} 140`) {
		t.Error("an unknown grant type is not counted as other")
	}
}

func TestEveryEventHasACounter(t *testing.T) {
	source, err := os.ReadFile("../../oauth/event.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\tEvent\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 10 {
		t.Fatalf("found only %d events", len(found))
	}
	m := NewMetrics("test")
	for _, name := range found {
		if oauth.OnlyInAuditLog(name[1]) {
			continue
		}
		if !slices.ContainsFunc(eventCounters(), func(c eventCounter) bool { return c.event == name[1] }) {
			t.Errorf("the event %s has no counter", name[1])
			continue
		}
		m.Event(t.Context(), oauth.Event{Name: name[1], Kind: "k", Outcome: "o", Reason: "r"})
	}
}

func TestCountingDoesNotAllocate(t *testing.T) {
	m := NewMetrics("test")
	e := oauth.Event{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeOK}
	r := latchkey.Request{Method: "POST", Route: "/o/token", Status: 200, Duration: time.Millisecond}
	if n := testing.AllocsPerRun(100, func() { m.Event(t.Context(), e); m.Request(t.Context(), r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestScrapeWaitsHalfASecondForAHangingDatabase also checks that later scrapes
// start no second query while the first one hangs.
func TestScrapeWaitsHalfASecondForAHangingDatabase(t *testing.T) {
	store := openSQLite(t)
	t.Cleanup(func() { _ = store.Close() })
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := newStoreMetrics(store, slog.New(slog.NewTextHandler(&log, nil)))
		answer := make(chan int)
		var calls atomic.Int64
		m.countNotices = func(context.Context) (int, error) { calls.Add(1); return <-answer, nil }
		start := time.Now()
		for range 3 {
			if n, ok := m.waitingNotices(t.Context()); ok {
				t.Errorf("got the count %d", n)
			}
		}
		if took := time.Since(start); took != 3*countTimeout || calls.Load() != 1 || strings.Count(log.String(), "does not answer") != 1 {
			t.Errorf("three scrapes took %s and %d queries, and logged %s", took, calls.Load(), &log)
		}
		answer <- 7
		synctest.Wait()
		close(answer)
		if _, ok := m.waitingNotices(t.Context()); !ok || calls.Load() != 2 || !strings.Contains(log.String(), "counted again") {
			t.Errorf("when the database answers again: %t after %d queries, logged %s", ok, calls.Load(), &log)
		}
	})
}

func TestMetricsReportWhatTheStoreDoes(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *sqlstore.Store{"SQLite": openSQLite, "PostgreSQL": openPostgreSQL} {
		t.Run(name, func(t *testing.T) { testMetricsOfStore(t, newMeasuredServer(t, open(t))) })
	}
}

func testMetricsOfStore(t *testing.T, s *measuredServer) {
	now := time.Now()
	for n := range 3 {
		token := oauth.NewToken(oauth.KindAccess, now.Add(-30*24*time.Hour)) // older than every partition: a partition would be dropped, not swept
		err := s.store.Issue(t.Context(), oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", IssuedAt: now, ExpiresAt: now.Add(-time.Second)})
		if err != nil {
			t.Fatal(n, err)
		}
	}
	before := s.scrape()
	for _, line := range []string{"latchkey_store_rows_written_total 3", "latchkey_sweep_last_timestamp_seconds 0", `latchkey_store_queue_length{kind="commit"} 0`, `latchkey_store_errors_total{kind="unavailable"} 0`, "latchkey_logout_notices_waiting 0"} {
		if !has(before, line) {
			t.Errorf("no line %q before the sweep", line)
		}
	}
	learned := oauth.Approval{Now: now, Session: &oauth.SessionClient{SessionID: "s", ClientID: "c", Subject: "ada"}, SessionUntil: now.Add(time.Hour)}
	if _, err := s.store.Approve(t.Context(), learned); err != nil {
		t.Fatal(err)
	}
	if err := s.store.EndSessions(t.Context(), oauth.SessionsEnd{IDs: []string{"s"}, At: now}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Sweep(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	after := s.scrape()
	for _, line := range []string{"latchkey_sweep_deleted_rows_total 3", `latchkey_sweeps_total{outcome="ok"} 1`, `latchkey_sweeps_total{outcome="failed"} 0`, `latchkey_store_errors_total{kind="fault"} 0`, "latchkey_logout_notices_waiting 1"} {
		if !has(after, line) {
			t.Errorf("no line %q after the sweep", line)
		}
	}
	if has(after, "latchkey_sweep_last_timestamp_seconds 0") || !regexp.MustCompile(`(?m)^latchkey_store_batch_operations_bucket\{kind="commit",le="1"\} [1-9]`).MatchString(after) {
		t.Error("the metrics contain neither the time of the sweep nor its transactions")
	}
	_ = s.store.Close()
	if _, err := s.store.Client(t.Context(), "c"); err == nil {
		t.Fatal("a closed database answers")
	}
	if s.log.Len() != 0 {
		t.Errorf("logged %s without a failure", s.log)
	}
	_ = s.scrape()
	closed := s.scrape()
	if has(closed, `latchkey_store_errors_total{kind="unavailable"} 0`) || strings.Contains(closed, "latchkey_logout_notices_waiting") {
		t.Error("the metrics do not report that the database is unavailable")
	}
	if strings.Count(s.log.String(), "cannot count") != 1 {
		t.Errorf("two failed scrapes logged %q", s.log)
	}
}

// TestSeriesOfEventsDoNotGrowWithPeople: only the labels of an event select its series.
func TestSeriesOfEventsDoNotGrowWithPeople(t *testing.T) {
	m := NewMetrics("test")
	for _, subject := range []string{"ada", "bob", "eve"} {
		m.Event(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, Subject: subject, At: time.Now()})
	}
	if n := len(m.events.series); n != 1 {
		t.Errorf("there are %d series in the cache", n)
	}
}
