package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestWhoRunsItSeesInsideThoughNoMoreConnectionsFit: few files may be open, and
// strangers hold as many connections as they can.
func TestWhoRunsItSeesInsideThoughNoMoreConnectionsFit(t *testing.T) {
	data := t.TempDir()
	s := started(t, data, exec.Command("sh", "-c", `ulimit -n 32; exec "$0" "$@"`, program(t), "serve", "--data", data, "--addr", "localhost:0", "--ops-addr", "localhost:0"))
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	var idle []net.Conn
	for range 80 {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			break // the queue of the system is full
		}
		t.Cleanup(func() { _ = conn.Close() })
		idle = append(idle, conn)
	}
	if len(idle) < 40 {
		t.Fatalf("only %d connections", len(idle))
	}
	hurried := &http.Client{Timeout: 3 * time.Second}
	for range 3 {
		for _, path := range []string{"/livez", "/readyz", "/metrics"} {
			response, err := hurried.Get(s.inside + path)
			if err != nil {
				t.Fatal(path, err)
			}
			if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", path, response.Status)
			}
		}
	}
	lines := s.logged(t, "WARN")
	if !oneSays(lines, "few files may be open", "LimitNOFILE", `"files":32`) || !oneSays(lines, "as many connections are open as there may be") || len(lines) > 3 {
		t.Errorf("it logs %v", lines)
	}
	for _, conn := range idle {
		_ = conn.Close()
	}
	if status, _ := fetch(t, s.issuer+"/.well-known/jwks.json"); status == 0 {
		t.Error("afterwards it lets nobody in")
	}
}

// failing is a listener without a file for another connection.
type failing struct{ net.Listener }

func (failing) Accept() (net.Conn, error) { return nil, syscall.EMFILE }
func (failing) Addr() net.Addr            { return &net.TCPAddr{Port: 8000} }

// TestThatNothingCanBeAcceptedIsSaid, but not as often as it is tried.
func TestThatNothingCanBeAcceptedIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := newAccepting(failing{}, slog.New(slog.NewTextHandler(&log, nil)))
		l.bound(1)
		for range 25 {
			if _, err := l.Accept(); err == nil {
				t.Fatal("it accepts")
			}
			time.Sleep(time.Second)
		}
		if n := strings.Count(log.String(), "cannot be accepted"); n != 3 || !strings.Contains(log.String(), "too many open files") {
			t.Errorf("in 25 seconds it says so %d times: %s", n, &log)
		}
	})
}

// lineChannel takes the lines of a log.
type lineChannel chan string

func (c lineChannel) Write(line []byte) (int, error) {
	c <- string(line)
	return len(line), nil
}

// TestABoundListenerLetsTheNextInWhenOneLeaves, and its end ends the waiting.
func TestABoundListenerLetsTheNextInWhenOneLeaves(t *testing.T) {
	full := make(lineChannel, 10)
	l, err := listen(t.Context(), "localhost:0", "--addr", slog.New(slog.NewTextHandler(full, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l.bound(1)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	for range 3 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	first := <-accepted
	if _, half := first.(interface{ CloseWrite() error }); !half {
		t.Error("net/http cannot close one half of it, as it does before it hangs up")
	}
	if line := <-full; !strings.Contains(line, "others wait") {
		t.Errorf("it logs %s", line)
	}
	select {
	case <-accepted:
		t.Error("there is a second one")
	default:
	}
	_ = first.Close()
	_ = first.Close() // what is closed twice has one slot
	<-accepted
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, more := <-accepted; more {
		t.Error("it accepts when it is closed")
	}
}

func TestHowManyConnectionsFit(t *testing.T) {
	for _, c := range []struct {
		files  uint64
		pool   int
		n      int
		enough bool
	}{{20, 4, leastConnections, false}, {46, 4, 4, true}, {1024, 4, 982, true}, {1 << 63, 4, 1<<20 - 42, true}} {
		if n, enough := connections(c.files, c.pool); n != c.n || enough != c.enough {
			t.Errorf("%+v: %d %t", c, n, enough)
		}
	}
}
