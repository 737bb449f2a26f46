package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// logLines returns the lines of a log. All of them must be JSON.
func logLines(t *testing.T, log string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil || line["level"] == nil || line["msg"] == nil || line["time"] == nil {
			t.Errorf("not a line of a JSON log: %q", text)
		}
		lines = append(lines, line)
	}
	return lines
}

// syncBuffer is a buffer for the output of a program that is still running.
type syncBuffer struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	changed chan struct{} // closed by the next Write or end, if await waits for it
	ended   bool          // the program has exited
}

func (b *syncBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake()
	return b.buffer.Write(text)
}

// end makes await fail instead of waiting for a program that has exited.
func (b *syncBuffer) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.wake()
}

func (b *syncBuffer) wake() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// await waits until the output contains a text, and returns the output.
func (b *syncBuffer) await(t *testing.T, text string) string {
	t.Helper()
	stop := time.NewTimer(time.Until(giveUp(t)))
	defer stop.Stop()
	for {
		b.mu.Lock()
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed, output, ended := b.changed, b.buffer.String(), b.ended
		b.mu.Unlock()
		switch {
		case strings.Contains(output, text):
			return output
		case ended:
			t.Fatalf("the program has exited without the output %q: %s", text, output)
		}
		select {
		case <-changed:
		case <-stop.C:
			t.Fatalf("the output does not contain %q: %s", text, output)
		}
	}
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// TestEveryLineOfTheLogIsJSON runs a server from its start to its end, with a lost
// database, a template that cannot be read, a client that does not understand
// HTTP, and SIGHUP.
func TestEveryLineOfTheLogIsJSON(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cluster, db := startPostgres(t)
	templates := filepath.Join(folder, "templates")
	if err := os.MkdirAll(filepath.Join(templates, "web"), 0o700); err != nil {
		t.Fatal(err)
	}
	var out, log syncBuffer
	public := needs.Address(t)
	cmd := exec.Command(program(t), "serve", "--log-format", "json", "--addr", public, "--ops-addr", "127.0.0.1:0", "--data", folder,
		"--db", db, "--migrate", "--templates", templates, "--shutdown-delay", "1ms")
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	log.await(t, "Latchkey is ready")
	if conn, err := net.Dial("tcp", public); err == nil {
		_, _ = io.WriteString(conn, "\x16\x03\x01 no HTTP\r\n\r\n")
		_ = conn.Close()
	}
	if err := os.WriteFile(filepath.Join(templates, "web", "home.html"), []byte("{{define"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	log.await(t, "cannot load the changed templates")
	cluster.Kill()
	if response, err := http.Get("http://" + public + "/o/login/"); err == nil {
		_ = response.Body.Close()
	}
	_, _, _ = post("http://"+public+"/o/token", nil)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it may fail because the database is lost
	if lines := logLines(t, log.String()); len(lines) < 4 {
		t.Errorf("only %d lines: %s", len(lines), log.String())
	}
	if !strings.Contains(log.String(), " NAME --admin --generate") || out.String() != "" {
		t.Errorf("standard output is not empty, although a program may read both streams: %s", out.String())
	}
}

// TestReasonWhyAServerDoesNotStartIsJSON: even if its settings or its command line
// are invalid, when there is no logger yet.
func TestReasonWhyAServerDoesNotStartIsJSON(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "--addr", "localhost:0")
	config := filepath.Join(data, "wrong.yaml")
	if err := os.WriteFile(config, []byte("code_tll: 1m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args, env []string
		want      string
		status    int
	}{
		"an address in use":       {args: []string{"--addr", strings.TrimPrefix(s.listens, "http://")}, want: "Choose another address with --addr", status: 1},
		"an unknown flag":         {args: []string{"--no-such-flag"}, want: "unknown flag", status: 2},
		"an argument":             {args: []string{"now"}, want: "accepts only flags", status: 2},
		"a wrong value":           {args: []string{"--code-ttl", "soon"}, want: "code-ttl", status: 2},
		"two wrong variables":     {env: []string{"LATCHKEY_CODE_TTL=soon", "LATCHKEY_SMTP_PORT=x"}, want: "LATCHKEY_SMTP_PORT", status: 2},
		"and the first of them":   {env: []string{"LATCHKEY_CODE_TTL=soon", "LATCHKEY_SMTP_PORT=x"}, want: "LATCHKEY_CODE_TTL", status: 2},
		"an unknown setting":      {args: []string{"--config", config}, want: "unknown settings: code_tll", status: 2},
		"no configuration file":   {args: []string{"--config", config + "x"}, want: "no such file", status: 2},
		"a wrong format":          {args: []string{"--log-format", "xml"}, want: `--log-format is "xml"`, status: 2},
		"a wrong issuer":          {args: []string{"--addr", "localhost:0", "--issuer", "https://id.example.com//o"}, want: `--issuer "https://id.example.com//o"`, status: 2},
		"an unreachable database": {args: []string{"--addr", "localhost:0", "--db", "postgres://127.0.0.1:1/x"}, want: "127.0.0.1:1", status: 1},
	} {
		var out, log bytes.Buffer
		cmd := exec.Command(program(t), append([]string{"serve", "--data", data}, test.args...)...)
		cmd.Env = append(os.Environ(), test.env...)
		cmd.Stdout, cmd.Stderr = &out, &log
		_ = cmd.Run()
		lines := logLines(t, log.String())
		if len(lines) == 0 || out.Len() > 0 || cmd.ProcessState.ExitCode() != test.status {
			t.Fatalf("%s: status %d, log %q, output %q", name, cmd.ProcessState.ExitCode(), &log, &out)
		}
		last := lines[len(lines)-1]
		if reason, _ := last["error"].(string); last["level"] != "ERROR" || !strings.Contains(reason, test.want) || last["msg"] == "the server cannot start" != (test.status == 2) {
			t.Errorf("%s: the last line is %v", name, last)
		}
	}
	out, err := exec.Command(program(t), "serve", "--log-format", "text", "--no-such-flag").CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "latchkey: unknown flag") {
		t.Errorf("as text: %s", out)
	}
}

// TestPanicOfAHandlerIsLogged as one line of JSON, with its stack.
func TestPanicOfAHandlerIsLogged(t *testing.T) {
	var log syncBuffer
	l := listenFor(t, "tcp", "127.0.0.1:0")
	s := site{listener: l, handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") })}
	server := s.server(slog.New(slog.NewJSONHandler(&log, nil)))
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	if response, err := http.Get("http://" + l.Addr().String()); err == nil {
		_ = response.Body.Close()
		t.Errorf("got %s", response.Status)
	}
	lines := logLines(t, log.await(t, "\n"))
	text, _ := lines[0]["msg"].(string)
	if len(lines) != 1 || lines[0]["level"] != "ERROR" || !strings.Contains(text, "a fault") || !strings.Contains(text, "log_json_test.go") {
		t.Errorf("the log is %s", log.String())
	}
}
