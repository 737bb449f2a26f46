package web

import (
	"context"
	"html/template"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type totpPage struct {
	QR     template.HTML // the QR code
	Secret string        // in groups of four, for people who type it
	Link   template.URL  // the same as a link, for an app on this device
	Form   string        // the value of the hidden field "form"
	// Replaces is set if the person has an authenticator app already.
	Replaces bool
	Errors   fieldErrors // what is wrong with the fields of the form, by name
	BackURL  string      // the page to which the person returns
}

// addTOTP is the page on which a person adds an authenticator app.
func (h *Handler) addTOTP(w http.ResponseWriter, r *http.Request, o *owner) error {
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return h.showTOTP(w, r, o, http.StatusOK, nil)
	}
	added, err := h.Accounts.AddTOTP(context.WithoutCancel(r.Context()), h.sessionCookie(r), r.PostFormValue("form"), r.PostFormValue("code"))
	h.reportFactorChange(r, oauth.FactorChangeTOTPAdded, o.User.ID, err)
	if err == nil {
		return h.factorAdded(w, r, o, added, "totp_added")
	}
	faults := make(fieldErrors)
	status := faults.addFactor(w, err)
	if status == 0 {
		return err
	}
	return h.showTOTP(w, r, o, status, faults)
}

// factorAdded continues after a factor was added: with the recovery codes, if it is the
// first one.
func (h *Handler) factorAdded(w http.ResponseWriter, r *http.Request, o *owner, added account.Added, done string) error {
	h.setCookie(w, sessionCookie, added.Cookie, 0)
	if added.OthersEnded {
		if err := h.othersEnded(w, r, o.User.ID); err != nil {
			h.Logger.WarnContext(r.Context(), "the browser was not marked as used", "user", o.User.ID, "error", err.Error()) // the codes must be shown
		}
	}
	if len(added.RecoveryCodes) == 0 {
		if added.OthersEnded {
			done += "_others_ended"
		}
		return h.doneOwn(w, r, h.securityURL(), done)
	}
	return h.showCodes(w, r, o, codesPage{Codes: added.RecoveryCodes, Done: accountNotes[done], OthersEnded: added.OthersEnded})
}

// showTOTP shows a secret: the same again after a wrong code, because the person has
// perhaps scanned it already.
func (h *Handler) showTOTP(w http.ResponseWriter, r *http.Request, o *owner, status int, faults fieldErrors) error {
	cookie := h.sessionCookie(r)
	prepared, err := h.Accounts.PreparedTOTP(r.Context(), cookie, h.UI.Brand, r.PostFormValue("form"))
	if err != nil {
		return err
	}
	page := totpPage{Secret: inFours(prepared.Secret), Link: template.URL(prepared.URI), Form: prepared.Form, Errors: faults, BackURL: onwardTo(h.securityURL(), nextOf(r)), Replaces: o.User.Has(account.FactorTOTP)} //nolint:gosec // our own otpauth URI
	if page.QR, err = qrCode(prepared.URI); err != nil {
		return err
	}
	return h.showOwn(w, r, o, ownView{page: "account_totp", url: h.securityURL(), title: ui.Text{"factor.totp"}, status: status, data: page})
}

// inFours writes a text in groups of four characters.
func inFours(text string) string {
	var groups []string
	for len(text) > 4 {
		groups, text = append(groups, text[:4]), text[4:]
	}
	return strings.Join(append(groups, text), " ")
}
