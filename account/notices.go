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
	// required rejects the change if there were too many notices. Changes that fail
	// count too, so a thief could otherwise use up the notices with them.
	required bool
	change   FactorsChanged // see MailDetails
}

// notice returns the notice that a Store queues together with a change, or nil if
// the person cannot be notified or has already been notified too often. If the notice
// is required, the error is then a *ThrottledError.
func (a *Accounts) notice(ctx context.Context, n notice) (*Notice, error) {
	if a.Mails == nil || n.to == "" {
		return nil, nil
	}
	err := a.countNotice(ctx, n)
	if _, throttled := errors.AsType[*ThrottledError](err); throttled && !n.required {
		a.logDropped(ctx, n, err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	queued := &Notice{Mail: Mail{Kind: n.kind, To: n.to, UserID: n.user.ID, Details: MailDetails{Confirmed: n.confirmed, Change: n.change}}}
	queued.Bounds, err = a.complete(&queued.Mail, n.visitor)
	return queued, err
}

// noticeQueued is called after the change. The notice may be nil.
func (a *Accounts) noticeQueued(ctx context.Context, n notice, queued *Notice) {
	switch {
	case queued == nil:
	case queued.Dropped != nil:
		a.logDropped(ctx, n, queued.Dropped)
	default:
		a.mailQueued()
	}
}

func (a *Accounts) logDropped(ctx context.Context, n notice, err error) {
	a.Logger.WarnContext(ctx, "notice not sent", "kind", string(n.kind), "user", n.user.ID, "error", err.Error())
}

// notifyOfBrowser notifies a user of a login in a browser that is new for the account.
func (a *Accounts) notifyOfBrowser(ctx context.Context, user *User, deviceCookie string, v Visitor) error {
	if a.OmitLoginNotices || a.deviceName(deviceCookie, user) != "" {
		return nil
	}
	return a.notifyOfLogin(ctx, notice{kind: MailNewBrowser, user: user, to: user.Email, confirmed: user.EmailVerified(), visitor: v})
}

// notifyOfCode notifies a user that a recovery code is used.
func (a *Accounts) notifyOfCode(ctx context.Context, user *User, v Visitor) error {
	return a.notifyOfLogin(ctx, notice{kind: MailRecoveryCode, user: user, to: user.Email, confirmed: user.EmailVerified(), visitor: v})
}

// notifyOfLogin queues a notice before the session begins, so that there is no
// session of a new browser without one.
func (a *Accounts) notifyOfLogin(ctx context.Context, n notice) error {
	queued, err := a.notice(ctx, n)
	if err != nil || queued == nil {
		return err
	}
	err = a.Mails.AddMail(ctx, queued.Mail, queued.Bounds)
	if IsMailBound(err) {
		queued.Dropped, err = err, nil
	}
	if err == nil {
		a.noticeQueued(ctx, n, queued)
	}
	return err
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
