package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type secondStepPage struct {
	// Next is where the person continues. Login is the login after the password, encrypted.
	// It is empty if the person is already logged in and only has to prove a second factor.
	Next, Login string
	// Name is the name of the person, and Username the name with which they log in.
	Name, Username string
	// Passkey and TOTP report what the person can use.
	Passkey, TOTP bool
	// Recovery shows the field for a recovery code.
	Recovery bool
	// EmailURL is the page on which the person requests a code by email, and Address where it is
	// sent, with most letters hidden. Both are empty if such a code cannot be used.
	EmailURL, Address string
	// Email shows that page, or the field for the code if Sent, the code that was requested,
	// encrypted, is not empty.
	Email bool
	Sent  string // see Email
	// RememberDays is how long this browser can be remembered, or 0.
	RememberDays int
	// OtherURL is the page with the other field for a code, and AgainURL is the login page,
	// for another person.
	OtherURL, AgainURL string
	// OptionsURL is where the script requests the options for a passkey.
	OptionsURL string
	// Error is the reason why the person was not logged in.
	Error ui.Text
	// App is the application that the person comes from. Its Name can be empty.
	App consentApp
}

// A secondStep is a login after the password, or a session, that continues with a second
// factor.
type secondStep struct {
	user *account.User
	// login is nil if it is a session, whose cookie is session.
	login   *account.SecondStep
	session string
}

// second is the page of the second step: after the password, or in a session in which the
// person confirms who they are.
func (h *Handler) second(w http.ResponseWriter, r *http.Request) error {
	if !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost}, r.Method) {
		return methodNotAllowed(w, r, "GET, HEAD, POST")
	}
	page := secondStepPage{Login: r.Form.Get("login"), Next: localPath(r.Form.Get("next"), "/"), Recovery: r.Form.Get("with") == "recovery_code"}
	step, err := h.secondStepOf(r, page.Login)
	if beginsAgain(err) {
		return h.beginAgain(w, r, page)
	}
	if err != nil {
		return err
	}
	page.Name, page.Username = step.user.DisplayName(), step.user.Username
	page.Passkey, page.TOTP = h.hasPasskey(step.user), hasTOTP(step.user)
	if err := h.offerEmail(r, step, &page); err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return h.showSecond(w, r, http.StatusOK, page)
	}
	if r.PostForm.Get("send") != "" {
		return h.sendEmailCode(w, r, step, page)
	}
	return h.secondPost(w, r, step, page)
}

// toSecondStep sends a person whose password was right to the page of the second step, or
// logs them in, if they chose to remember this browser. login is the result of SealLogin.
func (h *Handler) toSecondStep(w http.ResponseWriter, r *http.Request, user *account.User, login, next string) error {
	cookie, err := r.Cookie(h.rememberedCookie(user))
	if err == nil {
		step := h.accountStep(r, login, h.ensureBrowser(w, r))
		session, started, err := h.Accounts.FinishInRememberedBrowser(r.Context(), step, cookie.Value)
		if err == nil {
			h.reportLogin(r, user)
			h.sessionStarted(w, r, user, session, started)
			h.markBrowser(w, r, user)
			return h.redirect(w, r, next)
		}
		if beginsAgain(err) { // the account was changed since the password was checked
			return h.beginAgain(w, r, secondStepPage{Login: login, Next: next})
		}
		if !errors.Is(err, account.ErrSecondFactor) && !errors.Is(err, account.ErrFactorUsed) {
			return err
		}
	}
	h.report(r, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeSecondFactor, Subject: user.ID})
	return h.redirect(w, r, h.secondStepURL(login, next))
}

// factorURL returns the page of a step about a second factor.
func (h *Handler) factorURL(step provider.Step, next string) string {
	if step == provider.StepAddFactor {
		return onwardTo(h.securityURL(), next)
	}
	return h.secondStepURL("", next)
}

// secondStepURL returns the address of the page of the second step. Without a login, the
// person is logged in.
func (h *Handler) secondStepURL(login, next string) string {
	query := url.Values{"next": {next}}
	if login != "" {
		query.Set("login", login)
	}
	return h.base + "/login/second/?" + query.Encode()
}

// secondStepOf returns what continues. It returns account.ErrLoginExpired or, if nobody is
// logged in, account.ErrNotFound.
func (h *Handler) secondStepOf(r *http.Request, login string) (*secondStep, error) {
	if login == "" {
		user, _, err := h.Session(r)
		return &secondStep{user: user, session: h.sessionCookie(r)}, err
	}
	for _, secret := range h.browsers(r) {
		step := h.accountStep(r, login, secret)
		user, err := h.Accounts.PendingUser(r.Context(), step)
		if err == nil {
			return &secondStep{user: user, login: &step}, nil
		}
		if !errors.Is(err, account.ErrLoginExpired) {
			return nil, err
		}
	}
	return nil, account.ErrLoginExpired
}

// accountStep returns the second step of a login in this browser.
func (h *Handler) accountStep(r *http.Request, login, secret string) account.SecondStep {
	return account.SecondStep{
		Sealed: login, Secret: secret, Browser: h.thisBrowser(r), OldCookie: h.sessionCookie(r),
		Visitor: h.visitor(r), DeviceCookie: h.deviceMarks(r),
	}
}

// beginAgain leads to the login page.
func (h *Handler) beginAgain(w http.ResponseWriter, r *http.Request, page secondStepPage) error {
	if page.Login == "" {
		return h.redirect(w, r, h.loginURL(page.Next))
	}
	return h.showLogin(w, r, http.StatusUnauthorized, loginPage{Next: page.Next, Error: ui.Text{"second.expired"}})
}

// secondPost continues with the passkey or the code that the person used.
func (h *Handler) secondPost(w http.ResponseWriter, r *http.Request, step *secondStep, page secondStepPage) error {
	cookie, session, err := h.finish(r, step, page)
	h.reportSecond(r, step, err)
	if err == nil {
		if page.Email {
			h.reportFactorChange(r, oauth.FactorChangeEmailCodeUsed, step.user.ID, nil)
		}
		h.sessionStarted(w, r, step.user, cookie, session)
		h.markBrowser(w, r, step.user)
		if r.PostForm.Get("remember") != "" {
			h.rememberBrowser(w, r, step.user, cookie)
		}
		return h.redirect(w, r, page.Next)
	}
	if proof, leaves := keepProof(err); leaves {
		return h.redirect(w, r, h.keepURL(proof))
	}
	faults := make(fieldErrors)
	status := faults.add(w, err)
	page.Error = faults[""]
	switch {
	case beginsAgain(err):
		return h.beginAgain(w, r, page)
	case errors.Is(err, account.ErrPasskey), errors.Is(err, account.ErrFactorUsed) && r.PostForm.Get("passkey") != "":
		page.Error, status = ui.Text{"second.wrong_passkey"}, http.StatusUnauthorized
	case errors.Is(err, account.ErrNoEmailCode):
		page.Error, status = ui.Text{"second.email_refused"}, http.StatusForbidden
	case page.Email && (errors.Is(err, account.ErrFactorUsed) || errors.Is(err, account.ErrWrongCode)):
		page.Error, status = ui.Text{"second.wrong_email_code"}, http.StatusUnauthorized
	case errors.Is(err, account.ErrFactorUsed), errors.Is(err, account.ErrWrongCode):
		page.Error, status = codeFault(err, r.PostForm.Get("code"), page.Recovery || !page.TOTP), http.StatusUnauthorized
	case status == 0:
		return err
	}
	return h.showSecond(w, r, status, page)
}

// finish checks what the person used. It returns account.ErrNoEmailCode for a code by email where
// none is offered.
func (h *Handler) finish(r *http.Request, step *secondStep, page secondStepPage) (cookie string, session account.Session, err error) {
	code, answer := r.PostForm.Get("code"), []byte(r.PostForm.Get("passkey"))
	switch {
	case page.Email:
		return h.Accounts.FinishWithEmailCode(r.Context(), h.emailStep(r, step), page.Sent, code)
	case r.Form.Get("with") == withEmail:
		return "", account.Session{}, account.ErrNoEmailCode
	case step.login != nil && len(answer) > 0:
		return h.Accounts.FinishWithPasskey(r.Context(), *step.login, answer)
	case step.login != nil:
		return h.Accounts.FinishWithCode(r.Context(), *step.login, code)
	case len(answer) > 0:
		return h.Accounts.ConfirmWithPasskey(r.Context(), step.session, answer)
	}
	return h.Accounts.ConfirmWithCode(r.Context(), step.session, code)
}

// reportSecond reports the use of a second factor. The password of the person was right.
func (h *Handler) reportSecond(r *http.Request, step *secondStep, err error) {
	switch {
	case beginsAgain(err):
	case err == nil && step.login != nil:
		h.reportLogin(r, step.user)
	case errors.Is(err, account.ErrWrongCode), errors.Is(err, account.ErrFactorUsed), errors.Is(err, account.ErrPasskey), errors.Is(err, account.ErrNoEmailCode):
		h.noteLoginFailure(r, "", err)
		h.report(r, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeWrongCode, Subject: step.user.ID})
	default:
		h.reportOwn(r, oauth.EventLogin, step.user.ID, err)
	}
}

// beginsAgain reports whether the person must log in again from the beginning.
func beginsAgain(err error) bool {
	return errors.Is(err, account.ErrLoginExpired) || errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrReauthenticate)
}

func (h *Handler) showSecond(w http.ResponseWriter, r *http.Request, status int, page secondStepPage) error {
	page.AgainURL, page.OptionsURL = h.loginURL(page.Next), h.base+"/login/options/"
	page.Recovery = page.Recovery || !page.TOTP
	page.OtherURL = h.secondStepURL(page.Login, page.Next)
	if !page.Recovery || page.Email {
		page.OtherURL += "&with=recovery_code"
	}
	if page.Login != "" && h.Accounts.RememberBrowserTTL > 0 {
		page.RememberDays = max(1, int(h.Accounts.RememberBrowserTTL/(24*time.Hour)))
	}
	view := ui.View{Title: ui.Text{"second.title"}, Narrow: true}
	if page.Passkey && !page.Email {
		view.Scripts = []string{"login_passkey.js"}
	}
	if req := h.pendingRequest(r, page.Next); req != nil {
		page.App, view.Color = h.requestingApp(req), req.Client.BrandColor
		view.FormAction = appScheme(req.RedirectURI)
	}
	view.Data = page
	return h.Pages.Render(w, r, status, "second_step", view)
}
