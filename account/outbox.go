package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/google/uuid"
)

// A Visitor is the browser that makes a request. The number of emails that requests
// can cause is limited by address. Emails show both fields, so that the recipient
// sees which browser caused them.
type Visitor struct {
	Address netip.Addr // the zero Addr if it is unknown
	// Browser is the name of a known browser, such as "Firefox on Linux", or
	// empty. It must not contain text of a User-Agent, which an attacker can
	// choose.
	Browser string
}

// queueMail adds a mail to the queue. It returns ErrMailRecipientFull, a
// *ThrottledError if the visitor has caused too many mails that still wait, and
// ErrUnavailable if too many mails wait in all.
func (a *Accounts) queueMail(ctx context.Context, m Mail, v Visitor) error {
	if a.Mails == nil {
		return errors.New("account: mails cannot be sent")
	}
	bounds, err := a.complete(&m, v)
	if err != nil {
		return err
	}
	switch err := a.Mails.AddMail(ctx, m, bounds); {
	case errors.Is(err, ErrMailSourceFull):
		return &ThrottledError{RetryAfter: attemptWindow}
	case errors.Is(err, ErrMailQueueFull):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case err != nil:
		return err
	}
	a.mailQueued()
	return nil
}

// complete sets the other fields of a mail to be queued, and returns its bounds.
func (a *Accounts) complete(m *Mail, v Visitor) (MailBounds, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return MailBounds{}, err
	}
	rule := m.rule()
	m.ID, m.Rank = id.String(), rule.rank
	if rule.rank < rankNotice { // a notice does not count, so that it prevents no other mail
		m.Source = addressKeyFor("mail", v.Address)
	}
	m.CreatedAt = a.now()
	m.NextAt, m.ExpiresAt = m.CreatedAt, m.CreatedAt.Add(rule.ttl)
	if v.Address.IsValid() {
		m.Details.Address = v.Address.String()
	}
	m.Details.Browser = v.Browser
	return rule.bounds, nil
}

// mailQueued wakes the sender.
func (a *Accounts) mailQueued() {
	select {
	case a.wakeSender <- struct{}{}:
	default: // it has been woken already
	}
}
