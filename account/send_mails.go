package account

import (
	"context"
	"errors"
	"net/textproto"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// Limits on sending mails.
const (
	mailSlots = 8 // mails that are sent at the same time
	// urgentSlots are for urgent mails only, so that these are sent even if the
	// mail server does not answer the others.
	urgentSlots = 4
	// verifySlots are for urgent mails and for those that confirm an address.
	verifySlots = 2
	mailTimeout = 30 * time.Second // of one attempt
	mailWait    = time.Minute      // between the first two attempts; it gets longer
	mailEvery   = 5 * time.Second  // how often mails of other processes are looked for
)

// ErrMailRejected is wrapped by the error of a function that sends mails if the
// mail server has rejected the mail permanently. The mail is not sent again.
var ErrMailRejected = errors.New("the mail server rejected the email")

// SendMails sends the waiting mails with send, until the context ends. A mail
// that could not be sent is tried again after a while, by any process. Every
// process can call SendMails.
func (a *Accounts) SendMails(ctx context.Context, send func(context.Context, Letter) error) error {
	tick := time.NewTicker(mailEvery)
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	sent, busy := make(chan struct{}), 0
	for {
		for _, m := range a.takeMails(ctx, busy) {
			busy++
			all.Go(func() {
				defer crash.Log(a.Logger)
				a.sendMail(ctx, m, send)
				select {
				case sent <- struct{}{}:
				case <-ctx.Done():
				}
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-sent:
			busy--
		case <-a.wakeSender:
		case <-tick.C:
		}
	}
}

// takeMails returns as many due mails as can be sent now, if busy are being sent
// already.
func (a *Accounts) takeMails(ctx context.Context, busy int) []Mail {
	var mails []Mail
	take := func(rank int64, slots int) {
		if slots <= 0 || ctx.Err() != nil {
			return
		}
		more, err := a.Mails.TakeMails(ctx, a.now(), mailWait, rank, slots)
		// A Store that is unavailable logs that itself.
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
			a.Logger.WarnContext(ctx, "emails could not be read from the queue; they will be tried again", "error", err.Error())
		}
		mails = append(mails, more...)
	}
	take(rankUrgent, mailSlots-busy)
	take(rankVerify, mailSlots-urgentSlots-busy-len(mails))
	take(rankUnconfirmed, mailSlots-urgentSlots-verifySlots-busy-len(mails))
	return mails
}

// sendMail sends one mail. If that fails for now, the mail stays in the queue.
func (a *Accounts) sendMail(ctx context.Context, m Mail, send func(context.Context, Letter) error) {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	if done := a.trySending(ctx, m, send); !done {
		return
	}
	if err := a.Mails.RemoveMail(context.WithoutCancel(ctx), m.ID); err != nil {
		a.Logger.ErrorContext(ctx, "an email could not be removed from the queue, and may be sent again", "mail", m.ID, "error", err.Error())
	}
}

// trySending reports whether the mail can be removed from the queue: it was sent,
// or never will be.
func (a *Accounts) trySending(ctx context.Context, m Mail, send func(context.Context, Letter) error) (done bool) {
	log := a.Logger.With("mail", m.ID, "kind", string(m.Kind), "user", m.UserID, "attempts", m.Attempts)
	if m.Kind == mailNobody {
		return true
	}
	if !a.now().Before(m.ExpiresAt) {
		log.ErrorContext(ctx, "email not sent: it waited for too long")
		return true
	}
	letter, err := a.Letter(ctx, m)
	if errors.Is(err, errNothingToSay) {
		log.InfoContext(ctx, "email not sent", "error", err.Error())
		return true
	}
	if err == nil {
		err = send(ctx, letter)
	}
	switch {
	case err == nil:
		return true
	case IsMailRejected(err):
		log.ErrorContext(ctx, "email not sent: the mail server rejected it", "error", err.Error())
		return true
	}
	log.WarnContext(ctx, "email not sent yet; it will be tried again", "error", err.Error())
	return false
}

// IsMailRejected reports whether sending the mail again would be useless: err wraps
// ErrMailRejected, or the mail server replied with one of the 5yz codes that are about
// the recipient or the message (RFC 5321 §4.2.3, RFC 7504 §3). The other codes are about
// the login, the commands or the server: they mean that a setting is wrong, which can be
// corrected.
func IsMailRejected(err error) bool {
	if errors.Is(err, ErrMailRejected) {
		return true
	}
	reply, ok := errors.AsType[*textproto.Error](err)
	return ok && (550 <= reply.Code && reply.Code <= 554 || reply.Code == 556)
}
