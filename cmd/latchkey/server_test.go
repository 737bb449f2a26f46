package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
)

// binary builds the real program once, as a release is built: static, and without debug
// information. TestReleasedBinaryIsStaticAndKnowsItsCommit needs the same compiled packages.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "latchkey-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "latchkey")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

// server is a running "latchkey serve".
type server struct {
	*exec.Cmd
	issuer string
	// listens is where it is, if the issuer is a proxy's.
	listens string
	// ops is the URL of --ops-addr.
	ops    string
	stdout *bufio.Reader
	log    string
}

// fixedAddress returns an address for a server that listens on it again after a restart.
func fixedAddress(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("localhost:%d", needs.Port(t))
}

func program(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts the server and waits for its one line.
func serve(t *testing.T, data string, args ...string) *server {
	t.Helper()
	return started(t, data, exec.Command(program(t), append([]string{"serve", "--data", data}, args...)...))
}

// started starts a command that runs the server, and waits for its one line.
func started(t *testing.T, data string, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{Cmd: cmd, log: filepath.Join(data, "log")}
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s.Stderr = log
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Process.Kill(); _ = s.Wait(); _ = log.Close() })
	s.stdout = bufio.NewReader(out)
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		text, _ := os.ReadFile(s.log)
		t.Fatalf("no line: %v\n%s", err, text)
	}
	_, rest, _ := strings.Cut(line, "issuer ")
	s.issuer, rest, _ = strings.Cut(rest, ",")
	before, rest, _ := strings.Cut(rest, ", listening on ")
	_, s.ops, _ = strings.Cut(before, "metrics on ")
	s.listens = strings.TrimSpace(rest)
	return s
}

// startPostgres starts a PostgreSQL with these settings for the test, and
// returns it with the URL of an empty database.
func startPostgres(t *testing.T, settings ...string) (cluster *pgtest.Server, url string) {
	t.Helper()
	cluster = pgtest.New(t, settings...)
	return cluster, cluster.DatabaseFor(t)
}

// runJSON runs a command that answers in JSON.
func runJSON(t *testing.T, data string, args ...string) map[string]any {
	t.Helper()
	cmd := exec.Command(program(t), append(args, "--data", data, "--json")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	return answer
}

// post sends a form and returns the status and the JSON response.
func post(address string, form url.Values) (int, map[string]any, error) {
	response, err := http.PostForm(address, form)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	var answer map[string]any
	if len(body) > 0 {
		err = json.Unmarshal(body, &answer)
	}
	return response.StatusCode, answer, err
}

func TestCommandsWorkBesideARunningServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0")
	app := runJSON(t, data, "app", "add", "--name", "X", "--grant", "client_credentials")
	credentials := url.Values{"grant_type": {"client_credentials"}, "client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	status, token, err := post(s.issuer+"/token", credentials)
	if err != nil || status != 200 {
		t.Fatalf("an application that was added while the server runs: %d %v %v", status, token, err)
	}
	check := url.Values{"token": {token["access_token"].(string)}, "client_id": credentials["client_id"], "client_secret": credentials["client_secret"]}
	if _, answer, _ := post(s.issuer+"/introspect", check); answer["active"] != true {
		t.Errorf("introspection: %v", answer)
	}
	runJSON(t, data, "app", "disable", app["client_id"].(string))
	deadline := giveUp(t)
	for status = 200; status == 200 && time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		status, _, _ = post(s.issuer+"/token", credentials)
	}
	if status != 401 {
		t.Errorf("after it was disabled by a command: %d", status)
	}
	runJSON(t, data, "app", "enable", app["client_id"].(string))

	t.Log("a second server cannot listen on the same address, and the error suggests what to do")
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	out, err := exec.Command(program(t), "serve", "--data", data, "--addr", address).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Choose another address with --addr") {
		t.Errorf("got %v %s", err, out)
	}

	t.Log("after SIGTERM the exit status is 0")
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}

	t.Log("without its master key, the server does not start and generates no new key")
	if err := os.Rename(filepath.Join(data, "master.key"), filepath.Join(data, "hidden")); err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command(program(t), "serve", "--data", data, "--addr", "localhost:0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "master key") {
		t.Errorf("got %v %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(data, "master.key")); err == nil {
		t.Error("a new master key was generated")
	}
	for _, name := range []string{"hidden", "latchkey.db"} {
		if info, err := os.Stat(filepath.Join(data, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

func TestServeCanUseASelfSignedCertificate(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--tls-self-signed")
	if !strings.HasPrefix(s.issuer, "https://localhost:") {
		t.Errorf("the issuer is %s", s.issuer)
	}
	if _, err := http.Get(s.issuer + "/login/"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a client that does not trust the certificate: %v", err)
	}
}

func TestEightServersStartAtOnceOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), program(t), "migrate", "--create", "--data", data)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v %s", err, out)
			}
		})
	}
	all.Wait()
}
