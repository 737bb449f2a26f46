package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// account is the page on which people manage their own account: their profile
// and password, their sessions, and the applications that they have allowed. With the
// login of a host, it shows only the applications. It asks before an action that
// cannot be undone.
func (h *Handler) account(w http.ResponseWriter, r *http.Request) error {
	page, session, err := h.accountOf(r)
	if err != nil {
		return err
	}
	if page == nil {
		return h.LogIn(w, r, h.base+"/account/")
	}
	if r.Method != http.MethodPost {
		return h.showAccount(w, r, http.StatusOK, page)
	}
	if asked, err := h.askBefore(w, r, page); asked || err != nil {
		return err
	}
	if r.PostFormValue("action") == "register" && h.OAuth.PersonCanRegister() {
		if page.RegistrationToken, err = h.OAuth.PersonToken(page.Subject); err != nil {
			return err
		}
		return h.showAccount(w, r, http.StatusOK, page)
	}
	done, err := h.changeAccount(w, r, page, session)
	if err == nil {
		return h.redirect(w, r, h.base+"/account/?done="+done)
	}
	status := page.addError(w, err)
	if status == 0 {
		return err
	}
	return h.showAccount(w, r, status, page)
}

// accountOf returns the page of the person who is logged in, or nil.
func (h *Handler) accountOf(r *http.Request) (*accountPage, account.Session, error) {
	if h.Host != nil {
		p, err := h.person(r)
		if err != nil || p.Authentication == nil {
			return nil, account.Session{}, err
		}
		return &accountPage{Subject: p.Subject, Name: p.Name, Errors: make(fieldErrors)}, account.Session{}, nil
	}
	user, session, err := h.user(r)
	if user == nil {
		return nil, account.Session{}, err
	}
	return &accountPage{Subject: user.ID, Name: user.DisplayName(), User: user, CurrentSession: session.ID, Errors: make(fieldErrors)}, session, nil
}

// addError adds the message of an error that the person can correct, and returns
// the status of the answer. For any other error it returns 0.
func (p *accountPage) addError(w http.ResponseWriter, err error) (status int) {
	_, isProblem := errors.AsType[*ui.Problem](err)
	switch {
	case isProblem:
		return 0
	case errors.Is(err, account.ErrWrongPassword):
		p.Errors["present"] = ui.Text{"account.wrong_password"}
		return http.StatusUnprocessableEntity
	case errors.Is(err, account.ErrConflict):
		p.Errors[""] = ui.Text{"account.conflict"}
		return http.StatusConflict
	}
	return p.Errors.add(w, err)
}

// changeAccount does what the pressed button says, and returns the name of a
// note for the page. Sessions end and consents are withdrawn even if the client
// closes the connection.
func (h *Handler) changeAccount(w http.ResponseWriter, r *http.Request, page *accountPage, current account.Session) (done string, err error) {
	ctx := context.WithoutCancel(r.Context())
	if r.PostFormValue("action") == "withdraw" {
		if client := r.PostFormValue("client"); oauth.IsText(client) {
			err := h.Consents.WithdrawConsent(ctx, page.Subject, client, h.Clock())
			e := provider.OutcomeEvent(ctx, oauth.EventWithdrawal, "", err)
			e.ClientID, e.Subject = client, page.Subject
			h.report(r, e)
			return "withdrawn", err
		}
		return "", nil
	}
	user := page.User
	if user == nil { // the account is the host's
		return "", nil
	}
	switch r.PostFormValue("action") {
	case "profile":
		return "saved", h.changeProfile(w, r, user)
	case "password":
		return "password", h.changePassword(w, r, user)
	case "verify":
		return "sent", h.sendVerification(r, user)
	case "session":
		return "session", h.endOwnSession(ctx, user, r.PostFormValue("session"))
	case "everywhere":
		return "everywhere", h.endOtherSessions(w, r, user.ID, current.ID)
	}
	return "", nil
}

func (h *Handler) changeProfile(w http.ResponseWriter, r *http.Request, user *account.User) error {
	p := account.Profile{Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), CurrentPassword: r.PostFormValue("email_password"), Visitor: h.visitor(r), Claims: make(map[string]string)}
	for _, name := range account.ProfileClaims() {
		p.Claims[name] = r.PostFormValue(name)
	}
	before := user.Email
	err := h.Accounts.ChangeProfile(r.Context(), user, p)
	h.reportOwn(r, oauth.EventProfileChange, user.ID, err)
	if err != nil {
		return err
	}
	h.keepLanguage(w, r, user)
	if user.Email != before {
		h.sendFirstVerification(r, user)
	}
	return nil
}

// changePassword ends all sessions of the person, and starts a new one in this
// browser.
func (h *Handler) changePassword(w http.ResponseWriter, r *http.Request, user *account.User) error {
	password, faults := newPassword(r)
	if faults != nil {
		h.reportOwn(r, oauth.EventPasswordChange, user.ID, faults)
		return faults
	}
	err := h.Accounts.ChangePassword(r.Context(), user, r.PostFormValue("present"), password, h.visitor(r))
	h.reportOwn(r, oauth.EventPasswordChange, user.ID, err)
	if err != nil {
		return err
	}
	h.OAuth.SessionsEnded(r.Context())
	h.markBrowser(w, r, user) // the previous one is no longer valid
	if err := h.startSession(w, r, user); err != nil {
		return h.loginFailed(ui.Text{"reset.done_heading"}, h.base+"/account/", err)
	}
	return nil
}

// endOtherSessions ends all sessions of the person but the current one. This browser
// remains one that the person has used.
func (h *Handler) endOtherSessions(w http.ResponseWriter, r *http.Request, userID, current string) error {
	ctx := context.WithoutCancel(r.Context())
	if err := h.OAuth.EndSessionsOf(ctx, userID, current); err != nil {
		return err
	}
	user, err := h.Accounts.Store.User(ctx, userID)
	if err != nil {
		return err
	}
	h.markBrowser(w, r, user) // the previous one is no longer valid
	return nil
}

// endOwnSession ends a session, if it is one of the person's own.
func (h *Handler) endOwnSession(ctx context.Context, user *account.User, id string) error {
	_, err := h.ownSession(ctx, user, id)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return h.OAuth.EndSessions(ctx, id)
}

// ownSession returns a session, or account.ErrNotFound if it is not one of the
// person's own.
func (h *Handler) ownSession(ctx context.Context, user *account.User, id string) (account.Session, error) {
	if !oauth.IsText(id) {
		return account.Session{}, account.ErrNotFound
	}
	session, _, err := h.Accounts.Store.Session(ctx, id)
	if err == nil && session.UserID != user.ID {
		err = account.ErrNotFound
	}
	return session, err
}
