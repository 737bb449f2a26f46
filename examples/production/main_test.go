package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestMain runs the program itself in the process that the test starts.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestPages(t *testing.T) {
	latchkeytest.CheckTemplates(t, os.DirFS("templates"))
}

// TestProgramFinishesRequestsAfterSIGTERM: a request whose body arrives after the signal
// is answered. Then the program ends without an error, and its database is closed.
func TestProgramFinishesRequestsAfterSIGTERM(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "master.key"), make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	program, address := start(t, folder)
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	answers := bufio.NewReader(connection)
	const body = "grant_type=client_credentials&client_id=unknown"
	send := func(text string) {
		t.Helper()
		if _, err := io.WriteString(connection, text); err != nil {
			t.Fatal(err)
		}
	}
	send(fmt.Sprintf("POST /o/token/ HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", address, len(body)))
	if line, err := answers.ReadString('\n'); !strings.Contains(line, "100 Continue") { // the handler reads the body
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until the program accepts no more connections
		other, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			break
		}
		_ = other.Close()
	}
	send(body)
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %s", response.Status)
	}
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "latchkey.db-*")); err != nil || len(left) > 0 {
		t.Errorf("the database was not closed: %v %v", left, err)
	}
}

// start runs the program, and returns its address as soon as it listens.
func start(t *testing.T, folder string) (*exec.Cmd, string) {
	t.Helper()
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Dir, program.Env = folder, append(os.Environ(), "RUN_MAIN=yes", "ADDRESS=localhost:0", "GORACE=atexit_sleep_ms=0")
	log, err := program.StderrPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listening address="); ok {
			return program, address
		}
	}
	t.Fatalf("the program ended: %v", program.Wait())
	return nil, ""
}
