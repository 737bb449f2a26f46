package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestAFailingDiskIsReportedAndUsesUpNothing lets system calls of the running
// server fail, like those on a broken or a full disk. Clients get 503, their codes
// and tokens stay valid, and the server works as soon as the disk does, with or
// without a restart.
func TestAFailingDiskIsReportedAndUsesUpNothing(t *testing.T) {
	t.Parallel()
	needs.Strace(t)
	for name, fault := range map[string]string{
		"a failing sync":   "fsync,fdatasync:error=EIO",
		"a failing write":  "pwrite64:error=EIO",
		"a full disk":      "pwrite64,ftruncate:error=ENOSPC",
		"a read-only disk": "pwrite64,ftruncate:error=EROFS",
	} {
		for _, restart := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", restarted"}[restart], func(t *testing.T) { failingDisk(t, fault, restart) })
		}
	}
}

// fixture is a server with a client that has an unused code, an access token and a
// refresh token. machine, exchange and refresh are token requests.
type fixture struct {
	t                          *testing.T
	data, issuer               string
	server                     *server
	client                     url.Values
	machine, exchange, refresh url.Values
	access, password           string
	browser                    *http.Client
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	h := &fixture{t: t, data: t.TempDir(), machine: url.Values{"grant_type": {"client_credentials"}}}
	app := runJSON(t, h.data, "app", "add", "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--skip-authorization")
	user := runJSON(t, h.data, "user", "add", "ada", "--generate")
	h.client = url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	h.server = serve(t, h.data, "--addr", fixedAddress(t))
	h.issuer = h.server.issuer
	h.password = user["password"].(string)
	h.browser = logIn(t, h.issuer, h.password)
	another := func() url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "code": {code(h.browser, h.issuer, h.client)}, "code_verifier": {verifier}}
	}
	h.exchange = another()
	status, tokens := h.send("/token", another())
	if status != 200 {
		t.Fatal(status, tokens)
	}
	h.access = tokens["access_token"].(string)
	h.refresh = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
	return h
}

func (h *fixture) send(path string, form url.Values) (int, map[string]any) {
	h.t.Helper()
	for name, values := range h.client {
		form[name] = values
	}
	status, answer, err := post(h.issuer+path, form)
	if err != nil {
		h.t.Fatal(err)
	}
	return status, answer
}

// issueUntilFailure issues access tokens until a request fails, and returns those
// that were issued.
func (h *fixture) issueUntilFailure() (acknowledged []string) {
	h.t.Helper()
	for {
		status, answer := h.send("/token", h.machine)
		if status != 200 {
			return acknowledged
		}
		acknowledged = append(acknowledged, answer["access_token"].(string))
	}
}

// restart kills the server and starts it on the same address.
func (h *fixture) restart() {
	h.t.Helper()
	_ = h.server.Process.Kill()
	_ = h.server.Wait()
	h.server = serve(h.t, h.data, "--addr", strings.TrimSuffix(strings.TrimPrefix(h.issuer, "http://"), "/o"))
}

func failingDisk(t *testing.T, fault string, restart bool) {
	h := newFixture(t)
	stop := inject(t, h.server.Process.Pid, fault)
	acknowledged := append(h.issueUntilFailure(), h.access)
	// After a restart, the last failed write may be found in the log, or not. A
	// repeated refresh gets the same response, so it comes last here. The next
	// test covers a code.
	requests := []url.Values{h.machine, h.exchange, h.refresh}
	for _, request := range requests {
		if status, answer := h.send("/token", request); status != 503 || answer["error"] != "temporarily_unavailable" {
			t.Errorf("%s while the disk fails: %d %v", request.Get("grant_type"), status, answer)
		}
	}
	if status, _ := h.send("/introspect", url.Values{"token": {h.access}}); status != 200 {
		t.Errorf("what needs no write is refused too: %d", status)
	}
	if restart {
		h.restart()
	}
	stop()
	for _, request := range requests {
		if status, answer := h.send("/token", request); status != 200 {
			t.Errorf("%s after the disk failed: %d %v", request.Get("grant_type"), status, answer)
		}
	}
	for _, token := range acknowledged {
		if _, answer := h.send("/introspect", url.Values{"token": {token}}); answer["active"] != true {
			t.Error("an acknowledged token is lost")
		}
	}
	if status, answer := h.send("/token", h.exchange); status != 400 || answer["error"] != "invalid_grant" {
		t.Errorf("the code once more: %d %v", status, answer)
	}
}

// TestACodeInDoubtIsUsedAtMostOnce: the sync after the exchange failed,
// and the process died before it could write anything else. Whether the code
// is spent is for the disk to say, but nobody gets anything for it twice
// (RFC 6749 §4.1.2).
func TestACodeInDoubtIsUsedAtMostOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	stop := inject(t, h.server.Process.Pid, "fsync,fdatasync:error=EIO")
	h.issueUntilFailure()
	if status, answer := h.send("/token", h.exchange); status != 503 {
		t.Fatal(status, answer)
	}
	h.restart()
	stop()
	status, answer := h.send("/token", h.exchange)
	if status != 200 && answer["error"] != "invalid_grant" {
		t.Errorf("the code in doubt: %d %v", status, answer)
	}
	if status, answer := h.send("/token", h.exchange); status != 400 || answer["error"] != "invalid_grant" {
		t.Errorf("the code once more: %d %v", status, answer)
	}
}

// inject lets system calls of the process fail until stop is called.
func inject(t *testing.T, pid int, fault string) (stop func()) {
	t.Helper()
	calls, _, _ := strings.Cut(fault, ":")
	cmd := exec.Command(needs.Strace(t), "-f", "-qq", "-e", "trace="+calls, "-e", "inject="+fault, "-o", os.DevNull, "-p", strconv.Itoa(pid))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGINT) // it detaches, and the process goes on
		_ = cmd.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// TestAReadOnlyDatabaseIsReportedAtTheStart: nobody finds out at the first log-in.
func TestAReadOnlyDatabaseIsReportedAtTheStart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	runJSON(t, data, "user", "add", "ada", "--generate")
	cmd := exec.Command(needs.Strace(t), "-f", "-qq", "-o", os.DevNull, "-e", "trace=openat", "-e", "inject=openat:error=EROFS", "-P", data+"/latchkey.db",
		program(t), "serve", "--data", data, "--addr", "localhost:0")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "latchkey.db") {
		t.Errorf("%v: %s", err, out)
	}
}
