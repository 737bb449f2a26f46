package web

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type passwordPage struct {
	Username string      // for password managers
	Errors   fieldErrors // what is wrong with the fields of the form, by name
}

// ownPassword is the page on which people change their password.
func (h *Handler) ownPassword(w http.ResponseWriter, r *http.Request, o *owner) error {
	view := ownView{page: "account_password", url: h.base + "/account/password/", title: ui.Text{"field.password"}}
	page := passwordPage{Username: o.User.Username, Errors: make(fieldErrors)}
	if r.Method == http.MethodPost {
		err := h.changePassword(w, r, o.User)
		if err == nil {
			return h.doneOwn(w, r, view.url, "password")
		}
		if view.status = page.Errors.addOwn(w, err); view.status == 0 {
			return err
		}
	}
	view.data = page
	return h.showOwn(w, r, o, view)
}

// changePassword ends all sessions of the person, and starts a new one in this
// browser, with the same second factor.
func (h *Handler) changePassword(w http.ResponseWriter, r *http.Request, user *account.User) error {
	password, faults := newPassword(r)
	if faults != nil {
		h.reportOwn(r, oauth.EventPasswordChange, user.ID, faults)
		return faults
	}
	cookie, session, changed, err := h.Accounts.ChangePasswordIn(r.Context(), h.sessionCookie(r), r.PostFormValue("present"), password, h.visitor(r))
	h.reportOwn(r, oauth.EventPasswordChange, user.ID, err)
	if err != nil {
		return err
	}
	h.markBrowser(w, r, changed) // the previous one is no longer valid
	if cookie == "" {            // the person logs in again, with the second factor
		h.OAuth.SessionsEnded(r.Context())
		return nil
	}
	h.sessionStarted(w, r, changed, cookie, session)
	return nil
}
