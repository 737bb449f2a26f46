package account

import "time"

// A mailRule describes how a mail is queued.
type mailRule struct {
	rank   int64
	bounds MailBounds
	// ttl is how long sending is tried.
	ttl time.Duration
}

// The ranks of mails. Those with the first two ranks are mails that a person is
// waiting for. The others are notices: of changes to an account and of logins, to an
// address that was confirmed, and any notice to another address.
const (
	rankUrgent      = 0
	rankVerify      = 1
	rankNotice      = 2
	rankLogin       = 3
	rankUnconfirmed = 4
)

// The bounds of the queue. Each rank has its own, so that no number of mails of one
// rank prevents a mail of another from being queued.
const (
	maxUrgent        = 1000
	maxVerifications = 750
	maxNotices       = 250 // of rankNotice, and as many of rankLogin
	maxInvitations   = 200 // of rankNotice, fewer than maxNotices, so that notices can still be queued
	maxUnconfirmed   = 50
	maxPerSource     = 100
)

// rule returns the rule for a mail.
func (m Mail) rule() mailRule {
	const day = 24 * time.Hour
	switch {
	case m.Kind == MailVerify:
		return mailRule{rankVerify, MailBounds{Rank: maxVerifications, Recipient: 3, Source: maxPerSource}, day}
	case m.Kind == MailReset || m.Kind == mailNobody:
		return mailRule{rankUrgent, MailBounds{Rank: maxUrgent, Recipient: 3, Source: maxPerSource}, resetTTL}
	case m.Kind == MailEmailCode:
		return mailRule{rankUrgent, MailBounds{Rank: maxUrgent, Recipient: 3, Source: maxPerSource}, emailCodeTTL}
	case m.Kind == MailInvitation:
		return mailRule{rankNotice, MailBounds{Rank: maxInvitations, Recipient: 3, Source: maxPerSource}, 2 * day}
	case !m.Details.Confirmed:
		return mailRule{rankUnconfirmed, MailBounds{Rank: maxUnconfirmed, Recipient: maxNoticesPerUnconfirmed, Source: maxPerSource}, day}
	case m.Kind == MailNewBrowser:
		return mailRule{rankLogin, MailBounds{Rank: maxNotices, Recipient: 10, Source: maxPerSource}, day}
	}
	return mailRule{rankNotice, MailBounds{Rank: maxNotices, Recipient: 10, Source: maxPerSource}, day}
}
