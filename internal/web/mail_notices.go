package web

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// noticeMail writes an email about something that happened to an account. Only an
// email to an address that was confirmed for the account contains the username. No
// email contains a new address of the account.
func (h *Handler) noticeMail(l account.Letter) Mail {
	owner, resetURL := noticeAccount(l)+" at "+h.OAuth.Issuer, h.OAuth.Issuer+"/reset/"
	when := h.circumstances(l.RequestedAt, l.MailDetails)
	var m Mail
	switch l.Kind {
	case account.MailPasswordChanged:
		m.Subject = "Your password was changed"
		m.Text = "The password of " + owner + " was changed " + when + ".\n\n" +
			"If this was not you, set a new password at once:\n" + resetURL + "\n"
	case account.MailAddressChanged:
		m.Subject = "Your email address was changed"
		m.Text = "The email address of " + owner + " was changed " + when + ". " +
			"This email was sent to your previous address. You can no longer use that address to log in or to set a new password.\n\n" +
			"If this was not you, contact the people who run this server.\n"
	default:
		m.Subject = "New login to your account"
		m.Text = "Someone logged in to " + owner + " " + when + ". " +
			"This is the first login with this browser, or the first since the password was changed or all sessions were ended.\n\n" +
			"If this was not you, set a new password at once. This also logs out everyone who is logged in to the account:\n" + resetURL + "\n"
	}
	m.Text = "Hello,\n\n" + m.Text + "\nIf this was you, you do not need to do anything."
	if !l.Confirmed {
		m.Text += " If you do not recognize this account, ignore this email: your address was entered for it, but was never confirmed."
	}
	m.Text += "\n"
	return m
}

// noticeAccount identifies the account of a notice.
func noticeAccount(l account.Letter) string {
	u := l.Links[0].User
	if l.Confirmed {
		return "the account " + ui.Isolate(u.Username)
	}
	return "the account that was created on " + mailTime(u.CreatedAt)
}
