package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Mail is an email to one person, in plain text.
type Mail struct {
	// To is the address of the recipient. Subject and Text are the subject and the body.
	To, Subject, Text string
	// At is the time at which the email is sent.
	At time.Time
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
	case account.MailPasswordChanged, account.MailAddressChanged, account.MailNewBrowser, account.MailFactorsChanged, account.MailIdentityConnected:
		return h.noticeMail(l)
	case account.MailDeletion:
		return h.deletionMail(l)
	}
	return Mail{}
}

func (h *Handler) resetMail(l account.Letter) Mail {
	say := h.mailLanguage(l)
	text, valid := say.Plain(ui.Text{"mail.hello"})+"\n\n", ui.Text{"mail.reset_valid"}
	if len(l.Links) == 1 {
		text += say.Plain(named(l.Links[0].User, "mail.reset_user", "mail.reset_created")) + "\n" + h.link("/reset/", l.Links[0].Proof) + "\n\n"
	} else {
		valid = ui.Text{"mail.reset_valid_each"}
		text += say.Plain(ui.Text{"mail.reset_several"}) + "\n\n"
		for _, link := range l.Links {
			text += "- " + say.Plain(named(link.User, "mail.reset_item_user", "mail.reset_item_created")) + "\n  " + h.link("/reset/", link.Proof) + "\n\n"
		}
	}
	return Mail{Subject: say.Plain(ui.Text{"mail.reset_subject"}), Text: text + sentences(say, valid, h.requested(l.RequestedAt, l.MailDetails), ui.Text{"mail.reset_ignore"})}
}

func (h *Handler) verificationMail(l account.Letter) Mail {
	say := h.mailLanguage(l)
	return Mail{Subject: say.Plain(ui.Text{"verify.title"}), Text: say.Plain(ui.Text{"mail.hello"}) + "\n\n" +
		sentences(say, ui.Text{"mail.verify_entered", "issuer", h.OAuth.Issuer}, h.requested(l.RequestedAt, l.MailDetails)) + "\n" +
		say.Plain(ui.Text{"mail.verify_link"}) + "\n" +
		h.link("/verify/", l.Links[0].Proof) + "\n\n" +
		sentences(say, ui.Text{"mail.verify_valid"}, expiry(l.Links[0].User))}
}

// sentences returns a paragraph.
func sentences(say *ui.Language, texts ...ui.Text) string {
	var parts []string
	for _, text := range texts {
		if text != nil {
			parts = append(parts, say.Plain(text))
		}
	}
	return strings.Join(parts, " ") + "\n"
}

// mailLanguage returns the language of an email: the one in the profile of the
// recipient, or English.
func (h *Handler) mailLanguage(l account.Letter) *ui.Language {
	profile, err := l.Links[0].User.Profile()
	if err != nil {
		return h.Pages.Language()
	}
	return h.Pages.Language(profile.Claims["locale"])
}

// expiry returns a sentence about when an account is deleted, or nil.
func expiry(u *account.User) ui.Text {
	if u.ExpiresAt.IsZero() {
		return nil
	}
	return ui.Text{"mail.expiry", "time", ui.Date(u.ExpiresAt)}
}

// named returns a text that identifies an account in an email: the one with the key
// confirmed has its username, and the other the time at which it was created. The
// username counts as text of an attacker until the owner of the address has confirmed it.
func named(u *account.User, confirmed, unconfirmed string) ui.Text {
	if u.EmailVerified() {
		return ui.Text{confirmed, "user", u.Username}
	}
	return ui.Text{unconfirmed, "time", ui.Date(u.CreatedAt)}
}

// requested returns a sentence about the browser that caused an email.
func (h *Handler) requested(at time.Time, by account.MailDetails) ui.Text {
	return ui.Text{"mail.requested", "when", h.circumstances(at, by)}
}

// circumstances returns when and where a browser caused an email.
func (h *Handler) circumstances(at time.Time, by account.MailDetails) ui.Text {
	text := ui.Text{"mail.on", "time", ui.Date(at)}
	if by.Browser != "" {
		text = ui.Text{"mail.with", "when", text, "browser", ui.BrowserText(by.Browser)}
	}
	if by.Address != "" {
		text = ui.Text{"mail.from", "when", text, "address", by.Address}
	}
	if place := h.place(by.Address); place != "" {
		text = ui.Text{"mail.probably", "when", text, "place", place}
	}
	return text
}

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
