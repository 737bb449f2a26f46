package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type passwordPage struct {
	Username string      // for password managers
	Errors   fieldErrors // what is wrong with the fields of the form, by name
	// Missing is set if the person has no password. They can set one.
	Missing bool
	// HasPasskey is set if the person has a passkey, and so may remove the password.
	HasPasskey bool
	// Obstacle is the reason why the person cannot remove the password, or empty. LoginURL
	// is the login page if they first have to log in with a passkey alone.
	Obstacle ui.Text
	LoginURL string // see Obstacle
}

func (h *Handler) passwordURL() string { return h.base + "/account/password/" }

// ownPassword is the page on which people change their password, remove it, or set one
// again. A person with a second factor, or without a password, first confirms their identity.
func (h *Handler) ownPassword(w http.ResponseWriter, r *http.Request, o *owner) (err error) {
	if !h.Accounts.LogsInHere(o.User) { // a password would have no use
		return h.redirect(w, r, h.securityURL())
	}
	missing := o.User.PasswordHash == ""
	if !h.Accounts.ConfirmsByPassword(o.User) {
		if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
			return err
		}
	}
	page := passwordPage{Username: o.User.Username, Errors: make(fieldErrors), Missing: missing, HasPasskey: h.hasPasskey(o.User) && !missing}
	if page.HasPasskey {
		if page.Obstacle, page.LoginURL, err = h.passwordObstacle(r, o); err != nil {
			return err
		}
	}
	status := 0
	if r.Method == http.MethodPost {
		if r.PostFormValue("action") == "remove" {
			return h.removePassword(w, r, o, page)
		}
		err := h.changePassword(w, r, o.User)
		if err == nil {
			return h.doneOwn(w, r, h.passwordURL(), "password")
		}
		if status = page.Errors.addOwn(w, err); status == 0 {
			return err
		}
	}
	return h.showPassword(w, r, o, status, page)
}

func (h *Handler) showPassword(w http.ResponseWriter, r *http.Request, o *owner, status int, page passwordPage) error {
	return h.showOwn(w, r, o, ownView{page: "account_password", url: h.passwordURL(), title: ui.Text{"field.password"}, status: status, data: page})
}

// passwordObstacle returns why the person cannot remove their password, or an empty text.
func (h *Handler) passwordObstacle(r *http.Request, o *owner) (obstacle ui.Text, loginURL string, err error) {
	have, err := h.Accounts.Factors(r.Context(), o.User.ID)
	if err != nil {
		return nil, "", err
	}
	switch err = h.Accounts.CheckPasswordRemovable(o.Session, o.User, have); {
	case errors.Is(err, account.ErrPasskeyLogin):
		return ui.Text{"account.remove_password_login"}, h.loginURL(h.passwordURL()), nil
	case errors.Is(err, account.ErrNoSpare):
		return ui.Text{"account.remove_password_spare"}, "", nil
	case errors.Is(err, account.ErrReauthenticate): // asked when the person removes it
		return nil, "", nil
	}
	return nil, "", err
}

// removePassword removes the password, after a question.
func (h *Handler) removePassword(w http.ResponseWriter, r *http.Request, o *owner, page passwordPage) error {
	if page.Obstacle != nil || page.Missing {
		return h.showPassword(w, r, o, http.StatusConflict, page)
	}
	if asked, err := h.confirmFirst(w, r, o.User, o.Session); asked || err != nil {
		return err
	}
	if !answered(r) {
		return h.askOwn(w, r, o, h.passwordURL(), &ui.Question{
			Fields: url.Values{}, Heading: ui.Text{"account.ask_remove_password"}, Text: ui.Text{"account.ask_remove_password_text"}, Button: ui.Text{"account.remove_password"},
		})
	}
	cookie, session, changed, err := h.Accounts.RemovePassword(context.WithoutCancel(r.Context()), h.sessionCookie(r), h.visitor(r))
	h.reportFactor(r, oauth.Event{Name: oauth.EventPasswordChange, Subject: o.User.ID}, err)
	if err != nil {
		return h.passwordConflict(w, r, o, page, err)
	}
	h.markBrowser(w, r, changed)
	h.sessionStarted(w, r, changed, cookie, session)
	return h.doneOwn(w, r, h.passwordURL(), "password_removed")
}

// passwordConflict shows the page again if the account was changed in the meantime.
func (h *Handler) passwordConflict(w http.ResponseWriter, r *http.Request, o *owner, page passwordPage, err error) error {
	status := page.Errors.addFactor(w, err)
	if status == 0 {
		return err
	}
	return h.showPassword(w, r, o, status, page)
}

// changePassword ends all sessions of the person, and starts a new one in this
// browser, with the same second factor.
func (h *Handler) changePassword(w http.ResponseWriter, r *http.Request, user *account.User) error {
	password, faults := newPassword(r)
	if faults != nil {
		h.reportOwn(r, oauth.EventPasswordChange, user.ID, faults)
		return faults
	}
	cookie, session, changed, err := h.newOwnPassword(r, user, password)
	h.reportOwn(r, oauth.EventPasswordChange, user.ID, err)
	if err != nil {
		return err
	}
	h.markBrowser(w, r, changed) // the previous one is no longer valid
	h.sessionStarted(w, r, changed, cookie, session)
	return nil
}

// newOwnPassword sets the first password of a person, or another one.
func (h *Handler) newOwnPassword(r *http.Request, user *account.User, password string) (cookie string, session account.Session, changed *account.User, err error) {
	if user.PasswordHash == "" {
		return h.Accounts.SetFirstPassword(r.Context(), h.sessionCookie(r), password, h.visitor(r))
	}
	return h.Accounts.ChangePasswordIn(r.Context(), h.sessionCookie(r), r.PostFormValue("present"), password, h.visitor(r))
}
