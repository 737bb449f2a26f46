package account

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Limits on notices about one account. An address that is not confirmed may have
// been entered by another person.
const (
	maxNoticesPerUser        = 10 // of one kind, within attemptWindow
	maxNoticesPerMailbox     = 20 // of all kinds, within attemptWindow
	maxNoticesPerUnconfirmed = 3  // of one kind, within unconfirmedWindow
	unconfirmedWindow        = 24 * time.Hour
)

// A notice is a mail about something that happened to an account.
type notice struct {
	kind MailKind
	user *User
	// to is an address of the user, and confirmed reports whether it was confirmed.
	to        string
	confirmed bool
	visitor   Visitor // the zero Visitor if it was an administrator
}

// notify queues a notice. The change has already been made, so an error is only
// logged.
func (a *Accounts) notify(ctx context.Context, n notice) {
	if a.Mails == nil || n.to == "" {
		return
	}
	ctx = context.WithoutCancel(ctx)
	err := a.countNotice(ctx, n)
	if err == nil {
		err = a.queueMail(ctx, Mail{Kind: n.kind, To: n.to, UserID: n.user.ID, Details: MailDetails{Confirmed: n.confirmed}}, n.visitor)
	}
	if err != nil {
		a.Logger.WarnContext(ctx, "notice not sent", "kind", string(n.kind), "user", n.user.ID, "error", err.Error())
	}
}

// countNotice returns a *ThrottledError if the notice would be one of too many.
func (a *Accounts) countNotice(ctx context.Context, n notice) error {
	key := accountKey(n.user.ID, "notice "+string(n.kind))
	if !n.confirmed {
		now := a.now()
		count, until, err := a.Store.CountAttempt(ctx, key+" unconfirmed", unconfirmedWindow, now)
		if err == nil && count > maxNoticesPerUnconfirmed {
			err = &ThrottledError{RetryAfter: until.Sub(now)}
		}
		if err != nil {
			return err
		}
	}
	for _, limit := range []AttemptLimit{{key, maxNoticesPerUser}, {accountKey(strings.ToLower(n.to), "notice"), maxNoticesPerMailbox}} {
		if err := a.countAttempt(ctx, limit); err != nil {
			return err
		}
	}
	return nil
}

// noticeLinks returns the account of a notice.
func (a *Accounts) noticeLinks(ctx context.Context, m Mail) ([]LetterLink, error) {
	u, err := a.Store.User(ctx, m.UserID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return []LetterLink{{User: u}}, err
}
