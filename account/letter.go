package account

import (
	"context"
	"errors"
	"time"
)

// A Letter is the content of a mail.
type Letter struct {
	Kind MailKind // the purpose of the mail
	To   string   // the address of the recipient
	// Links are the accounts that the mail is about, each with a proof for its
	// link.
	Links []LetterLink
	// RequestedAt is when the mail was requested, and MailDetails describes the
	// browser that requested it.
	RequestedAt time.Time
	MailDetails
}

// LetterLink is an account that a mail is about.
type LetterLink struct {
	User *User // the account
	// Proof is for ResetPassword, VerifyEmail, AcceptInvitation or KeepAccount, or the code of a
	// MailEmailCode. It is empty in a notice.
	Proof string
}

// maxLetterLinks limits the accounts of one mail. Accounts that have confirmed
// the address come first, and then the oldest.
const maxLetterLinks = 10

// errNothingToSay is returned for a mail that is no longer needed.
var errNothingToSay = errors.New("the account was changed or deleted, so the mail is no longer needed")

// Letter returns the content of a mail, or an error if the mail is no longer
// needed.
func (a *Accounts) Letter(ctx context.Context, m Mail) (Letter, error) {
	l := Letter{Kind: m.Kind, To: m.To, RequestedAt: m.CreatedAt, MailDetails: m.Details}
	var err error
	switch m.Kind {
	case MailReset:
		l.Links, err = a.resetLinks(ctx, m.To, m.Details.Return)
	case MailVerify:
		l.Links, err = a.verifyLinks(ctx, m)
	case MailPasswordChanged, MailAddressChanged, MailNewBrowser, MailFactorsChanged, MailRecoveryCode, MailEmailCodeUsed, MailIdentityConnected:
		l.Links, err = a.noticeLinks(ctx, m)
	case MailInvitation:
		l.Links, err = a.invitationLinks(ctx, m)
	case MailEmailCode:
		l.Links, err = a.emailCodeLinks(ctx, m)
	case MailDeletion:
		l.Links, err = a.keepLinks(ctx, m)
	}
	if err == nil && len(l.Links) == 0 {
		err = errNothingToSay
	}
	return l, err
}
