package e2e

import (
	"bufio"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"
)

// A mailServer accepts emails by SMTP (RFC 5321), without TLS.
type mailServer struct {
	net.Listener
	t     *testing.T
	texts chan string
}

func startMailServer(t *testing.T) *mailServer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	m := &mailServer{listener, t, make(chan string, 10)}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go m.serve(connection)
		}
	}()
	return m
}

// flags are those of a server that sends its emails here.
func (m *mailServer) flags() []string {
	host, port, _ := net.SplitHostPort(m.Addr().String())
	return []string{"--smtp-host", host, "--smtp-port", port, "--smtp-from", "id@example.com", "--insecure-smtp"}
}

func (m *mailServer) serve(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	in := bufio.NewReader(connection)
	reply := func(line string) { _, _ = fmt.Fprint(connection, line, "\r\n") }
	reply("220 mail.example.com")
	for {
		command, err := in.ReadString('\n')
		switch {
		case err != nil:
			return
		case strings.HasPrefix(command, "QUIT"):
			reply("221 bye")
			return
		case !strings.HasPrefix(command, "DATA"):
			reply("250 ok")
			continue
		}
		reply("354 go on")
		var data strings.Builder
		for line := ""; err == nil && line != ".\r\n"; {
			data.WriteString(line)
			line, err = in.ReadString('\n')
		}
		m.texts <- data.String()
		reply("250 ok")
	}
}

// next returns the text of the next email with the subject.
func (m *mailServer) next(subject string) string {
	m.t.Helper()
	for timeout := time.After(patience); ; {
		select {
		case data := <-m.texts:
			message, err := mail.ReadMessage(strings.NewReader(data))
			if err != nil {
				m.t.Fatal(err)
			}
			if message.Header.Get("Subject") != subject {
				continue
			}
			text, err := io.ReadAll(quotedprintable.NewReader(message.Body))
			if err != nil {
				m.t.Fatal(err)
			}
			return string(text)
		case <-timeout:
			m.t.Fatalf("no email %q", subject)
		}
	}
}
