package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// mailer returns a function that sends mails with the configured mail server, or
// nil if none is configured.
func (c *mailConfig) mailer() (func(ctx context.Context, m latchkey.Mail) error, error) {
	if c.SMTPHost == "" {
		return nil, nil
	}
	if c.SMTPFrom == "" {
		return nil, settings.Faultf("SMTPFrom", " is missing, and smtp_host is set; set it to the sender address of the emails, such as login@example.com")
	}
	if err := mail.NewMsg().From(c.SMTPFrom); err != nil {
		return nil, settings.Faultf("SMTPFrom", ": %q is not a valid sender address", c.SMTPFrom)
	}
	options := c.clientOptions()
	// Mails are rare, so each is sent with its own client, which is a connection.
	if _, err := mail.NewClient(c.SMTPHost, options...); err != nil {
		return nil, settings.Faultf("SMTPHost", ": %v", err)
	}
	return func(ctx context.Context, m latchkey.Mail) error {
		client, err := mail.NewClient(c.SMTPHost, options...)
		if err != nil {
			return err
		}
		message, err := c.message(m)
		if err != nil {
			return err
		}
		return rejected(client.DialAndSendWithContext(ctx, message))
	}, nil
}

// message returns the MIME message of an email: alternatives of text and HTML, and the
// logo beside the HTML (RFC 2046 §5.1.4, RFC 2387).
func (c *mailConfig) message(m latchkey.Mail) (*mail.Msg, error) {
	message := mail.NewMsg()
	if err := message.From(c.SMTPFrom); err != nil {
		return nil, err
	}
	if from := message.GetFrom(); m.Brand != "" && len(from) == 1 && from[0].Name == "" {
		if err := message.FromFormat(m.Brand, from[0].Address); err != nil {
			return nil, err
		}
	}
	if err := message.To(m.To); err != nil {
		return nil, fmt.Errorf("%w: the email address of the account is not valid", account.ErrMailRejected)
	}
	message.Subject(m.Subject)
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	if m.Logo != nil {
		if err := message.EmbedReader("logo", bytes.NewReader(m.Logo), mail.WithFileContentID("<logo@latchkey>"), mail.WithFileContentType(mail.ContentType(m.LogoType))); err != nil {
			return nil, err
		}
	}
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: suppresses vacation replies
	return message, nil
}

// rejected marks the error with which a mail server rejects a mail for good. Only replies
// to the recipient and to the message do so. Those to the greeting, the login and the
// sender are about the settings, and so is a recipient that is refused by a policy (5.7.z
// of RFC 3463 §3.8), such as "relay access denied": after a correction, the mail can be
// sent. A mail was sent if only the command after it fails.
func rejected(err error) error {
	sending, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		if _, reply := errors.AsType[*textproto.Error](err); reply {
			return errors.New(err.Error()) // it is not about the mail, whatever its code
		}
		return err
	}
	final := account.IsMailRejected(&textproto.Error{Code: sending.ErrorCode()})
	switch sending.Reason {
	case mail.ErrSMTPReset:
		return nil
	case mail.ErrSMTPRcptTo:
		final = final && !strings.HasPrefix(sending.EnhancedStatusCode(), "5.7.")
	case mail.ErrSMTPData, mail.ErrSMTPDataClose:
	default:
		final = false
	}
	if final {
		return fmt.Errorf("%w: %w", account.ErrMailRejected, err)
	}
	return err
}

func (c *mailConfig) clientOptions() []mail.Option {
	options := []mail.Option{mail.WithPort(c.SMTPPort), mail.WithTimeout(20 * time.Second)}
	switch {
	case c.InsecureSMTP:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case c.SMTPPort == 465:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if c.SMTPUser != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.SMTPUser), mail.WithPassword(c.SMTPPassword))
	}
	return options
}
