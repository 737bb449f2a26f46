package account

import "time"

// A mailRule says how mails of a kind are queued.
type mailRule struct {
	rank   int64
	bounds MailBounds
	// ttl is how long sending is tried.
	ttl time.Duration
}

// The ranks of mails. A person waits for an urgent one; the others can be
// requested by anybody, for any address.
const (
	rankUrgent = 0
	rankNotice = 1
	rankVerify = 2
)

// The bounds of the queue. Mails of a lower rank leave room for urgent ones.
const (
	maxMails         = 1000
	maxNotices       = 750
	maxVerifications = 500
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
