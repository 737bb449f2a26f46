package e2e

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
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

// next returns the text of the next email with the subject. It reads the email as a mail
// program does, and checks that its HTML part is complete.
func (m *mailServer) next(subject string) string {
	m.t.Helper()
	for timeout := time.After(patience); ; {
		select {
		case data := <-m.texts:
			message, err := mail.ReadMessage(strings.NewReader(data))
			if err != nil {
				m.t.Fatal(err)
			}
			if decoded, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil || decoded != subject {
				continue
			}
			parts := make(map[string]string)
			m.read(parts, textproto.MIMEHeader(message.Header), message.Body)
			m.check(data, message.Header, parts)
			return parts["text/plain"]
		case <-timeout:
			m.t.Fatalf("no email %q", subject)
		}
	}
}

// read adds the decoded parts of a message to parts, by media type (RFC 2046 §5.1).
func (m *mailServer) read(parts map[string]string, header textproto.MIMEHeader, body io.Reader) {
	m.t.Helper()
	mediaType, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		m.t.Fatal(err)
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		parts[mediaType] = parameters["boundary"]
		for r := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := r.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				m.t.Fatal(err)
			}
			m.read(parts, part.Header, part)
		}
	}
	switch header.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		m.t.Fatal(err)
	}
	parts[mediaType] = string(text)
	if strings.HasPrefix(mediaType, "text/") {
		parts[mediaType] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	parts[mediaType+" id"] = header.Get("Content-ID")
}

// check checks the form of an email: alternatives (RFC 2046 §5.1.4), short lines (RFC 5322
// §2.1.1), and the same links in both parts.
func (m *mailServer) check(data string, header mail.Header, parts map[string]string) {
	m.t.Helper()
	for line := range strings.SplitSeq(data, "\r\n") {
		if len(line) > 78 && !strings.HasPrefix(line, "Message-ID:") && !strings.HasPrefix(line, "Content-Type:") {
			m.t.Errorf("a line has %d characters: %s", len(line), line)
		}
	}
	if header.Get("Auto-Submitted") != "auto-generated" || header.Get("Message-ID") == "" || header.Get("Date") == "" {
		m.t.Errorf("the header is %v", header)
	}
	if parts["multipart/alternative"] == "" || parts["multipart/related"] == "" || parts["image/png id"] != "<logo@latchkey>" || !strings.Contains(parts["text/html"], `src="cid:logo@latchkey"`) {
		m.t.Errorf("the email lacks a part: %v", header)
	}
	if image, err := png.DecodeConfig(strings.NewReader(parts["image/png"])); err != nil || image.Width != 96 {
		m.t.Errorf("the logo is not a PNG image: %v", err)
	}
	for line := range strings.Lines(parts["text/plain"]) {
		if link := strings.TrimSpace(line); strings.HasPrefix(link, "http") && !strings.Contains(parts["text/html"], `href="`+html.EscapeString(link)+`"`) {
			m.t.Errorf("the HTML lacks the link %s", link)
		}
	}
}
