package web

import (
	"context"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Mail is an email to one person, in plain text.
type Mail struct {
	To, Subject, Text string
	At                time.Time
}

// CanMail reports whether emails can be sent.
func (h *Handler) CanMail() bool { return h.Mail != nil }

// SendMails sends the emails that wait, until the context ends.
func (h *Handler) SendMails(ctx context.Context) error {
	return h.Accounts.SendMails(ctx, func(ctx context.Context, l account.Letter) error {
		m := h.mail(l)
		m.To, m.At = l.To, h.Clock()
		err := h.Mail(ctx, m)
		if h.OnEvent != nil {
			e := mailEvent(err)
			e.At = m.At
			h.OnEvent(ctx, e)
		}
		return err
	})
}

// mailEvent returns the event for an attempt to send an email.
func mailEvent(err error) oauth.Event {
	e := oauth.Event{Name: oauth.EventMail, Outcome: oauth.OutcomeOK}
	switch {
	case account.IsMailRejected(err):
		e.Outcome = oauth.OutcomeFailed
	case err != nil:
		e.Outcome = oauth.OutcomeRetry
	}
	return e
}

// mail writes an email. It contains no text that an attacker can choose: a
// username is only in a mail to a person who has confirmed that it is theirs.
func (h *Handler) mail(l account.Letter) Mail {
	switch l.Kind {
	case account.MailReset:
		return h.resetMail(l)
	case account.MailVerify:
		return h.verificationMail(l)
	case account.MailPasswordChanged, account.MailAddressChanged, account.MailNewBrowser:
		return h.noticeMail(l)
	}
	return Mail{}
}

func (h *Handler) resetMail(l account.Letter) Mail {
	text, works := "Hello,\n\n", "The link"
	if len(l.Links) == 1 {
		text += "Use this link to set a new password " + named(l.Links[0].User) + ":\n" + h.link("/reset/", l.Links[0].Proof) + "\n\n"
	} else {
		works = "Each link"
		text += "Several accounts have this email address. Use one of these links to set a new password:\n\n"
		for _, link := range l.Links {
			text += "- " + named(link.User) + ":\n  " + h.link("/reset/", link.Proof) + "\n\n"
		}
	}
	return Mail{Subject: "Set a new password", Text: text +
		works + " can be used once, within 30 minutes. " + h.requested(l.RequestedAt, l.MailDetails) + " If you did not request it, ignore this email. Your password stays the same.\n"}
}

func (h *Handler) verificationMail(l account.Letter) Mail {
	return Mail{Subject: "Confirm your email address", Text: "Hello,\n\n" +
		"This email address was entered for an account at " + h.OAuth.Issuer + ". " + h.requested(l.RequestedAt, l.MailDetails) + "\n\n" +
		"If you requested it, confirm the address with this link. Otherwise, use the same link to remove the address from the account:\n" +
		h.link("/verify/", l.Links[0].Proof) + "\n\n" +
		"The link is valid for two days." + expiry(l.Links[0].User) + "\n"}
}

// expiry returns a sentence about when an account is deleted, or "".
func expiry(u *account.User) string {
	if u.ExpiresAt.IsZero() {
		return ""
	}
	return " If the address is not confirmed and the account is not used again, the account will be deleted on " + mailTime(u.ExpiresAt) + "."
}

// named identifies an account in an email. The username counts as text of
// an attacker until the owner of the address has confirmed it.
func named(u *account.User) string {
	if u.EmailVerified() {
		return "for " + ui.Isolate(u.Username)
	}
	return "for the account that was created on " + mailTime(u.CreatedAt)
}

// requested returns a sentence about the browser that caused an email.
func (h *Handler) requested(at time.Time, by account.MailDetails) string {
	return "This was requested " + h.circumstances(at, by) + "."
}

// circumstances returns when and where a browser caused an email.
func (h *Handler) circumstances(at time.Time, by account.MailDetails) string {
	text := "on " + mailTime(at)
	if by.Browser != "" {
		text += " with " + by.Browser
	}
	if by.Address != "" {
		text += ", from the network address " + by.Address
	}
	if place := h.place(by.Address); place != "" {
		text += " (probably " + ui.Isolate(place) + ")"
	}
	return text
}

func mailTime(t time.Time) string { return t.UTC().Format("2 January 2006 at 15:04") + " UTC" }

// visitor describes the browser of a request in emails.
func (h *Handler) visitor(r *http.Request) account.Visitor {
	return account.Visitor{Address: h.Address(r), Browser: ui.KnownBrowser(r.UserAgent())}
}

// sendVerification queues an email with a link that confirms the email address.
// Errors are those of RequestVerification.
func (h *Handler) sendVerification(r *http.Request, user *account.User) error {
	if h.Mail == nil {
		return nil
	}
	return h.Accounts.RequestVerification(r.Context(), user, h.visitor(r))
}

// sendFirstVerification does the same after another change, which has been
// saved. It only logs an error, because the person can request another email.
func (h *Handler) sendFirstVerification(r *http.Request, user *account.User) {
	if err := h.sendVerification(r, user); err != nil {
		h.Logger.WarnContext(r.Context(), "email not sent", "user", user.ID, "error", err.Error())
	}
}
