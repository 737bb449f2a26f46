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

// Mail is an email to one person: the same message as plain text and as HTML.
type Mail struct {
	// To is the address of the recipient.
	To, Subject string
	// Brand is the name of this server (Options.Brand). It is the name of the sender, unless the
	// address of the sender has one.
	Brand string
	// Text and HTML are alternatives (RFC 2046 §5.1.4). All values in HTML are escaped, and
	// it loads nothing from a server.
	Text, HTML string
	// Logo is the image to which HTML refers as "cid:logo@latchkey" (RFC 2392), and LogoType is its
	// media type. Without a logo, both are empty.
	Logo     []byte
	LogoType string // the media type of Logo
	// At is the time at which the email is sent.
	At time.Time
}

// CanMail reports whether emails can be sent.
func (h *Handler) CanMail() bool { return h.Mail != nil }

// SendMails sends the emails that wait, until the context ends.
func (h *Handler) SendMails(ctx context.Context) error {
	return h.Accounts.SendMails(ctx, func(ctx context.Context, l account.Letter) error {
		m, err := h.mail(l).mail()
		if m.To, m.At = l.To, h.Clock(); err == nil {
			err = h.Mail(ctx, m)
		}
		if h.OnEvent != nil {
			e := mailEvent(l, err)
			e.At = m.At
			h.OnEvent(ctx, e)
		}
		return err
	})
}

// mailEvent returns the event for an attempt to send an email. The event has no Subject if the
// email is about several accounts, or the account does not exist yet.
func mailEvent(l account.Letter, err error) oauth.Event {
	e := oauth.Event{Name: oauth.EventMail, Kind: strings.ReplaceAll(string(l.Kind), " ", "_"), Outcome: oauth.OutcomeOK}
	if len(l.Links) == 1 && l.Kind != account.MailInvitation {
		e.Subject = l.Links[0].User.ID
	}
	switch {
	case account.IsMailRejected(err):
		e.Outcome = oauth.OutcomeFailed
	case err != nil:
		e.Outcome = oauth.OutcomeRetry
	}
	return e
}

// mail writes an email. It contains no text that an attacker can choose: a
// username is only in a mail to a person who has confirmed that it is theirs. Its times are in
// the time zone of the person.
func (h *Handler) mail(l account.Letter) *letter {
	l.RequestedAt = l.RequestedAt.In(l.Links[0].User.Zone())
	switch l.Kind {
	case account.MailReset:
		return h.resetMail(l)
	case account.MailVerify:
		return h.verificationMail(l)
	case account.MailEmailCode:
		return h.emailCodeMail(l)
	case account.MailDeletion:
		return h.deletionMail(l)
	case account.MailInvitation:
		return h.invitationMail(l)
	}
	return h.noticeMail(l)
}

// resetButton is the button of a link to the page for a new password.
func resetButton() ui.Text { return ui.Text{"mail.reset_subject"} }

func (h *Handler) resetMail(l account.Letter) *letter {
	mail, valid := h.write(l, resetButton()), ui.Text{"mail.reset_valid"}
	if len(l.Links) == 1 {
		mail.link(named(l.Links[0].User, "mail.reset_user", "mail.reset_created"), resetButton(), h.link("/reset/", l.Links[0].Proof))
	} else {
		valid = ui.Text{"mail.reset_valid_each"}
		mail.add(ui.Text{"mail.reset_several"})
		for _, link := range l.Links {
			mail.item(named(link.User, "mail.reset_item_user", "mail.reset_item_created"), resetButton(), h.link("/reset/", link.Proof))
		}
	}
	return mail.add(valid, h.requested(l.RequestedAt, l.MailDetails), ui.Text{"mail.reset_ignore"})
}

func (h *Handler) verificationMail(l account.Letter) *letter {
	return h.write(l, ui.Text{"verify.title"}).
		add(ui.Text{"mail.verify_entered", "issuer", h.OAuth.Issuer}, h.requested(l.RequestedAt, l.MailDetails)).
		link(ui.Text{"mail.verify_link"}, ui.Text{"verify.title"}, h.link("/verify/", l.Links[0].Proof)).
		add(ui.Text{"mail.verify_valid"}, expiry(l.Links[0].User))
}

// emailCodeMail writes an email with a code. It goes only to an address that was confirmed.
func (h *Handler) emailCodeMail(l account.Letter) *letter {
	user, code := l.Links[0].User, l.Links[0].Proof
	owner := ui.Text{"mail.account_user", "user", user.Username, "issuer", h.OAuth.Issuer}
	half := len(code) / 2 //nolint:mnd // two groups are easier to read
	return h.write(l, ui.Text{"mail.email_code_subject"}).
		add(ui.Text{"mail.email_code", "account", owner}, h.happened(l)).
		add(ui.Text{"mail.email_code_is", "code", code[:half] + " " + code[half:]}).
		add(ui.Text{"mail.email_code_valid"}).
		link(ui.Text{"mail.email_code_advice"}, resetButton(), h.OAuth.Issuer+"/reset/")
}

func (h *Handler) invitationMail(l account.Letter) *letter {
	valid := ui.Text{"mail.invitation_once"}
	if until := l.Links[0].User.ExpiresAt; !until.IsZero() {
		valid = ui.Text{"mail.invitation_until", "time", ui.Date(until)}
	}
	return h.write(l, ui.Text{"mail.invitation_subject", "brand", h.UI.Brand}).
		link(ui.Text{"mail.invitation", "issuer", h.OAuth.Issuer}, ui.Text{"sign_up.create"}, h.InvitationLink(l.Links[0].Proof)).
		add(valid, ui.Text{"mail.invitation_ignore"})
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
	return ui.Text{"mail.expiry", "time", ui.Date(u.ExpiresAt.In(u.Zone()))}
}

// named returns a text that identifies an account in an email: the one with the key
// confirmed has its username, and the other the time at which it was created. The
// username counts as text of an attacker until the owner of the address has confirmed it.
func named(u *account.User, confirmed, unconfirmed string) ui.Text {
	if u.EmailVerified() {
		return ui.Text{confirmed, "user", u.Username}
	}
	return ui.Text{unconfirmed, "time", ui.Date(u.CreatedAt.In(u.Zone()))}
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
