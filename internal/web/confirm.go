package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// confirmFirst shows a page on which the person of a session confirms their identity,
// unless they did that in the last five minutes with the strongest factor that they have.
// If it returns true, it has answered the request. A handler of a page that changes what
// protects an account calls it before anything else, for GET and for POST:
//
//	if asked, err := h.confirmFirst(w, r, user, session); asked || err != nil {
//		return err
//	}
//
// After the confirmation, the browser opens the page again, or sends the form again, with
// all fields but passwords. If a password is optional, the handler checks ui.Dropped. The URL of the page must be below /account/ or /applications/, or a page of the
// back office.
func (h *Handler) confirmFirst(w http.ResponseWriter, r *http.Request, user *account.User, session account.Session) (asked bool, err error) {
	err = h.Accounts.CheckRecent(session, user)
	if err == nil || !errors.Is(err, account.ErrReauthenticate) {
		return false, err
	}
	if r.Method != http.MethodPost {
		return true, h.redirect(w, r, h.confirmURL(r.URL.RequestURI()))
	}
	page := confirmPage{Next: r.URL.RequestURI(), Fields: ui.KeptFields(r.PostForm)}
	return true, h.showConfirm(w, r, http.StatusOK, page, user, session)
}

// confirmURL returns the URL of the page on which a person proves who they are, and then
// continues at next.
func (h *Handler) confirmURL(next string) string {
	return h.base + "/account/confirm/?next=" + url.QueryEscape(next)
}

type confirmPage struct {
	// Next is the page where the person continues, and URL the address of the form.
	Next, URL string
	// Fields are the fields of the form that is sent to Next after the confirmation.
	Fields url.Values
	// Username is the name with which the person logs in.
	Username string
	// Kind is the factor that is needed: "passkey", "totp", or empty for the password.
	Kind string
	// Passkey contains the options with which a browser offers the passkeys of the person,
	// as JSON. It is empty if they cannot be used here.
	Passkey string
	// TakesCode is set if the person can enter a code. Otherwise, they can only log in
	// again, at LoginURL.
	TakesCode bool
	LoginURL  string // the login page; see TakesCode
	// HasPassword is set if the account has a password. Providers are the buttons for the
	// connected providers; they are shown only if Kind is empty.
	HasPassword bool
	Providers   []loginProvider // the buttons for the connected providers; see HasPassword
	BackURL     string          // the page to which the person returns without confirming
	Error       ui.Text         // why the last attempt failed
}

// The fields of the form. Their prefix distinguishes them from those of confirmPage.Fields.
const (
	confirmPassword = ui.ConfirmPrefix + "password"
	confirmCode     = ui.ConfirmPrefix + "code"
	confirmPasskey  = ui.ConfirmPrefix + "passkey" // the answer of the browser, as JSON
)

// confirm is the page on which a person who is logged in proves who they are, with the
// strongest factor that they have. Then it continues at next, a page of their account. If
// the form has other fields, the browser sends them to that page.
func (h *Handler) confirm(w http.ResponseWriter, r *http.Request) error {
	page := confirmPage{Next: h.accountPath(r.URL.Query().Get("next"))}
	user, session, err := h.user(r)
	if err != nil {
		return err
	}
	if user == nil {
		return h.LogIn(w, r, page.Next)
	}
	if r.Method != http.MethodPost {
		return h.showConfirm(w, r, http.StatusOK, page, user, session)
	}
	page.Fields = ui.KeptFields(r.PostForm)
	kind, cookie, err := h.confirmPerson(r, user)
	h.reportConfirmation(r, kind, user.ID, err)
	if err == nil {
		if kind == oauth.FactorRecoveryCode {
			h.reportFactorChange(r, oauth.FactorChangeCodeUsed, user.ID, nil)
		}
		h.setCookie(w, sessionCookie, cookie, 0)
		if len(page.Fields) == 0 {
			return h.redirect(w, r, page.Next)
		}
		return h.repeatPost(w, page.Next)
	}
	status := h.confirmFault(w, r, &page, err, user)
	if status == 0 {
		return err
	}
	return h.showConfirm(w, r, status, page, user, session)
}

// accountPath returns next if it is a page of the account, of the applications of the person or
// of the back office, and
// otherwise the overview of the account.
func (h *Handler) accountPath(next string) string {
	overview := h.base + "/account/"
	next = localPath(next, overview)
	if strings.Contains(next, "..") || !strings.HasPrefix(next, overview) && !strings.HasPrefix(next, h.developersURL()) && !h.inOffice(next) {
		return overview
	}
	return next
}

// inOffice reports whether a local path is that of a page of the back office.
func (h *Handler) inOffice(path string) bool {
	return h.AdminURL != "" && strings.HasPrefix(path, h.AdminURL)
}

// Confirm is confirmFirst for the back office. At a host, the person logs in again; the
// browser then opens the page back, because a form cannot be kept.
func (h *Handler) Confirm(w http.ResponseWriter, r *http.Request, back string) (asked bool, err error) {
	if h.Host != nil {
		return h.confirmAtHost(w, r, back)
	}
	user, session, err := h.user(r)
	if err != nil {
		return false, err
	}
	if user == nil {
		return true, h.LogIn(w, r, back)
	}
	return h.confirmFirst(w, r, user, session)
}

// repeatPost makes the browser send the form that it has just sent to another page.
func (h *Handler) repeatPost(w http.ResponseWriter, location string) error {
	header := w.Header()
	header["Cache-Control"], header["Location"] = noStore, []string{location}
	w.WriteHeader(http.StatusTemporaryRedirect)
	return nil
}

// confirmPerson checks what the person entered, and returns its kind and the new cookie of
// the session.
func (h *Handler) confirmPerson(r *http.Request, user *account.User) (kind, cookie string, err error) {
	ctx, present := context.WithoutCancel(r.Context()), h.sessionCookie(r)
	strongest := user.Strongest()
	if answer := r.PostForm.Get(confirmPasskey); answer != "" {
		cookie, _, err = h.Accounts.ConfirmWithPasskey(ctx, present, []byte(answer))
		return oauth.FactorPasskey, cookie, err
	}
	if strongest == "" {
		cookie, _, err = h.Accounts.ConfirmWithPassword(ctx, present, r.PostForm.Get(confirmPassword))
		return oauth.FactorPassword, cookie, err
	}
	code := r.PostForm.Get(confirmCode)
	kind = oauth.FactorRecoveryCode
	if !account.IsRecoveryCode(code) {
		if kind = oauth.FactorTOTP; strongest == account.FactorPasskey { // it would not be enough
			return kind, "", account.ErrWrongCode
		}
	}
	cookie, _, err = h.Accounts.ConfirmWithCode(ctx, present, code)
	return kind, cookie, err
}

// confirmFault sets the error of the page, and returns the status of the answer. For an
// error that is not a mistake of the person it returns 0.
func (h *Handler) confirmFault(w http.ResponseWriter, r *http.Request, page *confirmPage, err error, user *account.User) int {
	faults := make(fieldErrors)
	if status := faults.add(w, err); status != 0 {
		page.Error = faults[""]
		return status
	}
	switch {
	case errors.Is(err, account.ErrWrongPassword):
		page.Error = ui.Text{"account.wrong_password"}
	case errors.Is(err, account.ErrPasskey), errors.Is(err, account.ErrFactorUsed) && r.PostForm.Get(confirmPasskey) != "":
		page.Error = ui.Text{"factor.wrong_passkey"}
	case errors.Is(err, account.ErrWrongCode), errors.Is(err, account.ErrFactorUsed):
		page.Error = codeFault(err, r.PostForm.Get(confirmCode), user.Strongest() == account.FactorPasskey)
	case errors.Is(err, account.ErrSecondFactor), errors.Is(err, account.ErrReauthenticate), errors.Is(err, account.ErrNotFound):
		page.Error = ui.Text{"confirm.conflict"} // the factors have changed
	default:
		return 0
	}
	return http.StatusUnprocessableEntity
}

func (h *Handler) showConfirm(w http.ResponseWriter, r *http.Request, status int, page confirmPage, user *account.User, session account.Session) error {
	page.URL, page.LoginURL, page.Username, page.Kind = h.confirmURL(page.Next), h.loginURL(page.Next), user.Username, string(user.Strongest())
	page.TakesCode = page.Kind != "" && session.TakesCode()
	page.HasPassword = user.PasswordHash != "" && h.Accounts.LogsInHere(user)
	if page.Kind == "" {
		if err := h.offerConnected(r.Context(), &page, user); err != nil {
			return err
		}
	}
	page.BackURL = onwardTo(h.securityURL(), nextIn(page.Next))
	if h.inOffice(page.Next) {
		page.BackURL = h.AdminURL
	}
	view := ui.View{Title: ui.Text{"confirm.title"}, Narrow: true, IsolateFromOpener: true}
	if page.Kind == string(account.FactorPasskey) && h.Accounts.RelyingParty.ID != "" {
		options, err := h.Accounts.PrepareConfirmation(r.Context(), h.sessionCookie(r))
		if err != nil {
			return err
		}
		page.Passkey, view.Scripts = string(options), []string{"passkey.js"}
	}
	view.Data = page
	return h.Pages.Render(w, r, status, "confirm_person", view)
}

// offerConnected offers the providers with which the person has connected their account.
func (h *Handler) offerConnected(ctx context.Context, page *confirmPage, user *account.User) error {
	if all, err := h.Providers.All(ctx); len(all) == 0 {
		return err
	}
	factors, err := h.Accounts.Factors(ctx, user.ID)
	if err == nil {
		page.Providers, err = h.loginProviders(ctx, page.Next, connectedTo(factors))
	}
	return err
}

// sessionCookie returns the value of the session cookie of a request, or "".
func (h *Handler) sessionCookie(r *http.Request) string {
	cookie, err := r.Cookie(h.cookieName(sessionCookie))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// reportConfirmation reports that a person proved who they are, or tried to.
func (h *Handler) reportConfirmation(r *http.Request, kind, subject string, err error) {
	h.reportFactor(r, oauth.Event{Name: oauth.EventConfirmation, Kind: kind, Subject: subject}, err)
}
