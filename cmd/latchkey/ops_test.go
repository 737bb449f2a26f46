package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestThoseWhoRunItSeeInside, on a listener of its own and nowhere else.
func TestThoseWhoRunItSeeInside(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0", "--ops-addr", "localhost:0")
	app := runJSON(t, data, "app", "add", "--name", "App", "--grant", "client_credentials")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	if status, _, err := post(s.issuer+"/token", form); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	_, _ = fetch(t, s.issuer+"/no/such/path?secret=1")
	for path, want := range map[string]string{
		"/livez": "ok", "/readyz": `"database":"ok"`, "/debug/pprof/": "goroutine",
		"/metrics": `latchkey_http_request_duration_seconds_count{method="POST",route="/o/token",status="200"} 1`,
	} {
		if status, body := fetch(t, s.inside+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, want %q in %s", path, status, want, body)
		}
		if status, _ := fetch(t, strings.TrimSuffix(s.issuer, "/o")+path); status != 404 {
			t.Errorf("%s on the public listener: %d", path, status)
		}
	}
	_, metrics := fetch(t, s.inside+"/metrics")
	if strings.Contains(metrics, "such") || strings.Contains(metrics, form.Get("client_id")) {
		t.Error("a label comes from a stranger")
	}
}

// TestTheCommandLineIsForNobody: a password may be in it.
func TestTheCommandLineIsForNobody(t *testing.T) {
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0", "--brand", "said-at-the-start")
	for _, path := range []string{"/debug/pprof/cmdline", "/debug/pprof/cmdline/", "/debug/pprof/", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/metrics"} {
		status, body := fetch(t, s.inside+path)
		if strings.Contains(body, "said-at-the-start") || (strings.Contains(path, "cmdline") && status != 404) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// TestAListenerThatOthersReachIsSaid in the log; one of this machine is not.
func TestAListenerThatOthersReachIsSaid(t *testing.T) {
	for address, said := range map[string]bool{"localhost:0": false, "127.0.0.1:0": false, ":0": true, "0.0.0.0:0": true} {
		s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", address)
		log, err := os.ReadFile(s.log)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(log), "keep --ops-addr from the outside") != said {
			t.Errorf("at %s it logs %q", address, log)
		}
		if status, _ := fetch(t, s.inside+"/livez"); status != 200 {
			t.Errorf("%s, as it says, is not where it listens", s.inside)
		}
	}
}

// TestAProfileDoesNotHoldUpTheEnd of the process, though it would take longer
// than a request may.
func TestAProfileDoesNotHoldUpTheEnd(t *testing.T) {
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0")
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		if response, err := http.Get(s.inside + "/debug/pprof/profile?seconds=25"); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	}()
	for under := false; !under; {
		_, all := fetch(t, s.inside+"/debug/pprof/goroutine?debug=2")
		under = strings.Contains(all, "pprof.Profile(")
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil { // what is waited for in vain is an error
		t.Error(err)
	}
	<-cut
}

// TestR8_4_ReadinessTellsTheTruth while the disk takes no writes.
func TestR8_4_ReadinessTellsTheTruth(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0", "--ops-addr", "localhost:0")
	stop := inject(t, s.Process.Pid, "fsync,fdatasync:error=EIO")
	deadline := time.Now().Add(20 * time.Second)
	for status := 200; status == 200; {
		if status, _ = fetch(t, s.inside+"/readyz"); time.Now().After(deadline) {
			t.Fatal("a disk that fails is ready")
		}
	}
	if status, body := fetch(t, s.inside+"/readyz"); status != 503 || !strings.Contains(body, "cannot write") {
		t.Errorf("%d %s", status, body)
	}
	if _, body := fetch(t, s.inside+"/metrics"); !has(body, "latchkey_ready 0") {
		t.Error("the metrics say that it is ready")
	}
	stop()
	if status, body := fetch(t, s.inside+"/readyz"); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
	if _, body := fetch(t, s.inside+"/metrics"); !has(body, "latchkey_ready 1") {
		t.Error("the metrics do not say that it is ready again")
	}
}

// TestTheMetricsTellReadiness though nobody asks /readyz.
func TestTheMetricsTellReadiness(t *testing.T) {
	cluster, db := startPostgres(t)
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0", "--db", db, "--migrate")
	tells := func(line string) {
		t.Helper()
		deadline := time.Now().Add(10 * time.Second)
		for {
			if _, body := fetch(t, s.inside+"/metrics"); has(body, line) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%q is not there", line)
			}
		}
	}
	tells("latchkey_ready 1")
	cluster.Kill()
	tells("latchkey_ready 0")
	if err := cluster.Restart(); err != nil {
		t.Fatal(err)
	}
	tells("latchkey_ready 1")
}

// TestWhatReadyzSaidCountsForAWhile: where nobody asks any more, it may have
// changed.
func TestWhatReadyzSaidCountsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last lastReady
		for _, step := range []struct {
			says    bool
			after   time.Duration
			unready bool
		}{{false, 0, true}, {true, 0, false}, {false, readyHolds - 1, true}, {false, readyHolds, false}} {
			last.note(step.says)
			time.Sleep(step.after)
			if last.unready() != step.unready {
				t.Errorf("%+v", step)
			}
		}
	})
}

// silentStore is a database that takes a question and does not answer until
// it is let go.
type silentStore struct {
	asked  atomic.Int64
	answer chan error
}

func (s *silentStore) Writable(context.Context) error {
	s.asked.Add(1)
	return <-s.answer
}

func (s *silentStore) SigningKeys(context.Context) ([]oauth.SigningKey, error) {
	s.asked.Add(1)
	return make([]oauth.SigningKey, 1), nil
}

// TestASilentDatabaseIsNotReadyInTwoSeconds, however long it is silent and
// however many ask: one question is under way, and none follows one that failed.
func TestASilentDatabaseIsNotReadyInTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &silentStore{answer: make(chan error)}
		inside := (&ops{store: store, metrics: newMetrics()}).handler()
		ask := func() *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			inside.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
			return w
		}
		var all sync.WaitGroup
		begun := time.Now()
		for range 5 {
			all.Go(func() {
				if w := ask(); w.Code != 503 || !strings.Contains(w.Body.String(), `"database":"does not answer","signing_keys":"not asked for"`) {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		_ = ask()
		if took := time.Since(begun); took != 2*readyWithin || store.asked.Load() != 1 {
			t.Errorf("two rounds took %s and %d questions", took, store.asked.Load())
		}
		store.answer <- errors.New("gone")
		synctest.Wait()
		if store.asked.Load() != 1 {
			t.Error("a check that failed goes on")
		}
		close(store.answer)
		if w := ask(); w.Code != 200 || store.asked.Load() != 3 {
			t.Errorf("when it answers again: %d %s after %d questions", w.Code, w.Body, store.asked.Load())
		}
	})
}

// TestTheLogTellsNoSecret greps what a server wrote through a whole walk: every
// request has its line, and none has anything that was sent or given.
func TestTheLogTellsNoSecret(t *testing.T) {
	h := newHolder(t)
	secrets := []string{
		h.client.Get("client_secret"), h.password, h.exchange.Get("code"), h.exchange.Get("code_verifier"), h.refresh.Get("refresh_token"), h.access,
		"state-of-the-client", "a wrong password",
	}
	site, err := url.Parse(h.issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range h.browser.Jar.Cookies(site) {
		secrets = append(secrets, cookie.Value)
	}
	visit(t, h.browser, h.issuer+"/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": h.client["client_id"], "state": {"state-of-the-client"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode())
	visit(t, h.browser, h.issuer+"/authorize?client_id=x&state=state-of-the-client&request=lk_rt_"+h.refresh.Get("refresh_token"))
	visit(t, h.browser, h.issuer+"/account/?token="+h.access)
	visit(t, h.browser, h.issuer+"/no/such/page?token="+h.access)
	if response, err := h.browser.PostForm(h.issuer+"/login/?next="+h.access, url.Values{"username": {"ada"}, "password": {"a wrong password"}}); err == nil {
		_ = response.Body.Close()
	}
	for _, request := range []url.Values{h.machine, h.exchange, h.exchange, h.refresh, {"grant_type": {"refresh_token"}, "refresh_token": {"lk_rt_wrong"}}} {
		_, answer := h.send("/token", request)
		for _, name := range []string{"access_token", "refresh_token"} {
			if text, ok := answer[name].(string); ok {
				secrets = append(secrets, text)
			}
		}
	}
	_, _, _ = post(h.issuer+"/token?client_secret="+h.client.Get("client_secret"), h.machine)
	_, _ = h.send("/introspect", url.Values{"token": {h.access}})
	_, _ = h.send("/revoke_token", url.Values{"token": {h.access}})
	// What is wrong is quoted: also where a secret is what is wrong.
	refresh := h.refresh.Get("refresh_token")
	for _, form := range []url.Values{
		{"grant_type": {refresh}},
		{"grant_type": {"client_credentials"}, "scope": {h.access}},
		{"grant_type": {"client_credentials"}, "client_id": {h.client.Get("client_secret")}, "client_secret": {h.client.Get("client_id")}},
		{"grant_type": {"client_credentials"}, "client_id": {h.password}},
	} {
		for name, values := range h.client {
			if !form.Has(name) {
				form[name] = values
			}
		}
		if status, answer, err := post(h.issuer+"/token", form); status < 400 || err != nil {
			t.Error(status, answer, err)
		}
	}
	_, _, _ = post(h.issuer+"/userinfo/"+h.access, nil)
	visit(t, h.browser, h.issuer+"/token")
	swapped, err := http.NewRequest("POST", h.issuer+"/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	swapped.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	swapped.SetBasicAuth(h.client.Get("client_secret"), h.client.Get("client_id"))
	if response, err := http.DefaultClient.Do(swapped); err != nil || response.StatusCode != 401 {
		t.Error(response, err)
	}
	text, err := os.ReadFile(h.server.log)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(string(text), secret) || strings.Contains(string(text), url.QueryEscape(secret)) {
			t.Errorf("the log tells %.12s…", secret)
		}
	}
	lines := requestLines(t, string(text))
	for _, want := range []map[string]any{
		{"method": "POST", "route": "/o/login", "status": 303.0},
		{"method": "POST", "route": "/o/login", "status": 401.0},
		{"method": "GET", "route": "/o/authorize", "status": 302.0},
		{"method": "GET", "route": "/o/authorize", "status": 400.0},
		{"method": "POST", "route": "/o/token", "status": 200.0, "client_id": h.client.Get("client_id"), "remote": "127.0.0.1"},
		{"method": "POST", "route": "/o/token", "status": 400.0},
		{"method": "POST", "route": "/o/introspect", "status": 200.0},
		{"method": "POST", "route": "/o/revoke_token", "status": 200.0},
		{"method": "GET", "route": "/", "status": 404.0},
		{"method": "POST", "route": "/", "status": 404.0},
		{"method": "GET", "route": "/o/token", "status": 405.0},
	} {
		if !slices.ContainsFunc(lines, func(line map[string]any) bool {
			for name, value := range want {
				if line[name] != value {
					return false
				}
			}
			return true
		}) {
			t.Errorf("no line says %v", want)
		}
	}
	for _, line := range lines {
		id, failed := line["error_id"].(string)
		if refused := line["status"].(float64) >= 400 && line["route"] != "/o/login"; refused != failed || (failed && strings.Count(string(text), id) != 2) {
			t.Errorf("%v: its error id must be there, and in the line that says why", line)
		}
	}
}

// visit opens a page.
func visit(t *testing.T, browser *http.Client, address string) {
	t.Helper()
	response, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// requestLines are those of the log that tell of a request.
func requestLines(t *testing.T, log string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q is no JSON: %v", text, err)
		}
		if line["msg"] == "request" {
			lines = append(lines, line)
		}
	}
	return lines
}
