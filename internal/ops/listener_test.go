package ops

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// failingListener is a listener whose process can open no further file.
type failingListener struct{ net.Listener }

func (failingListener) Accept() (net.Conn, error) { return nil, syscall.EMFILE }
func (failingListener) Addr() net.Addr            { return &net.TCPAddr{Port: 8000} }

func TestListenerLogsFailedAcceptsEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := NewListener(failingListener{}, slog.New(slog.NewTextHandler(&log, nil)))
		l.Limit(1)
		for range 25 {
			if _, err := l.Accept(); err == nil {
				t.Fatal("Accept succeeded")
			}
			time.Sleep(time.Second)
		}
		if n := strings.Count(log.String(), "cannot accept connections"); n != 3 || !strings.Contains(log.String(), "too many open files") {
			t.Errorf("%d lines in 25 seconds: %s", n, &log)
		}
	})
}

// logLines sends the lines of a log.
type logLines chan string

func (c logLines) Write(line []byte) (int, error) {
	c <- string(line)
	return len(line), nil
}

func TestLimitedListenerAcceptsTheNextConnectionWhenOneCloses(t *testing.T) {
	lines := make(logLines, 10)
	inner, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	l := NewListener(inner, slog.New(slog.NewTextHandler(lines, nil)))
	l.Limit(1)
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
	if _, ok := first.(interface{ CloseWrite() error }); !ok {
		t.Error("the connection has no CloseWrite, which net/http calls before it closes a connection")
	}
	if line := <-lines; !strings.Contains(line, "new connections wait") {
		t.Errorf("logged %s", line)
	}
	select {
	case <-accepted:
		t.Error("a second connection was accepted")
	default:
	}
	_ = first.Close()
	_ = first.Close() // must release the slot only once
	<-accepted
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, more := <-accepted; more {
		t.Error("a closed listener accepted a connection")
	}
}

func TestConnectionLimitLeavesFilesForTheDatabase(t *testing.T) {
	for _, c := range []struct {
		files  uint64
		pool   int
		n      int
		enough bool
	}{{20, 4, minConnections, false}, {46, 4, 4, true}, {1024, 4, 982, true}, {1 << 63, 4, 1<<20 - 42, true}} {
		if n, enough := connectionLimit(c.files, c.pool); n != c.n || enough != c.enough {
			t.Errorf("%+v: got %d, %t", c, n, enough)
		}
	}
}
