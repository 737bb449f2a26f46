package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"
)

// mailer sends mails as the settings say, or is nil.
func (c *mailConfig) mailer() (func(ctx context.Context, to, subject, text string) error, error) {
	if c.SMTPHost == "" {
		return nil, nil
	}
	probe := mail.NewMsg()
	if err := probe.From(c.SMTPFrom); err != nil {
		return nil, fmt.Errorf("smtp_from: %q is not an address that mails can come from", c.SMTPFrom)
	}
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
	// One client is one connection; mails are few.
	if _, err := mail.NewClient(c.SMTPHost, options...); err != nil {
		return nil, fmt.Errorf("smtp_host: %w", err)
	}
	return func(ctx context.Context, to, subject, text string) error {
		client, err := mail.NewClient(c.SMTPHost, options...)
		if err != nil {
			return err
		}
		m := mail.NewMsg()
		if err := m.From(c.SMTPFrom); err != nil {
			return err
		}
		if err := m.To(to); err != nil {
			return fmt.Errorf("the address of an account cannot be written to")
		}
		m.Subject(subject)
		m.SetBodyString(mail.TypeTextPlain, text)
		m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answer from holiday notices
		return client.DialAndSendWithContext(ctx, m)
	}, nil
}
