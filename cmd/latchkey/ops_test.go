package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fetch returns the status and the body of a GET request.
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

// awaitReady waits until a server is ready, and returns its answer. /readyz waits for the
// database for 2 seconds, which can be too short on a busy machine.
func awaitReady(t *testing.T, s *server) (body string) {
	t.Helper()
	until(t, func() bool {
		var status int
		status, body = fetch(t, s.ops+"/readyz")
		return status == http.StatusOK
	})
	return body
}

// hasLine reports whether text contains a line.
func hasLine(text, line string) bool { return slices.Contains(strings.Split(text, "\n"), line) }

func TestOpsAreServedOnlyOnTheirOwnListener(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0", "--ops-addr", "localhost:0")
	app := runJSON(t, data, "app", "add", "--name", "App", "--grant", "client_credentials")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	if status, _, err := post(s.issuer+"/token", form); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	_, _ = fetch(t, s.issuer+"/no/such/path?secret=1")
	if body := awaitReady(t, s); !strings.Contains(body, `"database":"ok"`) {
		t.Errorf("/readyz: %s", body)
	}
	if status, _ := fetch(t, strings.TrimSuffix(s.issuer, "/o")+"/readyz"); status != 404 {
		t.Errorf("/readyz on the public listener: %d", status)
	}
	for path, want := range map[string]string{
		"/livez": "ok", "/debug/pprof/": "goroutine",
		"/metrics": `latchkey_http_request_duration_seconds_count{method="POST",route="/o/token",status="200"} 1`,
	} {
		if status, body := fetch(t, s.ops+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, want %q in %s", path, status, want, body)
		}
		if status, _ := fetch(t, strings.TrimSuffix(s.issuer, "/o")+path); status != 404 {
			t.Errorf("%s on the public listener: %d", path, status)
		}
	}
	_, metrics := fetch(t, s.ops+"/metrics")
	if strings.Contains(metrics, "such") || strings.Contains(metrics, form.Get("client_id")) {
		t.Error("a label contains text that a client sent")
	}
}

// TestCommandLineIsNotServed: it may contain a password.
func TestCommandLineIsNotServed(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0", "--brand", "on-the-command-line")
	for _, path := range []string{"/debug/pprof/cmdline", "/debug/pprof/cmdline/", "/debug/pprof/", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/metrics"} {
		status, body := fetch(t, s.ops+path)
		if strings.Contains(body, "on-the-command-line") || (strings.Contains(path, "cmdline") && status != 404) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestOpsListenerThatOthersCanReachIsLogged(t *testing.T) {
	t.Parallel()
	for address, logged := range map[string]bool{"localhost:0": false, "127.0.0.1:0": false, ":0": true, "0.0.0.0:0": true} {
		s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", address)
		log, err := os.ReadFile(s.log)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(log), "other machines can read metrics") != logged {
			t.Errorf("at %s the log is %q", address, log)
		}
		if status, _ := fetch(t, s.ops+"/livez"); status != 200 {
			t.Errorf("%s is printed, but does not answer", s.ops)
		}
	}
}

// TestRunningProfileDoesNotDelayShutdown, although it takes longer than the
// server waits for other requests.
func TestRunningProfileDoesNotDelayShutdown(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if response, err := http.Get(s.ops + "/debug/pprof/profile?seconds=25"); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	}()
	for started := false; !started; {
		_, stacks := fetch(t, s.ops+"/debug/pprof/goroutine?debug=2")
		started = strings.Contains(stacks, "pprof.Profile(")
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil { // a shutdown that times out is an error
		t.Error(err)
	}
	<-ended
}

func TestServerIsUnreadyWhileTheDiskAcceptsNoWrites(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0", "--ops-addr", "localhost:0")
	stop := inject(t, s.Process.Pid, "fsync,fdatasync:error=EIO")
	deadline := giveUp(t)
	for status := 200; status == 200; {
		if status, _ = fetch(t, s.ops+"/readyz"); time.Now().After(deadline) {
			t.Fatal("/readyz still answers 200")
		}
	}
	if status, body := fetch(t, s.ops+"/readyz"); status != 503 || !strings.Contains(body, "cannot write") {
		t.Errorf("%d %s", status, body)
	}
	if _, body := fetch(t, s.ops+"/metrics"); !hasLine(body, "latchkey_ready 0") {
		t.Error("the metrics do not report that the server is unready")
	}
	stop()
	_ = awaitReady(t, s)
	if _, body := fetch(t, s.ops+"/metrics"); !hasLine(body, "latchkey_ready 1") {
		t.Error("the metrics do not report that the server is ready again")
	}
}

func TestMetricsReportReadinessWithoutRequestsToReadyz(t *testing.T) {
	t.Parallel()
	cluster, db := startPostgres(t)
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--ops-addr", "localhost:0", "--db", db, "--migrate")
	waitFor := func(line string) {
		t.Helper()
		deadline := giveUp(t)
		for {
			if _, body := fetch(t, s.ops+"/metrics"); hasLine(body, line) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the metrics do not contain %q", line)
			}
		}
	}
	waitFor("latchkey_ready 1")
	cluster.Kill()
	waitFor("latchkey_ready 0")
	if err := cluster.Restart(); err != nil {
		t.Fatal(err)
	}
	waitFor("latchkey_ready 1")
}

// TestOpsListenerAnswersWhenThePublicListenerIsFull limits the number of open
// files and opens as many connections as possible.
func TestOpsListenerAnswersWhenThePublicListenerIsFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := started(t, data, exec.Command("sh", "-c", `ulimit -n 32; exec "$0" "$@"`, program(t), "serve", "--data", data, "--addr", "localhost:0", "--ops-addr", "localhost:0"))
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	var idle []net.Conn
	for range 80 {
		conn, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err != nil {
			break // the accept queue of the kernel is full
		}
		t.Cleanup(func() { _ = conn.Close() })
		idle = append(idle, conn)
	}
	if len(idle) < 40 {
		t.Fatalf("only %d connections", len(idle))
	}
	for range 3 {
		_ = awaitReady(t, s)
		for _, path := range []string{"/livez", "/metrics"} {
			if status, _ := fetch(t, s.ops+path); status != http.StatusOK {
				t.Errorf("%s: %d", path, status)
			}
		}
	}
	var lines []string
	until(t, func() bool {
		lines = s.logged(t, "WARN")
		return anyContains(lines, "limit of open connections is reached")
	})
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "cannot count") }) // on a busy machine
	if !anyContains(lines, "limit of open files is too low", "LimitNOFILE", `"files":32`) || len(lines) > 3 {
		t.Errorf("logged %v", lines)
	}
	for _, conn := range idle {
		_ = conn.Close()
	}
	if status, _ := fetch(t, s.issuer+"/.well-known/jwks.json"); status == 0 {
		t.Error("the public listener does not answer when the connections are closed")
	}
}
