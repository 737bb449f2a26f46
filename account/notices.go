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
	maxNoticesPerUnconfirmed = 3  // to one mailbox, and of one kind about one account, within unconfirmedWindow
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
// Notices to addresses that are not confirmed are counted separately: otherwise
// another person could create accounts with the address, and so use up the notices
// of the person who confirmed it.
func (a *Accounts) countNotice(ctx context.Context, n notice) error {
	byUser, byMailbox := accountKey(n.user.ID, "notice "+string(n.kind)), accountKey(strings.ToLower(n.to), "notice")
	limits, window := []AttemptLimit{{Key: byUser, Max: maxNoticesPerUser}, {Key: byMailbox, Max: maxNoticesPerMailbox}}, attemptWindow
	if !n.confirmed {
		const suffix, maximum = " unconfirmed", maxNoticesPerUnconfirmed
		limits, window = []AttemptLimit{{Key: byUser + suffix, Max: maximum}, {Key: byMailbox + suffix, Max: maximum}}, unconfirmedWindow
	}
	for _, limit := range limits {
		if err := a.countAttemptWithin(ctx, window, limit); err != nil {
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
