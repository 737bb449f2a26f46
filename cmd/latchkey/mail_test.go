package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

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
		say("220 ready")
		inside := false
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			line := lines.Text()
			text.WriteString(line + "\n")
			switch {
			case inside && line == ".":
				inside = false
				say("250 taken")
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
	if err := send(context.Background(), "ada@example.com", "Sübject", "Hello\n.\nhttps://id.example/o/reset/?token=abc\n"); err != nil {
		t.Fatal(err)
	}
	text := <-mails
	for _, want := range []string{"RCPT TO:<ada@example.com>", "From: <id@example.com>", "Auto-Submitted: auto-generated", "token=3Dabc"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	if err := send(context.Background(), "ada@example.com\r\nBcc: x@example.com", "s", "t"); err == nil {
		t.Error("a header was injected")
	}

	port, _ = postOffice(t)
	c = &mailConfig{SMTPHost: "localhost", SMTPPort: port, SMTPFrom: "id@example.com"}
	if send, err = c.mailer(); err != nil {
		t.Fatal(err)
	}
	if err := send(context.Background(), "ada@example.com", "s", "t"); err == nil {
		t.Error("a mail went out readable")
	}
	if _, err := (&mailConfig{SMTPHost: "localhost", SMTPFrom: "nobody"}).mailer(); err == nil {
		t.Error("an invalid sender is accepted")
	}
}

// RFC 5321 §4.2.1: a reply 5yz is final, and 4yz is not.
func TestFinalRepliesOfTheMailServerAreRejections(t *testing.T) {
	for command, replies := range map[string]map[bool]string{
		"MAIL": {true: "553 no such sender", false: "451 later"},
		"RCPT": {true: "550 no such mailbox", false: "450 greylisted"},
		"DATA": {true: "554 spam", false: "452 disk full"},
	} {
		for final, reply := range replies {
			port, _ := strictPostOffice(t, map[string]string{command: reply})
			c := &mailConfig{SMTPHost: "localhost", SMTPPort: port, SMTPFrom: "id@example.com", InsecureSMTP: true}
			send, err := c.mailer()
			if err != nil {
				t.Fatal(err)
			}
			if err := send(context.Background(), "ada@example.com", "s", "t"); err == nil || account.IsMailRejected(err) != final {
				t.Errorf("%s: got %v, want a rejection: %t", reply, err, final)
			}
		}
	}
}
