package web

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// A notice is an email about something that happened to an account.
type notice struct {
	subject, text, advice ui.Text
	// resets is set if the advice is to set a new password.
	resets bool
}

// factorsChanged returns the sentence about a change of the factors of an account, or nil for an
// email of an earlier release, which does not say which one it is.
func factorsChanged(change account.FactorsChanged, owner ui.Text) ui.Text {
	switch change {
	case account.PasskeyAdded:
		return ui.Text{"mail.passkey_added", "account", owner}
	case account.PasskeyRemoved:
		return ui.Text{"mail.passkey_removed", "account", owner}
	case account.TOTPAdded:
		return ui.Text{"mail.totp_added", "account", owner}
	case account.TOTPRemoved:
		return ui.Text{"mail.totp_removed", "account", owner}
	case account.CodesRenewed:
		return ui.Text{"mail.codes_renewed", "account", owner}
	case account.FactorsRemoved:
		return ui.Text{"mail.factors_removed", "account", owner}
	}
	return nil
}

// noticeMail writes an email about something that happened to an account. Only an
// email to an address that was confirmed for the account contains the username. No
// email contains a new address of the account.
func (h *Handler) noticeMail(l account.Letter) *letter {
	owner := h.noticeAccount(l)
	var n notice
	switch l.Kind {
	case account.MailPasswordChanged:
		n = notice{ui.Text{"mail.password_changed_subject"}, ui.Text{"mail.password_changed", "account", owner}, ui.Text{"mail.password_changed_advice"}, true}
	case account.MailAddressChanged:
		n = notice{ui.Text{"mail.address_changed_subject"}, ui.Text{"mail.address_changed", "account", owner}, ui.Text{"mail.address_changed_advice"}, false}
	case account.MailIdentityConnected:
		n = notice{ui.Text{"mail.identity_subject"}, ui.Text{"mail.identity", "account", owner}, ui.Text{"mail.identity_advice"}, true}
	case account.MailRecoveryCode:
		n = notice{ui.Text{"mail.recovery_code_subject"}, ui.Text{"mail.recovery_code", "account", owner}, ui.Text{"mail.recovery_code_advice"}, true}
	case account.MailEmailCodeUsed:
		n = notice{ui.Text{"mail.email_code_used_subject"}, ui.Text{"mail.email_code_used", "account", owner}, ui.Text{"mail.email_code_used_advice"}, true}
	case account.MailFactorsChanged:
		n = notice{ui.Text{"mail.factors_changed_subject"}, ui.Text{"mail.factors_changed", "account", owner}, ui.Text{"mail.factors_changed_advice"}, true}
		if text := factorsChanged(l.Change, owner); text != nil {
			n.text = text
		}
	default:
		n = notice{ui.Text{"mail.new_browser_subject"}, ui.Text{"mail.new_browser", "account", owner}, ui.Text{"mail.new_browser_advice"}, true}
	}
	mail := h.write(l, n.subject).add(n.text).add(h.happened(l))
	if n.resets {
		mail.link(n.advice, resetButton(), h.OAuth.Issuer+"/reset/")
	} else {
		mail.add(n.advice)
	}
	var unknown ui.Text
	if !l.Confirmed {
		unknown = ui.Text{"mail.unknown_account"}
	}
	return mail.add(ui.Text{"mail.was_you"}, unknown)
}

// happened returns the sentence about when and where something happened.
func (h *Handler) happened(l account.Letter) ui.Text {
	return ui.Text{"mail.happened", "when", h.circumstances(l.RequestedAt, l.MailDetails)}
}

// noticeAccount identifies the account of a notice.
func (h *Handler) noticeAccount(l account.Letter) ui.Text {
	u := l.Links[0].User
	if l.Confirmed {
		return ui.Text{"mail.account_user", "user", u.Username, "issuer", h.OAuth.Issuer}
	}
	return ui.Text{"mail.account_created", "time", ui.Date(u.CreatedAt.In(u.Zone())), "issuer", h.OAuth.Issuer}
}
