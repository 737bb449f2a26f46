package account

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A MailKind is what a mail is about.
type MailKind string

// The kinds of mails, the most urgent first.
const (
	// MailReset has a link for each account of an address. The person uses a
	// link to set a new password for that account.
	MailReset MailKind = "reset"
	// MailEmailCode has a code with which the person continues a login.
	MailEmailCode MailKind = "email code"
	// MailVerify has a link that confirms the address of an account.
	MailVerify MailKind = "verify"
	// MailPasswordChanged, MailAddressChanged and MailNewBrowser are notices. They
	// report that the password of an account was changed, that its address was
	// changed from this one to another, or that there was a login with a new
	// browser. A browser is new if it was not used for the account before, or not
	// since the password was changed or the person logged out everywhere.
	MailPasswordChanged MailKind = "password changed"
	MailAddressChanged  MailKind = "address changed"
	MailNewBrowser      MailKind = "new browser"
	// MailFactorsChanged is a notice that a passkey, the TOTP or the recovery codes of an
	// account were added, removed or renewed.
	MailFactorsChanged MailKind = "factors changed"
	// MailRecoveryCode is a notice that a recovery code of an account was used.
	MailRecoveryCode MailKind = "recovery code used"
	// MailEmailCodeUsed is a notice that a person logged in with a code by email.
	MailEmailCodeUsed MailKind = "email code used"
	// MailIdentityConnected is a notice, too: an account at another provider was connected
	// with the account.
	MailIdentityConnected MailKind = "identity connected"
	// MailDeletion has a link with which a person can cancel the deletion of their account.
	MailDeletion MailKind = "deletion"
	// MailInvitation has a link with which a person creates an account.
	MailInvitation MailKind = "invitation"

	// mailNobody is never sent. It is queued in place of a MailReset if there is
	// no account, so that the time of the answer does not reveal it.
	mailNobody MailKind = "nobody"
)

// Mail is an email that waits to be sent. Its text is written when it is sent, so
// the Store never has a link that changes an account, and the text matches the
// account at that time.
type Mail struct {
	ID   string   // identifies the mail
	Kind MailKind // its purpose
	// To is the address of the recipient.
	To string
	// UserID is the account that the mail is about. It is empty for a MailReset
	// that is about all accounts of the address.
	UserID string
	// Source identifies the network address that caused the mail; it may be
	// empty. It is a hash.
	Source string
	// Details holds further values for the text.
	Details MailDetails
	// Rank orders mails: those with a smaller Rank are sent first.
	Rank int64
	// CreatedAt is the time of the request, NextAt that of the next attempt. After
	// ExpiresAt the mail is not sent.
	CreatedAt, NextAt, ExpiresAt time.Time
	// Attempts is the number of attempts that have begun.
	Attempts int64
}

// MailDetails are stored with a mail.
type MailDetails struct {
	// Address and Browser describe the browser that caused the mail.
	Address string `json:"address,omitempty"`
	Browser string `json:"browser,omitempty"`
	// Confirmed is set in a notice if the recipient had confirmed that the address
	// belongs to the account.
	Confirmed bool `json:"confirmed,omitempty"`
	// Change is set in a MailFactorsChanged, unless an earlier release queued it.
	Change FactorsChanged `json:"change,omitempty"`
	// Invitation is set in a MailInvitation. It is not secret.
	Invitation string `json:"invitation,omitempty"`
	// Challenge is set in a MailEmailCode. Only this server can derive the code from it.
	Challenge string `json:"challenge,omitempty"`
	// Return is set in a MailReset.
	Return Return `json:"return,omitzero"`
}

// Return is where a person continues after a reset.
type Return struct {
	// Application is the ID of the application that sent the person here.
	Application string `json:"application,omitempty"`
	// Request identifies a request of the application, which the browser keeps.
	Request string `json:"request,omitempty"`
}

// JSON returns the form in which a Store keeps details.
func (d MailDetails) JSON() string {
	text, err := json.Marshal(d)
	if err != nil {
		return "{}" // cannot happen with strings
	}
	return string(text)
}

// MailBounds are the numbers of waiting mails that AddMail allows, including the
// new one.
type MailBounds struct {
	Rank      int64 // with the same Rank
	Recipient int64 // of the same kind with the same Rank to the same address
	Source    int64 // of all kinds with the same Source, unless that is empty
}

// A Notice is a mail that a Store queues in the transaction of the change that it
// is about: the change and the mail are stored together, or neither is. The one
// exception is a bound that is reached: a full queue does not prevent the change.
type Notice struct {
	Mail   Mail       // the mail to queue
	Bounds MailBounds // the bounds that AddMail checks
	// Dropped is set by the Store. If a bound was reached, the mail is not queued, and
	// Dropped is the error that AddMail returns in that case. Otherwise, it is nil.
	Dropped error
}

// A MailStore stores the mails that wait to be sent. It is the queue between the
// processes that accept requests and those that send mails.
type MailStore interface {
	// AddMail adds a mail. If a bound is reached, it adds nothing and returns
	// ErrMailRecipientFull, ErrMailSourceFull or ErrMailQueueFull; the first that
	// applies. Check and insert are atomic among any number of processes. If the ID
	// is taken, it returns ErrConflict.
	AddMail(ctx context.Context, m Mail, bounds MailBounds) error
	// TakeMails returns up to n mails with at most this Rank whose NextAt is not
	// after now: first those with the smallest Rank, then those with the earliest
	// NextAt. In the same transaction it counts an attempt of each and sets its
	// NextAt to now + wait, doubled for each earlier attempt up to six times. So a
	// mail that the caller does not remove is due again later.
	TakeMails(ctx context.Context, now time.Time, wait time.Duration, rank int64, n int) ([]Mail, error)
	// RemoveMail removes a mail, if it exists.
	RemoveMail(ctx context.Context, id string) error
	// MailsOf returns the mails that wait and are about a user, or about all accounts of an
	// address that the user has confirmed, oldest first, up to limit. The address may be empty.
	MailsOf(ctx context.Context, userID, address string, limit int) ([]Mail, error)
	// WaitingMails returns the number of mails in the queue.
	WaitingMails(ctx context.Context) (int, error)
}

// The errors of AddMail if a bound is reached.
var (
	ErrMailRecipientFull = errors.New("too many emails to the same address are waiting")
	ErrMailSourceFull    = errors.New("too many emails that were requested from the same network address are waiting")
	ErrMailQueueFull     = errors.New("too many emails are waiting")
)

// IsMailBound reports whether an error of AddMail says that a bound is reached.
func IsMailBound(err error) bool {
	return errors.Is(err, ErrMailRecipientFull) || errors.Is(err, ErrMailSourceFull) || errors.Is(err, ErrMailQueueFull)
}
