package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
)

// postOffice is a mail server without TLS that takes one mail.
func postOffice(t *testing.T) (port int, mails <-chan string) { return strictPostOffice(t, nil) }

// strictPostOffice is a postOffice that replies to some commands as the map
// says.
func strictPostOffice(t *testing.T, replies map[string]string) (port int, mails <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		var text strings.Builder
		say := func(line string) { _, _ = fmt.Fprintf(conn, "%s\r\n", line) }
		say(cmp.Or(replies["greeting"], "220 ready"))
		inside := false
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			line := lines.Text()
			text.WriteString(line + "\n")
			switch {
			case inside && line == ".":
				inside = false
				say(cmp.Or(replies["."], "250 taken"))
				got <- text.String()
			case inside:
			case strings.HasPrefix(line, "DATA") && replies["DATA"] == "":
				inside = true
				say("354 go on")
			case strings.HasPrefix(line, "QUIT"):
				say("221 bye")
				return
			default:
				command, _, _ := strings.Cut(line, " ")
				say(cmp.Or(replies[command], "250 ok"))
			}
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, got
}

func TestMailIsSentWithoutTLSOnlyIfAllowed(t *testing.T) {
	port, mails := postOffice(t)
	c := &mailConfig{SMTPHost: "localhost", SMTPPort: port, SMTPFrom: "id@example.com", InsecureSMTP: true}
	send, err := c.mailer()
	if err != nil {
		t.Fatal(err)
	}
	if err := send(context.Background(), latchkey.Mail{To: "ada@example.com", Subject: "Sübject", Brand: "Harbor", Text: "Hello\n.\nhttps://id.example/o/reset/?token=abc\n", HTML: "<p>Hello</p>"}); err != nil {
		t.Fatal(err)
	}
	text := <-mails
	for _, want := range []string{"RCPT TO:<ada@example.com>", `From: "Harbor" <id@example.com>`, "Auto-Submitted: auto-generated", "token=3Dabc"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	if err := send(context.Background(), latchkey.Mail{To: "ada@example.com\r\nBcc: x@example.com", Subject: "s", Text: "t"}); err == nil {
		t.Error("a header was injected")
	}

	port, _ = postOffice(t)
	c = &mailConfig{SMTPHost: "localhost", SMTPPort: port, SMTPFrom: "id@example.com"}
	if send, err = c.mailer(); err != nil {
		t.Fatal(err)
	}
	if err := send(context.Background(), latchkey.Mail{To: "ada@example.com", Subject: "s", Text: "t"}); err == nil {
		t.Error("a mail went out readable")
	}
	if _, err := (&mailConfig{SMTPHost: "localhost", SMTPFrom: "nobody"}).mailer(); err == nil {
		t.Error("an invalid sender is accepted")
	}
}

// RFC 5321 §4.2.1: a reply 4yz is temporary. A reply 5yz is final only if it is about the
// recipient or the message; others are about the settings.
func TestOnlyRepliesAboutTheRecipientOrTheMessageAreRejections(t *testing.T) {
	const rejected, retried, sent = "rejected", "retried", "sent"
	for _, test := range []struct{ step, reply, want string }{
		{"greeting", "554 no service for this address", retried},
		{"MAIL", "530 5.7.0 authentication required", retried},
		{"MAIL", "550 5.7.1 not allowed to send as this sender", retried},
		{"MAIL", "553 no such sender", retried},
		{"MAIL", "451 later", retried},
		{"RCPT", "530 authentication required", retried},
		{"RCPT", "554 5.7.1 <ada@example.com>: Relay access denied", retried},
		{"RCPT", "503 bad sequence of commands", retried},
		{"RCPT", "450 greylisted", retried},
		{"RCPT", "550 no such mailbox", rejected},
		{"RCPT", "550 5.1.1 no such mailbox", rejected},
		{"RCPT", "551 user not local", rejected},
		{"RCPT", "552 5.2.2 mailbox full", rejected},
		{"RCPT", "553 5.1.3 bad address syntax", rejected},
		{"RCPT", "556 5.1.10 domain accepts no mail", rejected},
		{"DATA", "554 no valid recipients", rejected},
		{"DATA", "503 bad sequence of commands", retried},
		{"DATA", "452 disk full", retried},
		{".", "554 5.7.1 spam", rejected},
		{".", "552 too large", rejected},
		{".", "451 later", retried},
		{"RSET", "500 unknown command", sent},
	} {
		port, _ := strictPostOffice(t, map[string]string{test.step: test.reply, "EHLO": "250-localhost\r\n250 ENHANCEDSTATUSCODES"})
		c := &mailConfig{SMTPHost: "localhost", SMTPPort: port, SMTPFrom: "id@example.com", InsecureSMTP: true}
		send, err := c.mailer()
		if err != nil {
			t.Fatal(err)
		}
		err = send(context.Background(), latchkey.Mail{To: "ada@example.com", Subject: "s", Text: "t"})
		got := retried
		switch {
		case err == nil:
			got = sent
		case account.IsMailRejected(err):
			got = rejected
		}
		if got != test.want {
			t.Errorf("%s: %s: got %s, want %s (%v)", test.step, test.reply, got, test.want, err)
		}
	}
}

// RFC 2046 §5.1.4, RFC 2387: a mail program finds the text, the HTML and the logo.
func TestMailHasTextAndHTMLAndTheLogo(t *testing.T) {
	port, mails := postOffice(t)
	c := &mailConfig{SMTPHost: "localhost", SMTPPort: port, SMTPFrom: "id@example.com", InsecureSMTP: true}
	send, err := c.mailer()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("ä very long line ", 200)
	want := latchkey.Mail{To: "ada@example.com", Subject: "Sübject", Text: "Hello\n.\n" + long, HTML: `<p>Hello</p><img src="cid:logo@latchkey">` + long, Logo: []byte("\x89PNG\r\n\x1a\n..."), LogoType: "image/png"}
	if err := send(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	_, data, _ := strings.Cut(<-mails, "DATA\n")
	data = strings.ReplaceAll(strings.TrimSuffix(data, ".\n"), "\n..", "\n.") // RFC 5321 §4.5.2
	for line := range strings.Lines(data) {
		if len(line) > 998 {
			t.Errorf("a line has %d characters", len(line))
		}
	}
	message, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil || subject != want.Subject {
		t.Errorf("got the subject %q, %v", subject, err)
	}
	related := mailParts(t, message.Header.Get("Content-Type"), message.Body)
	if len(related) != 2 || !strings.HasPrefix(related[0].kind, "multipart/alternative") || related[1] != (mailPart{"image/png", "<logo@latchkey>", string(want.Logo)}) {
		t.Fatalf("got %d parts, the last one %+q", len(related), related[len(related)-1])
	}
	alternatives := mailParts(t, related[0].kind, strings.NewReader(related[0].body))
	if len(alternatives) != 2 || alternatives[0] != (mailPart{"text/plain; charset=UTF-8", "", want.Text}) || alternatives[1] != (mailPart{"text/html; charset=UTF-8", "", want.HTML}) {
		t.Errorf("got %+v", alternatives)
	}
}

type mailPart struct{ kind, id, body string }

// mailParts returns the decoded parts of a multipart body.
func mailParts(t *testing.T, contentType string, body io.Reader) (parts []mailPart) {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(body, parameters["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, decoded := part.Header.Get("Content-Type"), io.Reader(part)
		switch part.Header.Get("Content-Transfer-Encoding") {
		case "quoted-printable":
			decoded = quotedprintable.NewReader(part)
		case "base64":
			decoded = base64.NewDecoder(base64.StdEncoding, part)
		}
		text, err := io.ReadAll(decoded)
		if err != nil {
			t.Fatal(err)
		}
		if media, _, _ := strings.Cut(kind, ";"); media == "image/png" {
			kind = media
		}
		parts = append(parts, mailPart{kind, part.Header.Get("Content-ID"), strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n.\r\n", "\n.\n"), "\r\n")})
	}
}
