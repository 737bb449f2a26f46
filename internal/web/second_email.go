package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// withEmail is the value of "with" on the page of the second step with a code by email.
const withEmail = "email"

// offerEmail sets what the page shows about codes by email. It offers them only if the request
// does not need a passkey.
func (h *Handler) offerEmail(r *http.Request, step *secondStep, page *secondStepPage) error {
	offered, err := h.Accounts.OffersEmailCode(r.Context(), h.emailStep(r, step))
	if errors.Is(err, account.ErrReauthenticate) { // in a session that no code confirms
		return nil
	}
	if req := h.pendingRequest(r, page.Next); err != nil || !offered || req != nil && h.OAuth.NeedsPasskey(req) {
		return err
	}
	page.EmailURL = h.secondStepURL(page.Login, page.Next) + "&with=" + withEmail
	page.Address = step.user.MaskedEmail()
	page.Email = r.Form.Get("with") == withEmail
	page.Sent = r.Form.Get("sent")
	return nil
}

// emailStep returns the step in the form in which the account package takes it for both, a
// login and a session.
func (h *Handler) emailStep(r *http.Request, step *secondStep) account.SecondStep {
	if step.login != nil {
		return *step.login
	}
	return account.SecondStep{OldCookie: step.session, Visitor: h.visitor(r), DeviceCookie: h.deviceMarks(r)}
}

// sendEmailCode sends a code, and leads to the page with its field.
func (h *Handler) sendEmailCode(w http.ResponseWriter, r *http.Request, step *secondStep, page secondStepPage) error {
	sealed, err := "", account.ErrNoEmailCode
	if page.EmailURL != "" {
		sealed, err = h.Accounts.RequestEmailCode(r.Context(), h.emailStep(r, step))
	}
	if beginsAgain(err) {
		return h.beginAgain(w, r, page)
	}
	h.reportFactorChange(r, oauth.FactorChangeEmailCodeSent, step.user.ID, err)
	if err == nil {
		return h.redirect(w, r, page.EmailURL+"&sent="+url.QueryEscape(sealed))
	}
	faults := make(fieldErrors)
	status := faults.add(w, err)
	page.Error = faults[""]
	if errors.Is(err, account.ErrNoEmailCode) {
		page.Error, status = ui.Text{"second.email_refused"}, http.StatusForbidden
	}
	if status == 0 {
		return err
	}
	return h.showSecond(w, r, status, page)
}
