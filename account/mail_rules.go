package account

import "time"

// A mailRule says how mails of a kind are queued.
type mailRule struct {
	rank   int64
	bounds MailBounds
	// ttl is how long sending is tried.
	ttl time.Duration
}

// The ranks of mails. Those with the first two ranks are mails that a person is
// waiting for.
const (
	rankUrgent = 0
	rankVerify = 1
	rankNotice = 2
)

// The bounds of the queue. Notices leave room for confirmations, and both leave
// room for urgent mails.
const (
	maxMails         = 1000
	maxVerifications = 750
	maxNotices       = 250
	maxPerSource     = 100
)

// rule returns the rule for a kind.
func (k MailKind) rule() mailRule {
	switch k {
	case MailVerify:
		return mailRule{rankVerify, MailBounds{All: maxVerifications, Recipient: 3, Source: maxPerSource}, 24 * time.Hour}
	case MailReset, mailNobody:
		return mailRule{rankUrgent, MailBounds{All: maxMails, Recipient: 3, Source: maxPerSource}, resetTTL}
	}
	return mailRule{rankNotice, MailBounds{All: maxNotices, Recipient: 10, Source: maxPerSource}, 24 * time.Hour}
}
