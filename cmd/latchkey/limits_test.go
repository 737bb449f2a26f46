package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestSlowAndHugeRequestsAreCutOff sends requests beyond the limits of the real
// server.
func TestSlowAndHugeRequestsAreCutOff(t *testing.T) {
	t.Parallel() // most of the time it waits
	s := serve(t, t.TempDir(), "--addr", "localhost:0")
	address := strings.TrimSuffix(strings.TrimPrefix(s.issuer, "http://"), "/o")
	dial := func(t *testing.T, text string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(giveUp(t)); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, text) // the server may close the connection early
		return conn
	}
	t.Run("a header of 100 kB", func(t *testing.T) {
		conn := dial(t, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 100<<10))
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil && response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("got %s", response.Status)
		}
	})
	t.Run("a header that never ends", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, "GET / HTTP/1.1\r\nHost: x\r\n")
		if _, err := io.ReadAll(conn); isTimeout(err) {
			t.Error("the server keeps waiting")
		}
	})
	t.Run("a body that never ends", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, "POST /o/verify/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunk := []byte("8000\r\n" + strings.Repeat("x", 0x8000) + "\r\n")
		sent := 0
		for sent < 300<<20 {
			n, err := conn.Write(chunk)
			sent += n
			if err != nil {
				break
			}
		}
		if sent >= 32<<20 {
			t.Errorf("the server accepts %d bytes", sent)
		}
	})
	t.Run("a body that never comes", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, "POST /o/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant")
		if _, err := io.ReadAll(conn); isTimeout(err) {
			t.Error("the server keeps waiting")
		}
	})
}

func isTimeout(err error) bool {
	n, ok := err.(net.Error) //nolint:errorlint // net.Conn does not wrap it
	return ok && n.Timeout()
}
