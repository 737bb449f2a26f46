package hasher

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/rpc"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
)

// behavior is the environment variable with what the other process does.
const behavior = "LATCHKEY_HASHER"

// TestMain runs the other process if a test started this program as one.
func TestMain(m *testing.M) {
	switch os.Getenv(behavior) {
	case "":
		os.Exit(m.Run())
	case "serves":
		if err := Serve(Pipes{os.Stdin, os.Stdout}); err != nil {
			panic(err)
		}
	case "is silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "stays":
		<-time.After(time.Hour)
	case "answers with short keys":
		server := rpc.NewServer()
		if err := server.RegisterName("Argon2", short{}); err != nil {
			panic(err)
		}
		server.ServeConn(Pipes{os.Stdin, os.Stdout})
	case "ends":
		_, _ = os.Stdin.Read(make([]byte, 1))
	}
}

// short has the method that Process calls.
type short struct{}

// Key returns a key of one byte.
func (short) Key(_ Password, key *[]byte) error {
	*key = []byte{1}
	return nil
}

// newProcess returns a Process whose other process behaves so, and its log.
func newProcess(t *testing.T, behaves string) (*Process, *bytes.Buffer) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := new(bytes.Buffer)
	p := &Process{Logger: slog.New(slog.NewTextHandler(log, nil)), Command: func() (*exec.Cmd, error) {
		return &exec.Cmd{Path: program, Args: []string{program}, Env: []string{behavior + "=" + behaves}, Stderr: os.Stderr}, nil
	}}
	t.Cleanup(p.Close)
	return p, log
}

// check compares a key with that of package argon2.
func check(t *testing.T, p *Process, password string) {
	t.Helper()
	salt := []byte("a salt of " + password)
	got := p.Key([]byte(password), salt, 2, 64, 1, 24)
	if want := argon2.IDKey([]byte(password), salt, 2, 64, 1, 24); !bytes.Equal(got, want) {
		t.Errorf("the key of %q is %x, want %x", password, got, want)
	}
}

// TestKeysAreThoseOfArgon2 also if several are computed at the same time.
func TestKeysAreThoseOfArgon2(t *testing.T) {
	p, log := newProcess(t, "serves")
	var all sync.WaitGroup
	for _, password := range []string{"", "one", "two", "three", strings.Repeat("long", 4096)} {
		all.Go(func() { check(t, p, password) })
	}
	all.Wait()
	if p.running == nil || log.Len() > 0 {
		t.Errorf("process %v, log %s", p.running, log)
	}
}

// TestServerComputesKeysWithoutTheProcess if it fails in any way. The failure is logged once, and the
// process is not started again before the pause is over.
func TestServerComputesKeysWithoutTheProcess(t *testing.T) {
	for name, test := range map[string]struct {
		behaves string
		change  func(*Process)
	}{
		"it cannot be started": {"serves", func(p *Process) {
			p.Command = func() (*exec.Cmd, error) { return &exec.Cmd{Path: "/nonexistent"}, nil }
		}},
		"it is not known": {"serves", func(p *Process) {
			p.Command = func() (*exec.Cmd, error) { return nil, errors.New("there is no /proc") }
		}},
		"it ends":            {"ends", func(*Process) {}},
		"its keys are short": {"answers with short keys", func(*Process) {}},
		"it is silent":       {"is silent", func(p *Process) { p.longest = time.Millisecond }},
		"it was closed":      {"serves", (*Process).Close},
	} {
		t.Run(name, func(t *testing.T) {
			p, log := newProcess(t, test.behaves)
			test.change(p)
			check(t, p, "one")
			check(t, p, "two")
			want := 1
			if p.closed {
				want = 0
			}
			if got := strings.Count(log.String(), "\n"); got != want || p.running != nil {
				t.Errorf("%d lines in the log, want %d; process %v\n%s", got, want, p.running, log)
			}
		})
	}
}

// TestProcessIsStartedAgain if it was killed, for example because the memory was used up.
func TestProcessIsStartedAgain(t *testing.T) {
	p, log := newProcess(t, "serves")
	check(t, p, "one")
	killed := p.running
	if err := killed.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-killed.ended
	check(t, p, "two")
	p.blocked = time.Time{} // the pause is over
	check(t, p, "three")
	if p.running == nil || p.running == killed || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("process %v, log %s", p.running, log)
	}
}

// TestServerEndsWithoutAProcessThatStays, for example because it was stopped.
func TestServerEndsWithoutAProcessThatStays(t *testing.T) {
	p, _ := newProcess(t, "stays")
	if _, err := p.start(); err != nil {
		t.Fatal(err)
	}
	p.longest = time.Millisecond
	p.Close()
}

// TestProcessEndsWithTheServer, whose end closes the standard input of the process.
func TestProcessEndsWithTheServer(t *testing.T) {
	p, _ := newProcess(t, "serves")
	check(t, p, "one")
	running := p.running
	p.Close() // waits for the end
	if state := running.command.ProcessState; !state.Success() {
		t.Errorf("the process ended with %s", state)
	}
	p.Close() // does nothing
}
